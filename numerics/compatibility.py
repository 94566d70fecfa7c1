"""The compatibility constant of a design on a support: the weakest form of a restricted eigenvalue.

    kappa = k min { d^T G d : |d_S|_1 = 1, |d off S|_1 <= 3 }

is a convex program for each sign pattern of d_S. Any vector v bounds its minimum from below, since
d^T G d >= 2 v^T G d - v^T G v, and the least value of the linear part is explicit: with q = 2 G v and signs t,

    min_{j in S} t_j q_j - 3 max_{j not in S} |q_j| - v^T G v.

The minimiser itself is such a v, and then the bound is sharp.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

from numerics.moments import Moments, column_vector, entries, form, fraction

if TYPE_CHECKING:
    import numpy as np

CONE = 3
"""The factor of the cone."""

MAX_SUPPORT = 6
"""Largest support for which all sign patterns (32 up to a common sign) are solved."""

ITERATIONS = 3000
UNIT = 2**24
"""Denominator to which the vectors v are rounded."""


def sign_patterns(k: int) -> list[tuple[int, ...]]:
    """Return all patterns of k signs that start with 1."""
    return [(1, *rest) for rest in product((1, -1), repeat=k - 1)]


def compatibility(
    moments: Moments, support: Sequence[int], *, check: Callable[[], None] = lambda: None
) -> tuple[Fraction, list[list[int]]]:
    """Return an exact lower bound of kappa and the vectors v (integers over ``UNIT``) that show it, one per pattern.

    Not positive where nothing is shown, or where the support is larger than ``MAX_SUPPORT``.
    """
    if not 0 < len(support) <= MAX_SUPPORT:
        return Fraction(0), []
    gram, _, _ = moments.floats
    patterns = sign_patterns(len(support))
    vectors = [[round(value * UNIT) for value in row] for row in _minimisers(gram, support, patterns, check).tolist()]
    bounds = [lower_bound(moments.gram, support, t, v) for t, v in zip(patterns, vectors, strict=True)]
    return len(support) * min(bounds), vectors


def lower_bound(gram: Any, support: Sequence[int], signs: Sequence[int], vector: Sequence[int]) -> Fraction:
    """Return the bound from one vector, exactly."""
    v = column_vector([Fraction(value, UNIT) for value in vector])
    slope = [2 * fraction(entry) for entry in entries(gram * v)]
    inside = min(t * slope[j] for t, j in zip(signs, support, strict=True))
    outside = max((abs(q) for j, q in enumerate(slope) if j not in set(support)), default=Fraction(0))
    return inside - CONE * outside - form(v, gram, v)


def _minimisers(
    gram: np.ndarray, support: Sequence[int], patterns: list[tuple[int, ...]], check: Callable[[], None]
) -> np.ndarray:
    """Accelerated projected gradient with restart, all patterns at once; (patterns, p)."""
    import numpy as np

    p, inside = len(gram), list(support)
    outside = [j for j in range(p) if j not in set(support)]
    signs = np.array(patterns, dtype=float)
    point = np.zeros((len(patterns), p))
    point[:, inside] = signs / len(inside)
    step = 1.0 / max(float(np.linalg.eigvalsh(gram)[-1]), 1e-300)
    ahead, momentum = point.copy(), np.ones((len(patterns), 1))
    for k in range(ITERATIONS):
        if k % 500 == 0:
            check()
        moved = ahead - step * (ahead @ gram)
        fresh = np.empty_like(moved)
        fresh[:, inside] = signs * _to_simplex(signs * moved[:, inside], 1.0)
        fresh[:, outside] = _to_ball(moved[:, outside], float(CONE))
        change = fresh - point
        restart = np.sum((ahead - fresh) * change, axis=1, keepdims=True) > 0
        following = np.where(restart, 1.0, (1.0 + np.sqrt(1.0 + 4.0 * momentum**2)) / 2.0)
        ahead = fresh + np.where(restart, 0.0, (momentum - 1.0) / following) * change
        point, momentum = fresh, following
        if np.max(np.abs(change)) < 1e-10:
            break
    return point


def _to_simplex(rows: np.ndarray, radius: float) -> np.ndarray:
    """Return the projection of each row to {x >= 0, sum x = radius}."""
    import numpy as np

    ordered = -np.sort(-rows, axis=1)
    shifts = (np.cumsum(ordered, axis=1) - radius) / np.arange(1, rows.shape[1] + 1)
    last = np.sum(ordered > shifts, axis=1) - 1
    projected: np.ndarray = np.maximum(rows - np.take_along_axis(shifts, last[:, None], axis=1), 0.0)
    return projected


def _to_ball(rows: np.ndarray, radius: float) -> np.ndarray:
    """Return the projection of each row to {|x|_1 <= radius}."""
    import numpy as np

    if rows.shape[1] == 0:
        return rows
    beyond = np.abs(rows).sum(axis=1, keepdims=True) > radius
    return np.where(beyond, np.sign(rows) * _to_simplex(np.abs(rows), radius), rows)
