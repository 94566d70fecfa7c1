"""Which axes of a graph of expressions can be cut into slices that are computed one after another.

Axes of different nodes that always carry the same index belong to one class: the sample axis of the data, of the
hidden layers and of the residuals, for example. A class can be sliced if every node treats its slices alike; sums and
matrix products over it then accumulate slice by slice, and nothing between them is ever held for all slices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from verify.expr.node import COMPARISONS, ELEMENTWISE_REAL, LOGICAL, Expr, Shape

Axis = tuple[int, int]
"""(id of a node, axis)."""

LEAST_SAVED = 0.25
"""Share of all entries that slicing must save."""

_VIEWS = frozenset(("broadcast", "reshape", "transpose"))
_ENTRYWISE = ELEMENTWISE_REAL | COMPARISONS | LOGICAL
_ROWS = frozenset(("softmax", "sparsemax", "margin", "logsumexp"))


@dataclass(frozen=True)
class Slicing:
    """A sliced class of axes.

    Attributes:
        count: number of slices, or 1 when nothing is sliced.
        axis: sliced axis by id of node.
        reduced: ids of nodes that sum over the sliced axis.
        level: by id of node, how many sums over slices must be done before it.
    """

    count: int
    axis: dict[int, int]
    reduced: frozenset[int]
    level: dict[int, int]

    def shape(self, node: Expr) -> Shape:
        """Return the shape of one slice of a node: the sliced axis has length one."""
        place = self.axis.get(id(node))
        return node.shape if place is None else (*node.shape[:place], 1, *node.shape[place + 1 :])


def whole(nodes: Sequence[Expr]) -> Slicing:
    """Return the slicing that slices nothing."""
    return Slicing(1, {}, frozenset(), {id(node): 0 for node in nodes})


def best_slicing(nodes: Sequence[Expr], varying: set[int]) -> Slicing:
    """Return the slicing after which the fewest entries of varying nodes are held at a time.

    Args:
        nodes: in topological order.
        varying: ids of the nodes that differ from point to point.
    """
    classes = _Classes()
    for node in nodes:
        for own, other in _links(node):
            classes.join(own, other)
    by_root: dict[Axis, list[Axis]] = defaultdict(list)
    for node in nodes:
        for place, extent in enumerate(node.shape):
            if extent > 1:
                by_root[classes.root((id(node), place))].append((id(node), place))
    blocked = {classes.root(axis) for node in nodes for axis in _blocked(node)}
    size = {id(node): node.size for node in nodes if id(node) in varying and node.op not in _VIEWS}
    length = {(id(node), place): extent for node in nodes for place, extent in enumerate(node.shape)}
    best, most = whole(nodes), LEAST_SAVED * sum(size.values())
    for root, members in by_root.items():
        owners = [owner for owner, _ in members]
        if root in blocked or len(set(owners)) < len(owners):
            continue
        count = length[members[0]]
        saved = sum(size.get(owner, 0) for owner in owners) * (1 - 1 / count)
        if saved > most:
            best, most = _slicing(nodes, dict(members), count), saved
    return best


def _slicing(nodes: Sequence[Expr], axis: dict[int, int], count: int) -> Slicing:
    reduced = frozenset(id(node) for node in nodes if _sums_over(node, axis))
    level: dict[int, int] = {}
    for node in nodes:
        below = max((level[id(arg)] for arg in node.args), default=0)
        level[id(node)] = below + (id(node) in reduced)
    return Slicing(count, axis, reduced, level)


def _sums_over(node: Expr, axis: dict[int, int]) -> bool:
    if not node.args or id(node.args[0]) not in axis:
        return False
    place = axis[id(node.args[0])]
    if node.op == "sum":
        return place in node.attrs  # type: ignore[operator]
    return node.op == "matmul" and place == node.ndim - 1


class _Classes:
    """Disjoint sets of axes."""

    def __init__(self) -> None:
        self.parent: dict[Axis, Axis] = {}

    def root(self, axis: Axis) -> Axis:
        while (above := self.parent.get(axis, axis)) != axis:
            self.parent[axis] = self.parent.get(above, above)
            axis = above
        return axis

    def join(self, own: Axis, other: Axis) -> None:
        self.parent[self.root(own)] = self.root(other)


def _links(node: Expr) -> Iterator[tuple[Axis, Axis]]:
    """Yield pairs of axes (of a node and its arguments, or of two arguments) that carry the same index."""
    if node.op == "matmul":
        left, right = node.args
        for place in range(node.ndim - 2):
            yield (id(node), place), (id(left), place)
            yield (id(node), place), (id(right), place)
        yield (id(node), node.ndim - 2), (id(left), node.ndim - 2)
        yield (id(node), node.ndim - 1), (id(right), node.ndim - 1)
        yield (id(left), node.ndim - 1), (id(right), node.ndim - 2)
        return
    for arg in node.args:
        for own, other in _pairs(node, arg):
            if node.shape[own] > 1:
                yield (id(node), own), (id(arg), other)


def _pairs(node: Expr, arg: Expr) -> list[tuple[int, int]]:
    """Return (axis of the node, axis of the argument) that carry the same index."""
    if node.op in _ENTRYWISE:
        return [(place, place) for place in range(node.ndim)]
    if node.op == "broadcast":
        lead = node.ndim - arg.ndim
        return [(lead + place, place) for place in range(arg.ndim) if arg.shape[place] == node.shape[lead + place]]
    if node.op == "reshape":
        return _kept_by_reshape(node.shape, arg.shape)
    if node.op == "transpose":
        return list(enumerate(node.attrs))  # type: ignore[arg-type]
    if node.op == "gather":
        return _kept_by_positions(node.attrs, node.shape, arg.shape)  # type: ignore[arg-type]
    if node.op == "scatter":
        return [(b, a) for a, b in _kept_by_positions(node.attrs, arg.shape, node.shape)]  # type: ignore[arg-type]
    if node.op == "concat":
        return [(place, place) for place in range(node.ndim) if place != node.attrs]
    if node.op in ("sum", "max", "gap"):
        kept = [place for place in range(arg.ndim) if place not in node.attrs]  # type: ignore[operator]
        return list(enumerate(kept))
    if node.op in _ROWS:
        return [(place, place) for place in range(arg.ndim - 1)]
    return []


def _blocked(node: Expr) -> Iterator[Axis]:
    """Yield axes that a node does not treat slice by slice."""
    if node.op in ("matmul", "sum") or not node.args:
        return
    kept = [_pairs(node, arg) for arg in node.args]
    for arg, pairs in zip(node.args, kept, strict=True):
        linked = {other for _, other in pairs}
        yield from ((id(arg), place) for place in range(arg.ndim) if place not in linked)
    if node.op != "broadcast":
        own = set.intersection(*({place for place, _ in pairs} for pairs in kept))
        yield from ((id(node), place) for place in range(node.ndim) if place not in own)


def _kept_by_reshape(target: Shape, source: Shape) -> list[tuple[int, int]]:
    before = {(prod(source[:place]), length): place for place, length in enumerate(source) if length > 1}
    found = [(place, before.get((prod(target[:place]), length))) for place, length in enumerate(target) if length > 1]
    return [(own, other) for own, other in found if other is not None]


def _kept_by_positions(positions: Sequence[int], picked: Shape, source: Shape) -> list[tuple[int, int]]:
    """Return (axis of the picked entries, axis of the source) along which picking keeps every slice in place."""
    if not positions:
        return []
    coordinates = np.unravel_index(np.array(positions, dtype=np.intp).reshape(picked), source)
    pairs = []
    for other, length in enumerate(source):
        for own, reach in enumerate(picked):
            along = np.arange(length).reshape([-1 if place == own else 1 for place in range(len(picked))])
            if length == reach > 1 and (coordinates[other] == along).all():
                pairs.append((own, other))
                break
    return pairs
