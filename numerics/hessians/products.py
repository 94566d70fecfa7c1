"""Hessian and Gauss-Newton matrices times directions, without the matrices, for batches of points.

The Hessian product is the derivative of the gradient along the direction. The Gauss-Newton product goes through the
network forwards with the direction, through the second derivative of the outermost operations, and backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.hessians.batches import compiled, directions_of
from numerics.hessians.contraction import centred_rows, uncentred
from numerics.hessians.curvature import Curvature
from numerics.hessians.local import Unstructured, second_order
from numerics.hessians.network import LEAF, Node
from numerics.hessians.stages import at_symbol, outermost, two_stages
from numerics.hessians.terms import array_term, summed, times
from verify.errors import InvalidInput
from verify.expr.build import add, full
from verify.expr.derive import hessian_product
from verify.expr.node import Expr
from verify.expr.numpy_derivatives import flatten, unflatten

Array = NDArray[np.float64]
Product = Callable[[Any, Any], Array]
"""From points (B, p) and directions (B, p) to products (B, p)."""


def hessian_product_function(
    loss: Expr,
    wrt: Sequence[Expr],
    *,
    shared: Mapping[str, Any] | None = None,
    threads: int = 1,
    backend: str = "auto",
) -> Product:
    """Return the product of the Hessian with a direction as a function of batches of points and directions.

    Args:
        loss: scalar expression.
        wrt: the parameter arrays, symbols; their entries, flattened in this order, are the p coordinates.
        shared: values of the other symbols by name.
        threads: threads that share a batch of a compiled kernel.
        backend: of the kernel: ``"auto"``, ``"c"`` or ``"numpy"``.
    """
    moves = directions_of(wrt)
    return _function(hessian_product(loss, wrt, moves), wrt, moves, shared, threads, backend)


def gauss_newton_product_function(
    loss: Expr,
    wrt: Sequence[Expr],
    *,
    shared: Mapping[str, Any] | None = None,
    threads: int = 1,
    backend: str = "auto",
) -> Product:
    """Return the product of the Gauss-Newton matrix with a direction, as :func:`hessian_product_function`.

    Raises:
        InvalidInput: the loss has an operation without structured derivative.
    """
    moves = directions_of(wrt)
    return _function(gauss_newton_product(loss, wrt, moves), wrt, moves, shared, threads, backend)


def gauss_newton_product(loss: Expr, wrt: Sequence[Expr], directions: Sequence[Expr]) -> list[Expr]:
    """Return the Gauss-Newton matrix times ``directions``, one expression per array in ``wrt``.

    Raises:
        InvalidInput: the loss has an operation without structured derivative.
    """
    try:
        stages = two_stages(loss, wrt)
    except Unstructured as error:
        raise InvalidInput(f"no Gauss-Newton matrix: {error}", fix="use the Hessian") from error
    moves = {id(symbol): move for symbol, move in zip(wrt, directions, strict=True)}
    below = _tangents(stages.second, moves)
    collected = zip(stages.first.leaves, stages.starts, strict=True)
    above = _tangents(stages.first, {id(leaf.value): below[start] for leaf, start in collected})
    outer, inner = outermost(stages)
    back = Curvature(stages.first.network, _bent(stages.first, outer, above)).adjoints
    seeds = _bent(stages.second, inner, below)
    seeds += [
        (start, back[leaf]) for leaf, start in zip(stages.first.leaves, stages.starts, strict=True) if leaf in back
    ]
    last = Curvature(stages.second.network, seeds)
    return [at_symbol(last, symbol) for symbol in wrt]


def _tangents(values: Curvature, moves: Mapping[int, Expr]) -> dict[Node, Expr]:
    """Return the derivative of every node along the directions."""
    out: dict[Node, Expr] = {}
    for node in values.network.nodes:
        if node.kind == LEAF and id(node.value) in moves:
            out[node] = moves[id(node.value)]
        for slope in values.slopes.get(node, ()):
            arg = node.args[slope.place]
            if arg not in out or arg is None:
                continue
            gone = [label for label in slope.inner if label not in node.axes]
            moved = out[arg] if slope.weights is None else centred_rows(out[arg], slope.weights)
            along = array_term(moved, slope.inner)
            parts = [summed(times(term, along), gone) for term in slope.terms]
            part = values.contractor.lower(parts, node.axes)
            out[node] = add(out[node], part) if node in out else part
    return out


def _bent(values: Curvature, nodes: set[Node], tangents: Mapping[Node, Expr]) -> list[tuple[Node, Expr]]:
    """Return what the second derivatives of ``nodes`` make of the tangents of their arguments, per argument."""
    seeds: list[tuple[Node, Expr]] = []
    for node in values.network.nodes:
        if node not in nodes or node not in values.adjoints:
            continue
        for form in second_order(node, values.adjoints[node]):
            sides = [(0, 1)] if form.places[0] == form.places[1] else [(0, 1), (1, 0)]
            labels = (form.left, form.right)
            for to, by in sides:
                target, source = node.args[form.places[to]], node.args[form.places[by]]
                assert target is not None
                assert source is not None
                moved = tangents.get(source, full(0, source.value.shape))
                if form.weights is not None:
                    moved = centred_rows(moved, form.weights)
                along = array_term(moved, labels[by])
                gone = [label for label in (*labels[by], *node.axes) if label not in labels[to]]
                terms = [summed(times(term, along), dict.fromkeys(gone)) for term in form.terms]
                made = values.contractor.lower(terms, labels[to])
                seeds.append((target, made if form.weights is None else uncentred(made, form.weights)))
    return seeds


def _function(
    outputs: Sequence[Expr],
    wrt: Sequence[Expr],
    moves: Sequence[Expr],
    shared: Mapping[str, Any] | None,
    threads: int,
    backend: str,
) -> Product:
    kernel = compiled(outputs, [*wrt, *moves], shared, threads, backend)

    def product(points: Any, directions: Any) -> Array:
        places = unflatten(np.asarray(points, dtype=float), wrt)
        ways = unflatten(np.asarray(directions, dtype=float), wrt)
        return flatten(kernel(*places, *ways), wrt)

    return product
