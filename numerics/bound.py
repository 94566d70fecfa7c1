"""Finds bounds of an expression over a box, by bisection of natural, mean-value and monotone enclosures in floats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from numerics.budget import Budget
from numerics.intervals import EPS, UNKNOWN, FloatArray, IntArray, Machine, Packed, jets, jit
from verify.expr.tape import Tape

DONE, OPEN = -1, -2
SAMPLES = 2000
SLICE = 20_000

COARSEST = 8.0
"""First allowance for the bounds, in ranges of the values seen; then finer by :data:`REFINEMENT` each time."""

REFINEMENT = 2.0


@dataclass(frozen=True)
class Bounds:
    """Bounds of an expression, the points where the least and greatest values were seen, and the cover.

    ``cover`` is None when the bounds were not shown everywhere; ``open`` is then a box that resists. ``excess`` is set
    when the bounds are coarser than wanted: by how much each may exceed the values seen.
    """

    low: float
    high: float
    least: FloatArray
    greatest: FloatArray
    cover: list[int] | None
    boxes: int
    open: FloatArray | None = None
    excess: float | None = None


@jit
def _face_range(
    packed: Packed, center: FloatArray, radius: FloatArray, slopes: FloatArray, mid: FloatArray, rad: FloatArray
) -> tuple[float, float]:
    """Return bounds on a (thin) box by the natural and the mean-value form."""
    root = packed[7]
    jets(packed, center, radius, False, mid, rad)
    low, high = mid[root, 0] - rad[root, 0], mid[root, 0] + rad[root, 0]
    jets(packed, center, np.zeros(center.shape[0]), False, mid, rad)
    reach = rad[root, 0]
    for j in range(center.shape[0]):
        reach += (abs(slopes[j, 0]) + slopes[j, 1]) * radius[j]
    reach += 8 * EPS * (abs(mid[root, 0]) + reach)
    return max(low, mid[root, 0] - reach), min(high, mid[root, 0] + reach)


@jit
def enclose(
    packed: Packed, low: FloatArray, high: FloatArray, mid: FloatArray, rad: FloatArray, out: FloatArray
) -> bool:
    """Write bounds over a box and the value at its middle to ``out`` (3,); False where it may be undefined."""
    size = low.shape[0]
    root = packed[7]
    center, radius = np.empty(size), np.empty(size)
    for j in range(size):
        center[j] = 0.5 * (low[j] + high[j])
        radius[j] = 0.5 * (high[j] - low[j]) * (1 + EPS) + EPS * abs(center[j])
    if jets(packed, center, radius, False, mid, rad) == UNKNOWN:
        return False
    slopes = np.empty((size, 2))
    for j in range(size):
        slopes[j, 0], slopes[j, 1] = mid[root, 1 + j], rad[root, 1 + j]
    out[0], out[1] = mid[root, 0] - rad[root, 0], mid[root, 0] + rad[root, 0]
    lower, upper = center.copy(), center.copy()
    thin = radius.copy()
    for j in range(size):
        if abs(slopes[j, 0]) >= slopes[j, 1]:
            rising = slopes[j, 0] >= 0
            lower[j], upper[j] = (low[j], high[j]) if rising else (high[j], low[j])
            thin[j] = 0.0
    bottom = _face_range(packed, lower, thin, slopes, mid, rad)
    top = _face_range(packed, upper, thin, slopes, mid, rad)
    out[0], out[1] = max(out[0], bottom[0]), min(out[1], top[1])
    jets(packed, center, np.zeros(size), False, mid, rad)
    out[2] = mid[root, 0]
    return True


@jit
def _walk(
    packed: Packed, mid: FloatArray, rad: FloatArray, stack: FloatArray, depth: int, excess: float, nodes: IntArray,
    seen: FloatArray, least: FloatArray, greatest: FloatArray, unit: FloatArray,
) -> tuple[int, int]:  # fmt: skip
    """Cover the boxes on a stack until it is empty or ``nodes`` is full; return counts of nodes and boxes left.

    ``seen`` (4,) holds the least and greatest values at points, which are ``least`` and ``greatest`` (p,), and the
    least lower and greatest upper bound of the boxes that are done.
    """  # fmt: skip
    size = stack.shape[1] // 2
    out = np.empty(3)
    count = 0
    while depth > 0 and count < nodes.shape[0] and depth + 2 < stack.shape[0]:
        depth -= 1
        low, high = stack[depth, :size].copy(), stack[depth, size:].copy()
        if enclose(packed, low, high, mid, rad, out):
            if out[2] < seen[0]:
                seen[0] = out[2]
                least[:] = 0.5 * (low + high)
            if out[2] > seen[1]:
                seen[1] = out[2]
                greatest[:] = 0.5 * (low + high)
            if out[0] >= seen[0] - excess and out[1] <= seen[1] + excess:
                seen[2], seen[3] = min(seen[2], out[0]), max(seen[3], out[1])
                nodes[count] = DONE
                count += 1
                continue
        axis = 0
        for j in range(1, size):
            if (high[j] - low[j]) / unit[j] > (high[axis] - low[axis]) / unit[axis]:
                axis = j
        nodes[count] = axis
        count += 1
        stack[depth, :size], stack[depth, size:] = low, high
        stack[depth + 1, :size], stack[depth + 1, size:] = low, high
        middle = 0.5 * (low[axis] + high[axis])
        stack[depth, axis] = middle
        stack[depth + 1, size + axis] = middle
        depth += 2
    return count, depth


def compiled(machine: Machine, low: FloatArray, high: FloatArray) -> None:
    """Have the kernels compiled (or loaded from the cache on disk) by running them on no box at all."""
    value_at(machine, 0.5 * (low + high))
    stack, seen, place = np.empty((4, 2 * len(low))), np.zeros(4), np.zeros(len(low))
    nodes = np.empty(1, dtype=np.int64)
    _walk(machine.packed, machine.mid, machine.rad, stack, 0, 0.0, nodes, seen, place, place.copy(), np.ones(len(low)))


def bounds(
    tape: Tape, machine: Machine, low: FloatArray, high: FloatArray, width: float | None, budget: Budget, *,
    max_nodes: int, seed: int = 0,
) -> Bounds:  # fmt: skip
    """Return bounds that exceed the values seen at points by at most ``width`` in all.

    Args:
        width: None means a hundredth of the range of the values seen.
    """
    rng = np.random.default_rng(seed)
    seen, least, greatest = _sampled(machine, low, high, rng)
    spread = seen[1] - seen[0]
    if width is None:
        width = max(spread / 100, 1e-9)
    best, total, best_excess = None, 0, np.inf
    for excess in _excesses(0.5 * width * (1 - 1e-3), spread):
        found = _covered(machine, low, high, excess, (seen, least, greatest), budget, max_nodes)
        total += found.boxes
        if found.cover is None:
            return (
                replace(best, boxes=total, excess=best_excess, open=found.open) if best else replace(found, boxes=total)
            )
        best, best_excess = found, excess
    assert best is not None
    return replace(best, boxes=total)


def _excesses(wanted: float, spread: float) -> list[float]:
    """Return by how much bounds may exceed the values seen, coarse to fine: an early cover is a result in any case."""
    out = [wanted]
    while np.isfinite(spread) and out[-1] < COARSEST * spread:
        out.append(out[-1] * REFINEMENT)
    return out[::-1]


def _covered(
    machine: Machine, low: FloatArray, high: FloatArray, excess: float,
    sampled: tuple[FloatArray, FloatArray, FloatArray], budget: Budget, max_nodes: int,
) -> Bounds:  # fmt: skip
    """Cover the box so that bounds exceed the values seen by at most ``excess`` on either side."""
    seen = np.array([*sampled[0], np.inf, -np.inf])
    least, greatest = sampled[1].copy(), sampled[2].copy()
    stack = np.empty((400, 2 * len(low)))
    stack[0] = np.concatenate([low, high])
    depth, parts, total = 1, [], 0
    unit = np.where(high > low, high - low, np.inf)
    while depth and budget.left > 0 and total < max_nodes and depth + 2 < len(stack):
        nodes = np.empty(min(SLICE, max_nodes - total), dtype=np.int64)
        count, depth = _walk(
            machine.packed, machine.mid, machine.rad, stack, depth, excess, nodes, seen, least, greatest, unit
        )
        parts.append(nodes[:count])
        total += count
    cover = [int(code) for part in parts for code in part] if depth == 0 else None
    more = excess * 1e-3
    rest: Any = None if depth == 0 else stack[depth - 1].copy()
    low_bound, high_bound = max(seen[2], seen[0] - excess) - more, min(seen[3], seen[1] + excess) + more
    return Bounds(float(low_bound), float(high_bound), least, greatest, cover, total, rest)


def _sampled(
    machine: Machine, low: FloatArray, high: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the least and greatest values at random points and corners, and where they are."""
    points = low + (high - low) * rng.random((SAMPLES, len(low)))
    corners = np.array(np.meshgrid(*([0.0, 1.0],) * min(len(low), 8))).reshape(min(len(low), 8), -1).T
    if len(low) <= 8:
        points = np.vstack([points, low + (high - low) * corners])
    values = np.array([value_at(machine, point) for point in points])
    if not np.isfinite(values).any():
        return np.array([np.inf, -np.inf]), points[0].copy(), points[0].copy()
    first, last = np.nanargmin(values), np.nanargmax(values)
    return np.array([values[first], values[last]]), points[first].copy(), points[last].copy()


def value_at(machine: Machine, point: FloatArray) -> float:
    """Return the value at a point, ``nan`` where it is undefined."""
    if jets(machine.packed, point, np.zeros(len(point)), False, machine.mid, machine.rad) == UNKNOWN:
        return float("nan")
    return float(machine.mid[machine.packed[7], 0])
