"""Branch and prune for zeros of a gradient, compiled: narrowing, splitting, and boxes with exactly one zero.

The float twin of :mod:`verify.recheck.newton` and of the walk in :mod:`verify.recheck.landscape`; it writes the nodes
of the cover in preorder.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numerics.intervals import EPS, SMOOTH, UNKNOWN, FloatArray, IntArray, Packed, jets, jit

STEEP, EMPTY, OPEN, INSIDE, CUT, NARROW = -1, -2, -3, -4, -5, -6
"""Node codes; nonnegative ones are axes of cuts in halves."""

SWEEPS = 2
NARROWED = 0.75
"""A narrowed box is used when some side shrinks at least to this share."""

GRID_BITS = 5
"""Narrowed sides are rounded outward to this many bits of their width, so that numbers stay short."""

FINEST = 2.0**-36
NEWTON_STEPS = 60


@jit
def _invert(matrix: FloatArray, out: FloatArray) -> bool:
    """Gauss-Jordan elimination with row pivots; False where the matrix is singular."""
    size = matrix.shape[0]
    work = matrix.copy()
    for i in range(size):
        for j in range(size):
            out[i, j] = 1.0 if i == j else 0.0
    for column in range(size):
        pivot = column
        for i in range(column + 1, size):
            if abs(work[i, column]) > abs(work[pivot, column]):
                pivot = i
        top = work[pivot, column]
        if not abs(top) > 1e-300 or not abs(top) < 1e300:
            return False
        for j in range(size):
            work[column, j], work[pivot, j] = work[pivot, j], work[column, j]
            out[column, j], out[pivot, j] = out[pivot, j], out[column, j]
        for j in range(size):
            work[column, j] /= top
            out[column, j] /= top
        for i in range(size):
            factor = work[i, column]
            if i != column and factor != 0.0:
                for j in range(size):
                    work[i, j] -= factor * work[column, j]
                    out[i, j] -= factor * out[column, j]
    return True


@jit
def _unpack(mid: FloatArray, rad: FloatArray, root: int, slopes: FloatArray, hessian: FloatArray) -> None:
    size = slopes.shape[0]
    entry = 1 + size
    for i in range(size):
        slopes[i, 0], slopes[i, 1] = mid[root, 1 + i], rad[root, 1 + i]
        for j in range(i, size):
            hessian[i, j, 0] = hessian[j, i, 0] = mid[root, entry]
            hessian[i, j, 1] = hessian[j, i, 1] = rad[root, entry]
            entry += 1


@jit
def _steep(mid: FloatArray, rad: FloatArray, root: int, size: int) -> bool:
    for i in range(size):  # noqa: SIM110 - compiled
        if abs(mid[root, 1 + i]) > rad[root, 1 + i] * (1 + 1e-7) + 1e-300:
            return True
    return False


@jit
def _solve_row(
    row: FloatArray, offset: FloatArray, center: FloatArray, low: FloatArray, high: FloatArray, only: int
) -> bool:
    """Narrow [low, high] by ``0 in offset + row . (x - center)``, for one coordinate or (-1) for all; False: empty."""
    size = center.shape[0]
    middles, radii = np.empty(size), np.empty(size)
    total, spread = offset[0], offset[1]
    for j in range(size):
        m, r = 0.5 * (low[j] + high[j]) - center[j], 0.5 * (high[j] - low[j])
        middles[j] = row[j, 0] * m
        radii[j] = abs(row[j, 0]) * r + row[j, 1] * (abs(m) + r) + EPS * (abs(row[j, 0]) * (abs(center[j]) + r))
        total += middles[j]
        spread += radii[j]
    spread += 8 * EPS * abs(total)
    if abs(total) > spread * (1 + 1e-7) + 1e-300:
        return False
    for j in range(size):
        if only >= 0 and j != only:
            continue
        a, b = row[j, 0] - row[j, 1], row[j, 0] + row[j, 1]
        if not (a > 0.0 or b < 0.0):
            continue
        m, r = total - middles[j], spread - radii[j]
        r += 4 * EPS * (abs(m) + spread)
        p, q = m - r, m + r
        if a > 0.0:
            least = min(p / a, p / b)
            most = max(q / a, q / b)
        else:
            least = min(q / a, q / b)
            most = max(p / a, p / b)
        slack = 1e-7 * (most - least) + 8 * EPS * (abs(center[j]) + abs(most) + abs(least))
        new_low, new_high = center[j] - most - slack, center[j] - least + slack
        if new_low > high[j] or new_high < low[j]:
            return False
        if new_low > low[j]:
            low[j] = new_low
        if new_high < high[j]:
            high[j] = new_high
        moved, reach = 0.5 * (low[j] + high[j]) - center[j], 0.5 * (high[j] - low[j])
        total -= middles[j]
        spread -= radii[j]
        middles[j] = row[j, 0] * moved
        radii[j] = (
            abs(row[j, 0]) * reach + row[j, 1] * (abs(moved) + reach) + EPS * abs(row[j, 0]) * (abs(center[j]) + reach)
        )
        total += middles[j]
        spread = spread + radii[j] + 8 * EPS * abs(total)
    return True


@jit
def _times(inverse: FloatArray, hessian: FloatArray, slopes: FloatArray, rows: FloatArray, offsets: FloatArray) -> None:
    size = inverse.shape[0]
    for i in range(size):
        middle, radius, bulk = 0.0, 0.0, 0.0
        for k in range(size):
            part = inverse[i, k] * slopes[k, 0]
            middle += part
            bulk += abs(part)
            radius += abs(inverse[i, k]) * slopes[k, 1]
        offsets[i, 0], offsets[i, 1] = middle, radius * (1 + 8 * EPS) + 8 * EPS * bulk
        for j in range(size):
            middle, radius, bulk = 0.0, 0.0, 0.0
            for k in range(size):
                part = inverse[i, k] * hessian[k, j, 0]
                middle += part
                bulk += abs(part)
                radius += abs(inverse[i, k]) * hessian[k, j, 1]
            rows[i, j, 0], rows[i, j, 1] = middle, radius * (1 + 8 * EPS) + 8 * EPS * bulk


@jit
def narrow(
    packed: Packed, mid: FloatArray, rad: FloatArray, low: FloatArray, high: FloatArray, smear: FloatArray
) -> int:
    """Narrow a box in place; return STEEP or EMPTY (no zero), or 0. ``smear`` says which axis matters most."""
    size = low.shape[0]
    root = packed[7]
    center, radius, nothing = np.empty(size), np.empty(size), np.zeros(size)
    for j in range(size):
        center[j] = 0.5 * (low[j] + high[j])
        radius[j] = 0.5 * (high[j] - low[j]) * (1 + EPS) + EPS * abs(center[j])
        smear[j] = high[j] - low[j]
    outcome = jets(packed, center, radius, False, mid, rad)
    if outcome == UNKNOWN:
        return 0
    if _steep(mid, rad, root, size):
        return STEEP
    if outcome != SMOOTH:
        return 0
    jets(packed, center, radius, True, mid, rad)
    slopes, hessian = np.empty((size, 2)), np.empty((size, size, 2))
    _unpack(mid, rad, root, slopes, hessian)
    if jets(packed, center, nothing, False, mid, rad) != SMOOTH:
        return 0
    for i in range(size):
        slopes[i, 0], slopes[i, 1] = mid[root, 1 + i], rad[root, 1 + i]
    _smear(hessian, low, high, smear)
    middle, inverse = np.empty((size, size)), np.empty((size, size))
    for i in range(size):
        if not _solve_row(hessian[i], slopes[i], center, low, high, -1):
            return EMPTY
        for j in range(size):
            middle[i, j] = hessian[i, j, 0]
    if not _invert(middle, inverse):
        return 0
    rows, offsets = np.empty((size, size, 2)), np.empty((size, 2))
    _times(inverse, hessian, slopes, rows, offsets)
    for _ in range(SWEEPS):
        for i in range(size):
            if not _solve_row(rows[i], offsets[i], center, low, high, i):
                return EMPTY
    return 0


@jit
def _smear(hessian: FloatArray, low: FloatArray, high: FloatArray, smear: FloatArray) -> None:
    """Share of each axis in how much the gradient entries vary over the box."""
    size = low.shape[0]
    for j in range(size):
        smear[j] = 0.0
    for i in range(size):
        total = 1e-300
        for j in range(size):
            total += (abs(hessian[i, j, 0]) + hessian[i, j, 1]) * (high[j] - low[j])
        for j in range(size):
            smear[j] += (abs(hessian[i, j, 0]) + hessian[i, j, 1]) * (high[j] - low[j]) / total


@jit
def is_unique(packed: Packed, mid: FloatArray, rad: FloatArray, center: FloatArray, radius: FloatArray) -> bool:
    """Whether Krawczyk's test shows (in floats) exactly one zero in a box, with a little to spare."""
    size = center.shape[0]
    root = packed[7]
    if jets(packed, center, radius, True, mid, rad) != SMOOTH:
        return False
    slopes, hessian = np.empty((size, 2)), np.empty((size, size, 2))
    _unpack(mid, rad, root, slopes, hessian)
    if jets(packed, center, np.zeros(size), False, mid, rad) != SMOOTH:
        return False
    middle, inverse = np.empty((size, size)), np.empty((size, size))
    for i in range(size):
        slopes[i, 0], slopes[i, 1] = mid[root, 1 + i], rad[root, 1 + i]
        for j in range(size):
            middle[i, j] = hessian[i, j, 0]
    if not _invert(middle, inverse):
        return False
    rows, offsets = np.empty((size, size, 2)), np.empty((size, 2))
    _times(inverse, hessian, slopes, rows, offsets)
    for i in range(size):
        reach = abs(offsets[i, 0]) + offsets[i, 1]
        for j in range(size):
            rest = abs((1.0 if i == j else 0.0) - rows[i, j, 0]) + rows[i, j, 1]
            reach += rest * radius[j]
        if not reach < radius[i] * (1 - 1e-5):
            return False
    return True


@jit
def newton(
    packed: Packed, mid: FloatArray, rad: FloatArray, points: FloatArray, reach: FloatArray, converged: Any
) -> None:
    """Move points (N, p) to zeros of the gradient by Newton steps no longer than ``reach`` (p,)."""
    size = points.shape[1]
    root = packed[7]
    nothing = np.zeros(size)
    slopes, hessian = np.empty((size, 2)), np.empty((size, size, 2))
    middle, inverse = np.empty((size, size)), np.empty((size, size))
    step = np.empty(size)
    for number in range(points.shape[0]):
        converged[number] = False
        for _ in range(NEWTON_STEPS):
            if jets(packed, points[number], nothing, True, mid, rad) != SMOOTH:
                break
            _unpack(mid, rad, root, slopes, hessian)
            for i in range(size):
                for j in range(size):
                    middle[i, j] = hessian[i, j, 0]
            if not _invert(middle, inverse):
                break
            longest = 0.0
            for i in range(size):
                step[i] = 0.0
                for j in range(size):
                    step[i] -= inverse[i, j] * slopes[j, 0]
                longest = max(longest, abs(step[i]) / reach[i])
            if not np.isfinite(longest):
                break
            for i in range(size):
                points[number, i] += step[i] / max(longest, 1.0)
            if longest < 1e-13:
                converged[number] = True
                break


@jit
def _rounded_outward(
    low: FloatArray, high: FloatArray, old_low: FloatArray, old_high: FloatArray, scale: FloatArray
) -> bool:
    """Round narrowed sides to a grid, outward; return whether some side shrank enough."""
    shrank = False
    for j in range(low.shape[0]):
        width = max(high[j] - low[j], scale[j] * FINEST)
        grid = 2.0 ** (np.floor(np.log2(width)) - GRID_BITS)
        low[j] = max(np.floor(low[j] / grid) * grid, old_low[j])
        high[j] = min(np.ceil(high[j] / grid) * grid, old_high[j])
        if high[j] - low[j] < NARROWED * (old_high[j] - old_low[j]):
            shrank = True
    return shrank


@jit
def _region(low: FloatArray, high: FloatArray, region_low: FloatArray, region_high: FloatArray) -> int:
    """Return the first region that contains the box, else -1."""
    for k in range(region_low.shape[0]):
        inside = True
        for j in range(low.shape[0]):
            if low[j] < region_low[k, j] or high[j] > region_high[k, j]:
                inside = False
                break
        if inside:
            return k
    return -1


@jit
def _face(low: FloatArray, high: FloatArray, region_low: FloatArray, region_high: FloatArray) -> tuple[int, float]:
    """Return the cut (axis, place) along a region's face that cuts off most of the box; axis -1: no region is near."""
    size = low.shape[0]
    axis, place, best = -1, 0.0, 0.0
    for k in range(region_low.shape[0]):
        near = True
        for j in range(size):
            if low[j] >= region_high[k, j] or high[j] <= region_low[k, j]:
                near = False
            if high[j] - low[j] > 3.0 * (region_high[k, j] - region_low[k, j]):
                near = False
        if not near:
            continue
        for j in range(size):
            width = high[j] - low[j]
            lower, upper = (region_low[k, j] - low[j]) / width, (high[j] - region_high[k, j]) / width
            if lower > best:
                axis, place, best = j, region_low[k, j], lower
            if upper > best:
                axis, place, best = j, region_high[k, j], upper
    return axis, place


@jit
def cover(
    packed: Packed, mid: FloatArray, rad: FloatArray, begin_low: FloatArray, begin_high: FloatArray, scale: FloatArray,
    region_low: FloatArray, region_high: FloatArray, finest: float, nodes: IntArray, numbers: FloatArray,
    begins: IntArray, opened: FloatArray,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Cover boxes; return how many nodes, rows of numbers, open boxes and looked-at boxes there are.

    Args:
        begin_low: (N, p), with begin_high the boxes to cover.
        scale: (p,), unit of width per axis; a box narrower than ``finest`` of it everywhere stays open.
        region_low: (K, p), with region_high the boxes with exactly one zero.
        nodes: (M, 2), receives node codes with a number (of a region, of a row of numbers, of an open box).
        numbers: (M, 2p), receives the ends of narrowed boxes, and axis and place of cuts.
        begins: (N + 1,), receives where the nodes of each box begin.
        opened: (M, 2p), receives the ends of open boxes.
    """  # fmt: skip
    size = begin_low.shape[1]
    limit = nodes.shape[0]
    stack = np.empty((64 * (size + 2) * 8, 2 * size))
    low, high, smear = np.empty(size), np.empty(size), np.empty(size)
    old_low, old_high = np.empty(size), np.empty(size)
    count = rows = open_count = looked = 0
    for start in range(begin_low.shape[0]):
        begins[start] = count
        depth = 1
        stack[0, :size], stack[0, size:] = begin_low[start], begin_high[start]
        while depth > 0:
            depth -= 1
            low[:], high[:] = stack[depth, :size], stack[depth, size:]
            old_low[:], old_high[:] = low, high
            inside = _region(low, high, region_low, region_high)
            if inside >= 0:
                nodes[count, 0], nodes[count, 1] = INSIDE, inside
                count += 1
                continue
            widest = 0.0
            for j in range(size):
                widest = max(widest, (high[j] - low[j]) / scale[j])
            # Room must remain for one open node per waiting box.
            if count + 2 * (depth + begin_low.shape[0] - start) + 8 >= limit or depth + 4 >= stack.shape[0]:
                nodes[count, 0], nodes[count, 1] = OPEN, open_count
                opened[open_count, :size], opened[open_count, size:] = low, high
                open_count += 1
                count += 1
                continue
            looked += 1
            outcome = narrow(packed, mid, rad, low, high, smear)
            if outcome < 0:
                nodes[count, 0], nodes[count, 1] = outcome, 0
                count += 1
                continue
            if _rounded_outward(low, high, old_low, old_high, scale):
                nodes[count, 0], nodes[count, 1] = NARROW, rows
                numbers[rows, :size], numbers[rows, size:] = low, high
                rows += 1
                count += 1
                stack[depth, :size], stack[depth, size:] = low, high
                depth += 1
                continue
            low[:], high[:] = old_low, old_high
            if widest <= finest:
                nodes[count, 0], nodes[count, 1] = OPEN, open_count
                opened[open_count, :size], opened[open_count, size:] = low, high
                open_count += 1
                count += 1
                continue
            axis, place = _face(low, high, region_low, region_high)
            if axis >= 0:
                nodes[count, 0], nodes[count, 1] = CUT, rows
                numbers[rows, 0], numbers[rows, 1] = axis, place
                rows += 1
            else:
                axis = 0
                for j in range(1, size):
                    if smear[j] > smear[axis]:
                        axis = j
                if high[axis] - low[axis] < 0.02 * widest * scale[axis]:
                    for j in range(size):
                        if (high[j] - low[j]) / scale[j] > (high[axis] - low[axis]) / scale[axis]:
                            axis = j
                place = 0.5 * (low[axis] + high[axis])
                nodes[count, 0], nodes[count, 1] = axis, 0
            count += 1
            stack[depth, :size], stack[depth, size:] = low, high
            stack[depth, axis] = place
            stack[depth + 1, :size], stack[depth + 1, size:] = low, high
            stack[depth + 1, size + axis] = place
            depth += 2
    begins[begin_low.shape[0]] = count
    return count, rows, open_count, looked
