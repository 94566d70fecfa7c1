"""First and second derivatives of one operation, as labelled arrays.

The slopes of entrywise operations come from the project's own derivative of the operation on fresh symbols, so that
kinks and domains follow the same conventions everywhere. Operations along rows have diagonal derivatives once what
they are applied to is *centred*, that is, freed from its mean along the row with the weights of the operation: with
u' = u - p.u, softmax p has the derivative p u', and for adjoints g the second derivative sum of c u' v' where
c = p (g - g.p). Centring early also keeps what cancels from becoming large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from numerics.hessians.network import FIXED, PRODUCT, Node
from numerics.hessians.terms import ONE, Index, Labels, Term, array_term, times
from verify.expr import build
from verify.expr.build import mul, reshape, sub, total
from verify.expr.derive import gradient
from verify.expr.node import BOOL, ELEMENTWISE_REAL, Expr
from verify.expr.substitute import substitute


class Unstructured(Exception):
    """The expression has an operation without a structured second derivative."""


@dataclass(frozen=True)
class Linear:
    """The derivative of a node by one argument: the sum of ``terms`` over the argument's labels ``inner``.

    ``inner`` are labels for the axes of the argument; the terms also have the labels of the node's own axes. With
    ``weights``, of the shape of the argument, what is multiplied is first centred along the last axis.
    """

    place: int
    inner: Labels
    terms: tuple[Term, ...]
    weights: Expr | None = None


@dataclass(frozen=True)
class Bilinear:
    """The second derivative of a node by two arguments, weighted with the adjoint of the node.

    Attributes:
        places: the two arguments; twice the same if the form is symmetric in one argument.
        left: labels for the axes of the first argument.
        right: labels for the axes of the second.
        terms: a sum of terms with these labels.
        weights: as in :class:`Linear`.
    """

    places: tuple[int, int]
    left: Labels
    right: Labels
    terms: tuple[Term, ...]
    weights: Expr | None = None


def first_order(node: Node) -> list[Linear]:
    """Return the derivatives of a node by those arguments that are not known when compiling."""
    if node.kind == PRODUCT:
        return [Linear(k, node.factors[k], (node.term([k]),)) for k in _varying(node)]
    op = node.value.op
    if op in ELEMENTWISE_REAL:
        return [Linear(k, node.axes, (array_term(slope, node.axes),)) for k, slope in _slopes(node)]
    if op in _ROWS_FIRST:
        return [_ROWS_FIRST[op](node)]
    if op in ("gather", "scatter", "concat", "reshape"):
        return _placed(node)
    raise Unstructured(f"'{op}' has no structured derivative")


def second_order(node: Node, adjoint: Expr) -> list[Bilinear]:
    """Return the second derivatives of a node that do not vanish, weighted with its adjoint."""
    if node.kind == PRODUCT:
        return _product_pairs(node, adjoint)
    op = node.value.op
    if op in ELEMENTWISE_REAL:
        return _entrywise_pairs(node, adjoint)
    if op in _ROWS_SECOND:
        return _ROWS_SECOND[op](node, adjoint)
    return []


def _varying(node: Node) -> list[int]:
    return [k for k, arg in enumerate(node.args) if arg is not None and arg.kind != FIXED]


# --- products ---------------------------------------------------------------------------------------------------


def _product_pairs(node: Node, adjoint: Expr) -> list[Bilinear]:
    weight = array_term(adjoint, node.axes)
    places = _varying(node)
    out = []
    for a, left in enumerate(places):
        for right in places[a + 1 :]:
            term = times(weight, node.term([left, right]))
            out.append(Bilinear((left, right), node.factors[left], node.factors[right], (term,)))
    return out


# --- entrywise --------------------------------------------------------------------------------------------------


def _template(node: Node) -> tuple[Expr, list[Expr], dict[str, Expr]]:
    """Return the operation on fresh symbols, those of the varying arguments, and what the symbols stand for."""
    stand_ins: list[Expr] = []
    meaning: dict[str, Expr] = {}
    for place, arg in enumerate(node.value.args):
        if arg.kind == BOOL:
            stand_ins.append(arg)
            continue
        symbol = build.symbol(f" argument {place}", arg.shape)
        meaning[str(symbol.attrs)] = arg
        stand_ins.append(symbol)
    value = Expr(node.value.op, tuple(stand_ins), attrs=node.value.attrs, shape=node.value.shape)
    return value, [stand_ins[place] for place in _varying(node)], meaning


def _slopes(node: Node) -> list[tuple[int, Expr]]:
    value, inputs, meaning = _template(node)
    slopes = gradient(total(value), inputs)
    return [(k, substitute(slope, meaning)) for k, slope in zip(_varying(node), slopes, strict=True)]


def _entrywise_pairs(node: Node, adjoint: Expr) -> list[Bilinear]:
    value, inputs, meaning = _template(node)
    places, out = _varying(node), []
    for a, slope in enumerate(gradient(total(value), inputs)):
        for place, bend in zip(places[a:], gradient(total(slope), inputs[a:]), strict=True):
            if build.uniform_value(bend) == 0:
                continue
            weight = mul(adjoint, substitute(bend, meaning))
            out.append(Bilinear((places[a], place), node.axes, node.axes, (array_term(weight, node.axes),)))
    return out


# --- rows -------------------------------------------------------------------------------------------------------


def _keep(a: Expr) -> Expr:
    return reshape(a, (*a.shape, 1))


def _softmax_first(node: Node) -> Linear:
    return Linear(0, node.axes, (array_term(node.value, node.axes),), node.value)


def _softmax_second(node: Node, adjoint: Expr) -> list[Bilinear]:
    p = node.value
    weight = mul(p, sub(adjoint, _keep(total(mul(adjoint, p), -1))))
    return [Bilinear((0, 0), node.axes, node.axes, (array_term(weight, node.axes),), p)]


def _logsumexp_weights(node: Node) -> tuple[Expr, Labels]:
    argument = node.args[0]
    assert argument is not None
    p = build.row_map("softmax", argument.value)
    return p, (*node.axes, Index(p.shape[-1]))


def _logsumexp_first(node: Node) -> Linear:
    p, axes = _logsumexp_weights(node)
    return Linear(0, axes, (array_term(p, axes),))


def _logsumexp_second(node: Node, adjoint: Expr) -> list[Bilinear]:
    p, axes = _logsumexp_weights(node)
    return [Bilinear((0, 0), axes, axes, (array_term(mul(_keep(adjoint), p), axes),), p)]


def _sparsemax_first(node: Node) -> Linear:
    support = build.sign(node.value)
    share = build.div(support, build.broadcast(_keep(total(support, -1)), support.shape))
    return Linear(0, node.axes, (array_term(support, node.axes),), share)


def _max_first(node: Node) -> Linear:
    """The indicator of the only largest entry."""
    argument = node.args[0]
    assert argument is not None
    symbol = build.symbol(" argument 0", argument.value.shape)
    value = Expr("max", (symbol,), attrs=node.value.attrs, shape=node.value.shape)
    (slope,) = gradient(total(value), [symbol])
    axes: tuple[int, ...] = node.value.attrs  # type: ignore[assignment]
    kept = iter(node.axes)
    inner = tuple(Index(length) if k in axes else next(kept) for k, length in enumerate(symbol.shape))
    return Linear(0, inner, (array_term(substitute(slope, {" argument 0": argument.value}), inner),))


_ROWS_FIRST = {
    "softmax": _softmax_first,
    "logsumexp": _logsumexp_first,
    "sparsemax": _sparsemax_first,
    "max": _max_first,
}
_ROWS_SECOND = {"softmax": _softmax_second, "logsumexp": _logsumexp_second}


# --- entries put elsewhere --------------------------------------------------------------------------------------

MAX_SELECTION = 1 << 14
"""Most entries of a matrix of zeros and ones that stands for a rearrangement."""


def _placed(node: Node) -> list[Linear]:
    """Slices, joints and reshapes: identity on the axes they leave alone, zeros and ones on the others."""
    if node.value.op == "concat":
        return _joints(node)
    argument = node.args[0]
    assert argument is not None
    source, target = argument.value.shape, node.value.shape
    positions: Sequence[int] = node.value.attrs if node.value.op != "reshape" else range(argument.value.size)  # type: ignore[assignment]
    if node.value.op == "scatter":
        return [_selection(source, target, positions, node.axes, transposed=True)]
    return [_selection(target, source, positions, node.axes, transposed=False)]


def _selection(
    picked: tuple[int, ...], whole: tuple[int, ...], positions: Sequence[int], axes: Labels, *, transposed: bool
) -> Linear:
    """Return the map from an array of shape ``whole`` to its entries at ``positions`` in shape ``picked``."""
    same = 0
    while same < min(len(picked), len(whole)) and picked[same] == whole[same]:
        if not _keeps_axis(positions, picked, whole, same):
            break
        same += 1
    rows, columns = picked[same:], whole[same:]
    width, height = _size(columns), _size(rows)
    if width * height > MAX_SELECTION:
        raise Unstructured("a rearrangement of many entries")
    entries = [0] * (width * height)
    for place, position in enumerate(positions[:height]):
        entries[place * width + position] = 1
    own = tuple(Index(length) for length in (columns if not transposed else rows))
    outer = axes[same:]
    row_labels, column_labels = (own, outer) if transposed else (outer, own)
    matrix = build.constant(entries, (*rows, *columns))
    return Linear(0, (*axes[:same], *own), (array_term(matrix, (*row_labels, *column_labels)),))


def _keeps_axis(positions: Sequence[int], picked: tuple[int, ...], whole: tuple[int, ...], axis: int) -> bool:
    """Return whether the leading axes up to ``axis`` run along together."""
    inner, stride = _size(picked[axis + 1 :]), _size(whole[axis + 1 :])
    base = positions[:inner]
    if any(not 0 <= position < stride for position in base):
        return False
    return all(position - base[place % inner] == (place // inner) * stride for place, position in enumerate(positions))


def _size(shape: Sequence[int]) -> int:
    out = 1
    for length in shape:
        out *= length
    return out


def _joints(node: Node) -> list[Linear]:
    axis: int = node.value.attrs  # type: ignore[assignment]
    length = node.value.shape[axis]
    out, start = [], 0
    for place, arg in enumerate(node.args):
        assert arg is not None
        own = Index(arg.value.shape[axis])
        inner = (*node.axes[:axis], own, *node.axes[axis + 1 :])
        if arg.kind != FIXED:
            entries = [int(j == start + i) for j in range(length) for i in range(own.size)]
            matrix = build.constant(entries, (length, own.size))
            out.append(Linear(place, inner, (_selected(matrix, node.axes[axis], own),)))
        start += own.size
    return out


def _selected(matrix: Expr, row: Index, column: Index) -> Term:
    return array_term(matrix, (row, column)) if matrix.size > 1 else ONE
