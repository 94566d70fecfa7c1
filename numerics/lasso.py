"""The lasso, minimise g(u) + lambda |u|_1, in floating point along a path and then exactly, with its dual bound.

u solves it exactly when, with h = c - G u, |h_j| <= lambda for all j and h_j = lambda sign(u_j) where u_j is nonzero.
For any u, scaling the residual by t <= lambda / max |h_j| is dual feasible, which bounds the minimum from below:

    D = t (s - c^T u) - t^2 (s - 2 c^T u + u^T G u) / 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from numerics.moments import Moments, column_vector, entries, form, fraction, inner

if TYPE_CHECKING:
    import numpy as np

SUPPORT_THRESHOLD = 1e-9
"""Relative size below which a floating point coordinate is first taken to be zero."""

MAX_EXACT_SUPPORT = 80
"""Largest support that is solved for exactly; the numbers grow with its square."""

ROUNDING = 2**100
"""Denominator to which a solution is rounded where the exact one is out of reach."""


@dataclass(frozen=True)
class LassoSolution:
    """A point with its exact value and an exact lower bound of the minimum.

    ``unique`` tells whether strict inequalities show that the lasso has no other solution.
    """

    point: Any
    value: Fraction
    bound: Fraction
    unique: bool

    @property
    def gap(self) -> Fraction:
        """Exact duality gap; 0 for an exact solution."""
        return self.value - self.bound

    @property
    def coordinates(self) -> list[Fraction]:
        """The point, p exact numbers."""
        return [fraction(entry) for entry in entries(self.point)]

    @property
    def support(self) -> list[int]:
        """Places of the nonzero coordinates."""
        return [j for j, value in enumerate(self.coordinates) if value]


def lasso_path(
    gram: np.ndarray,
    correlation: np.ndarray,
    penalties: np.ndarray,
    *,
    iterations: int = 20_000,
    tolerance: float = 1e-13,
) -> np.ndarray:
    """Return floating point solutions for many penalties at once, (penalties, p).

    Accelerated proximal gradient steps with restart (O'Donoghue, Candes 2015), all penalties in one matrix product.

    Args:
        gram: (p, p); correlation: (p,); penalties: (m,).
    """
    import numpy as np

    step = 1.0 / max(float(np.linalg.eigvalsh(gram)[-1]), 1e-300)
    threshold = step * penalties[:, None]
    point = np.zeros((len(penalties), len(correlation)))
    ahead, momentum = point.copy(), np.ones((len(penalties), 1))
    for _ in range(iterations):
        moved = ahead - step * (ahead @ gram - correlation)
        fresh = np.sign(moved) * np.maximum(np.abs(moved) - threshold, 0.0)
        change = fresh - point
        restart = np.sum((ahead - fresh) * change, axis=1, keepdims=True) > 0
        following = np.where(restart, 1.0, (1.0 + np.sqrt(1.0 + 4.0 * momentum**2)) / 2.0)
        ahead = fresh + np.where(restart, 0.0, (momentum - 1.0) / following) * change
        point, momentum = fresh, following
        if np.max(np.abs(change)) <= tolerance * max(1.0, float(np.max(np.abs(point)))):
            break
    return point


def solve_exactly(
    moments: Moments, penalty: Fraction, start: np.ndarray, *, check: Callable[[], None] = lambda: None
) -> LassoSolution:
    """Return the lasso solution as exact rationals, from a floating point one.

    The optimality conditions are solved exactly on the support, which is corrected while they fail. Where that does
    not end (singular or very large support) the floating point solution is rounded, with its positive exact gap.

    Args:
        start: (p,), floating point solution.
        check: called in each round; raises to stop.
    """
    import numpy as np

    size = float(np.max(np.abs(start), initial=0.0))
    signs = [0 if abs(v) <= SUPPORT_THRESHOLD * size else (1 if v > 0 else -1) for v in start.tolist()]
    seen = set()
    while tuple(signs) not in seen and sum(map(abs, signs)) <= MAX_EXACT_SUPPORT:
        check()
        seen.add(tuple(signs))
        point = _on_support(moments, penalty, signs)
        if point is None:
            break
        corrected = _corrected(moments, penalty, signs, point)
        if corrected == signs:
            return evaluated(moments, penalty, point)
        signs = corrected
    rounded = column_vector([Fraction(round(Fraction(v) * ROUNDING), ROUNDING) for v in start.tolist()])
    return evaluated(moments, penalty, rounded)


def _on_support(moments: Moments, penalty: Fraction, signs: list[int]) -> Any | None:
    """Solve G_SS u_S = c_S - lambda sign_S exactly; None where G_SS is singular."""
    from flint import fmpq_mat

    support = [j for j, sign in enumerate(signs) if sign]
    if not support:
        return column_vector([0] * moments.size)
    table, right = moments.gram.tolist(), entries(moments.correlation)
    matrix = fmpq_mat(len(support), len(support), [table[i][j] for i in support for j in support])
    target = column_vector([fraction(right[j]) - penalty * signs[j] for j in support])
    try:
        solved = entries(matrix.solve(target))
    except ZeroDivisionError:
        return None
    values = [Fraction(0)] * moments.size
    for j, value in zip(support, solved, strict=True):
        values[j] = fraction(value)
    return column_vector(values)


def _corrected(moments: Moments, penalty: Fraction, signs: list[int], point: Any) -> list[int]:
    """Drop the coordinates of the wrong sign; if there are none, add the most violated one."""
    values = [fraction(entry) for entry in entries(point)]
    wrong = [j for j, sign in enumerate(signs) if sign and values[j] * sign <= 0]
    if wrong:
        return [0 if j in wrong else sign for j, sign in enumerate(signs)]
    residual = residual_correlation(moments, point)
    worst = max((j for j, sign in enumerate(signs) if not sign), key=lambda j: abs(residual[j]), default=None)
    if worst is None or abs(residual[worst]) <= penalty:
        return signs
    return [(1 if residual[worst] > 0 else -1) if j == worst else sign for j, sign in enumerate(signs)]


def residual_correlation(moments: Moments, point: Any) -> list[Fraction]:
    """Return h = c - G u, minus the gradient of g, exactly."""
    return [fraction(entry) for entry in entries(moments.correlation - moments.gram * point)]


def evaluated(moments: Moments, penalty: Fraction, point: Any) -> LassoSolution:
    """Return a point with its exact value and dual bound."""
    values = [fraction(entry) for entry in entries(point)]
    quadratic, linear = form(point, moments.gram, point), inner(moments.correlation, point)
    value = (quadratic + moments.energy) / 2 - linear + penalty * sum(map(abs, values))
    residual = residual_correlation(moments, point)
    largest = max(map(abs, residual))
    scale = min(Fraction(1), penalty / largest) if largest else Fraction(1)
    bound = scale * (moments.energy - linear) - scale**2 * (moments.energy - 2 * linear + quadratic) / 2
    active = [j for j, h in enumerate(residual) if abs(h) == penalty]
    unique = value == bound and _regular(moments, active)
    return LassoSolution(point, value, bound, unique)


def _regular(moments: Moments, active: list[int]) -> bool:
    """Whether the columns on which |h_j| = lambda are independent: then there is one solution."""
    from flint import fmpq_mat

    if len(active) > MAX_EXACT_SUPPORT:
        return False
    table = moments.gram.tolist()
    matrix = fmpq_mat(len(active), len(active), [table[i][j] for i in active for j in active])
    return not active or matrix.det() != 0


def prediction_error(moments: Moments, point: Any, teacher: Any) -> Fraction:
    """Return (1/n) |X (u - u*)|^2, exactly."""
    difference = point - teacher
    return form(difference, moments.gram, difference)
