"""Checks |<v, relu(X u)>| <= level |u| for all u, by the cells into which the rows of X divide the space.

Rows of X that are not zero are given signs one after the other; evidence is a tree:

["split", left, right]: the next row has sign +1 (left) or -1 (right);
["empty", weights]: no u has the signs so far, since sum w_i s_i x_i = 0 with weights w >= 0, not all 0: multiplied by u
    the sum would be positive;
["cell", above, below]: all signs are given. <v, relu(X u)> = <g, u>, g the sum of v_i x_i where the sign is
    +1. With weights w >= 0 and h = g + sum w_i s_i x_i, <g, u> <= <h, u> <= |h||u|, so |h| <= level suffices;
    ``below`` does the same for -v.

The u that are orthogonal to no such row are dense, so the inequality holds everywhere by continuity.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from verify.certificate import fraction, sequence
from verify.errors import Rejected

MAX_NODES = 50_000
MAX_DEPTH = 200

Rows = Sequence[Sequence[Fraction]]


def check_cells(inputs: Rows, dual: Sequence[Fraction], level: Fraction, tree: Any) -> None:
    """Accept a tree that shows the inequality.

    Args:
        inputs: X, (n, p); dual: v, (n,).

    Raises:
        Rejected: it does not show it.
    """
    if len(dual) != len(inputs):
        raise Rejected("one dual number for each row")
    rows = [row for row in inputs if any(row)]
    weights = [v for row, v in zip(inputs, dual, strict=True) if any(row)]
    if len(rows) > MAX_DEPTH:
        raise Rejected("too many rows")
    nodes = 0
    pending: list[tuple[Any, tuple[int, ...]]] = [(tree, ())]
    while pending:
        node, signs = pending.pop()
        nodes += 1
        if nodes > MAX_NODES:
            raise Rejected("too many cells")
        kind, *rest = sequence(node) or [None]
        if kind == "split" and len(rest) == 2 and len(signs) < len(rows):
            pending += [(rest[0], (*signs, 1)), (rest[1], (*signs, -1))]
        elif kind == "empty" and len(rest) == 1:
            _check_empty(rows, signs, _weights(rest[0], len(signs)))
        elif kind == "cell" and len(rest) == 2 and len(signs) == len(rows):
            for factor, part in zip((1, -1), rest, strict=True):
                _check_cell(rows, [factor * v for v in weights], signs, _weights(part, len(rows)), level)
        else:
            raise Rejected("this is not a tree of cells")


def _weights(data: Any, count: int) -> list[Fraction]:
    values = [fraction(entry) for entry in sequence(data)]
    if len(values) != count or any(value < 0 for value in values):
        raise Rejected("one nonnegative weight for each sign")
    return values


def _check_empty(rows: Rows, signs: Sequence[int], weights: Sequence[Fraction]) -> None:
    if not any(weights):
        raise Rejected("all weights are zero")
    if any(_combined(rows, signs, weights)):
        raise Rejected("the weighted rows do not cancel")


def _check_cell(
    rows: Rows, dual: Sequence[Fraction], signs: Sequence[int], weights: Sequence[Fraction], level: Fraction
) -> None:
    active = [v if sign > 0 else Fraction(0) for v, sign in zip(dual, signs, strict=True)]
    total = [a + w * s for a, w, s in zip(active, weights, signs, strict=True)]
    size = sum((entry**2 for entry in _combined(rows, [1] * len(rows), total)), Fraction(0))
    if size > level**2:
        raise Rejected("the dual vector is not feasible on a cell")


def _combined(rows: Rows, signs: Sequence[int], weights: Sequence[Fraction]) -> list[Fraction]:
    """Return sum w_i s_i x_i over the rows that have a sign."""
    out = [Fraction(0)] * (len(rows[0]) if rows else 0)
    for row, sign, weight in zip(rows[: len(signs)], signs, weights, strict=True):
        if weight:
            out = [entry + sign * weight * x for entry, x in zip(out, row, strict=True)]
    return out
