"""The Hessian of any scalar expression as expressions of its blocks, exploiting the structure of the expression.

The second derivatives by the collected variables (:mod:`numerics.hessians.stages`) are carried over to the
parameters, where the data is no longer seen: H = K^T H' K + second derivatives of the collected variables, weighted
with their gradients, where K is the Jacobian of the collected variables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

from numerics.hessians.contraction import Contractor
from numerics.hessians.curvature import Blocks, Curvature
from numerics.hessians.network import Node
from numerics.hessians.stages import Stages, outermost, two_stages
from numerics.hessians.terms import Labels, Term, array_term, fresh, instance, times
from verify.expr.build import add, full, reshape, transpose
from verify.expr.node import Expr


@dataclass(frozen=True)
class SecondDerivative:
    """A scalar with its first and second derivatives as expressions.

    Attributes:
        value: the scalar.
        gradient: one array per parameter array.
        blocks: for i <= j the block of the parameter arrays i and j, its axes those of both one after the other;
            blocks that vanish are missing.
    """

    value: Expr
    gradient: tuple[Expr, ...]
    blocks: dict[tuple[int, int], Expr]

    def entries(self, wrt: Sequence[Expr]) -> list[Expr]:
        """Return the blocks i <= j, row by row, as matrices; zeros for those that are missing."""
        out = []
        for i, row in enumerate(wrt):
            for j in range(i, len(wrt)):
                shape = (row.size, wrt[j].size)
                block = self.blocks.get((i, j))
                out.append(full(0, shape) if block is None else reshape(block, shape))
        return out


def structured_hessian(loss: Expr, wrt: Sequence[Expr]) -> SecondDerivative:
    """Return value, gradient and Hessian blocks of a scalar expression.

    Equal to one derivative per parameter up to rounding. On a kink, entries that depend on the slope there are
    undefined; entries that do not may stay finite where differentiating along unit vectors spoils them (zero times
    undefined).

    Args:
        loss: scalar expression; symbols that are not in ``wrt`` are data.
        wrt: the parameter arrays, symbols.

    Raises:
        Unstructured: an operation has no structured second derivative; then one derivative per parameter remains.
        InvalidInput: an intermediate array would be too large.
    """
    stages = two_stages(loss, wrt)
    return _assembled(stages, wrt, stages.first.blocks(), stages.second.blocks())


def gauss_newton(loss: Expr, wrt: Sequence[Expr]) -> SecondDerivative:
    """Return the same as :func:`structured_hessian` with the Gauss-Newton matrix in place of the Hessian.

    The loss is split at its outermost nonlinear operations: J^T B J, with B their second derivative and J the Jacobian
    of what they are applied to. For least squares that is the classical matrix; for convex outer operations it is
    positive semidefinite.
    """
    stages = two_stages(loss, wrt)
    outer, inner = outermost(stages)
    return _assembled(stages, wrt, stages.first.blocks(outer), stages.second.blocks(inner))


def _assembled(stages: Stages, wrt: Sequence[Expr], outer: Blocks, inner: Blocks) -> SecondDerivative:
    blocks = _carried(stages, outer, inner, wrt)
    return SecondDerivative(stages.root.value, tuple(stages.gradient(symbol) for symbol in wrt), blocks)


def _carried(stages: Stages, outer: Blocks, inner: Blocks, wrt: Sequence[Expr]) -> dict[tuple[int, int], Expr]:
    """Return the blocks by parameters from those by collected variables."""
    second, starts = stages.second, stages.starts
    place = {id(symbol): k for k, symbol in enumerate(wrt)}
    number_of = [place[id(leaf.value)] for leaf in second.leaves]
    parts: dict[tuple[int, int], list[Expr]] = {}

    def put(i: int, j: int, block: Expr, rows: int) -> None:
        if i > j:
            block = transpose(block, [*range(rows, block.ndim), *range(rows)])
            i, j = j, i
        parts.setdefault((i, j), []).append(block)

    for (a, b), block in _lowered(second.contractor, outer).items():
        _carry(second, starts[a], starts[b], block, same=a == b, place=place, put=put)
    for (a, b), block in _lowered(second.contractor, inner).items():
        put(number_of[a], number_of[b], block, second.leaves[a].value.ndim)
    return {key: reduce(add, parts[key]) for key in sorted(parts)}


def _lowered(contractor: Contractor, blocks: Blocks) -> dict[tuple[int, int], Expr]:
    out = {}
    for key, entries in blocks.items():
        _, rows, columns = entries[0]
        terms = [instance(term, dict(zip((*own, *its), (*rows, *columns), strict=True))) for term, own, its in entries]
        out[key] = contractor.lower(terms, (*rows, *columns))
    return out


def _carry(
    second: Curvature,
    left: Node,
    right: Node,
    block: Expr,
    *,
    same: bool,
    place: dict[int, int],
    put: Callable[[int, int, Expr, int], None],
) -> None:
    """Multiply one block from both sides with the Jacobians of the collected variables."""
    rows, columns = fresh(left.value.shape), fresh(right.value.shape)
    middle = array_term(block, (*rows, *columns))
    for one, own in second.jacobian(left).items():
        for other, its in second.jacobian(right).items():
            i, j = place[id(one.value)], place[id(other.value)]
            if same and i > j:
                continue
            out_rows, out_columns = fresh(one.value.shape), fresh(other.value.shape)
            terms = _products(middle, (own.axes, own.column, own.terms), rows, out_rows)
            terms = [
                done
                for term in terms
                for done in _products(term, (its.axes, its.column, its.terms), columns, out_columns)
            ]
            out = second.contractor.lower(terms, (*out_rows, *out_columns))
            put(i, j, out, len(out_rows))
            if i == j and not same:
                turned = [*range(len(out_rows), out.ndim), *range(len(out_rows))]
                put(i, j, transpose(out, turned), len(out_rows))


def _products(middle: Term, jacobian: tuple[Labels, Labels, Sequence[Term]], axes: Labels, out: Labels) -> list[Term]:
    own_axes, column, terms = jacobian
    names = dict(zip((*own_axes, *column), (*axes, *out), strict=True))
    return [times(middle, instance(term, names)) for term in terms]
