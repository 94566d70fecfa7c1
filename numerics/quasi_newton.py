"""Limited-memory BFGS for many starts at once: every array operation serves the whole batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ValueGradient = Callable[[Array], tuple[Array, Array]]

MEMORY = 8
"""Pairs of steps and gradient changes that are remembered."""

SUFFICIENT = 1e-4
"""Armijo's constant."""

SHRINK, TRIALS = 0.25, 12
"""Factor of the step length after a failed trial, and the number of trials before a start is left where it is."""

CURVATURE = 1e-10
"""A pair is kept when <s, y> exceeds this multiple of |s||y|."""


@dataclass
class _Pairs:
    """Rings of the last steps ``s`` and gradient changes ``y``, each (MEMORY, B, p), and 1/<s, y> (0: not kept)."""

    s: Array
    y: Array
    rho: Array
    scale: Array
    newest: int = -1

    @staticmethod
    def empty(count: int, size: int) -> _Pairs:
        blank = np.zeros((MEMORY, count, size))
        return _Pairs(blank, blank.copy(), np.zeros((MEMORY, count)), np.ones(count))

    def add(self, s: Array, y: Array) -> None:
        self.newest = (self.newest + 1) % MEMORY
        product = np.einsum("bi,bi->b", s, y)
        good = product > CURVATURE * np.linalg.norm(s, axis=1) * np.linalg.norm(y, axis=1)
        self.s[self.newest], self.y[self.newest] = s, y
        self.rho[self.newest] = np.where(good, 1 / np.where(good, product, 1), 0)
        self.scale = np.where(good, product / np.maximum(np.einsum("bi,bi->b", y, y), 1e-300), self.scale)

    def direction(self, slope: Array) -> Array:
        """Return minus the inverse Hessian's estimate times the gradient, by the two-loop recursion."""
        q, factors = slope.copy(), []
        order = [(self.newest - k) % MEMORY for k in range(MEMORY)]
        for k in order:
            factor = self.rho[k] * np.einsum("bi,bi->b", self.s[k], q)
            q -= factor[:, None] * self.y[k]
            factors.append(factor)
        q *= self.scale[:, None]
        for k, factor in zip(reversed(order), reversed(factors), strict=True):
            q += (factor - self.rho[k] * np.einsum("bi,bi->b", self.y[k], q))[:, None] * self.s[k]
        return -q

    def keep(self, rows: Array) -> None:
        self.s, self.y, self.rho, self.scale = self.s[:, rows], self.y[:, rows], self.rho[:, rows], self.scale[rows]


@np.errstate(all="ignore")  # a start that overflows stays where it was
def descend(
    function: ValueGradient, points: Array, *, tolerance: float, steps: int, going: Callable[[], bool]
) -> Array:
    """Return the points (B, p) after at most ``steps`` steps each.

    A start rests when its gradient norm is at most ``tolerance``, or when no step along its direction descends.

    Args:
        function: maps points (B, p) to values (B,) and gradients (B, p).
        going: asked before each step; False ends the descent.
    """
    x = points.copy()
    rows = np.arange(len(x))
    value, slope = function(x)
    pairs = _Pairs.empty(*x.shape)
    for _ in range(steps):
        active = (np.linalg.norm(slope, axis=1) > tolerance) & np.isfinite(value)
        if not active.all():
            rows, value, slope = rows[active], value[active], slope[active]
            pairs.keep(active)
        if not len(rows) or not going():
            break
        new, new_value, new_slope, moved = _step(function, x[rows], value, slope, pairs)
        pairs.add(new - x[rows], new_slope - slope)
        x[rows] = new
        value, slope = new_value, np.where(moved[:, None], new_slope, 0)  # a zero gradient rests in the next round
    return x


def _step(
    function: ValueGradient, x: Array, value: Array, slope: Array, pairs: _Pairs
) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """Take one backtracked step; return points, values, gradients, and which of them moved."""
    direction = pairs.direction(slope)
    rate = np.einsum("bi,bi->b", direction, slope)
    uphill = ~(rate < 0)
    direction[uphill] = -slope[uphill]
    rate[uphill] = -np.einsum("bi,bi->b", slope[uphill], slope[uphill])
    length = np.ones(len(x))
    if pairs.newest < 0:  # a first step has no scale yet
        length = np.minimum(1.0, 1 / np.maximum(np.linalg.norm(direction, axis=1), 1e-300))
    new, new_value, new_slope = x.copy(), value.copy(), slope.copy()
    waiting = np.arange(len(x))
    for _ in range(TRIALS):
        trial = x[waiting] + length[waiting, None] * direction[waiting]
        tried, bent = function(trial)
        good = tried <= value[waiting] + SUFFICIENT * length[waiting] * rate[waiting]
        done = waiting[good]
        new[done], new_value[done], new_slope[done] = trial[good], tried[good], bent[good]
        waiting = waiting[~good]
        length[waiting] *= SHRINK
        if not len(waiting):
            break
    moved = np.ones(len(x), dtype=bool)
    moved[waiting] = False
    return new, new_value, new_slope, moved
