"""Trust-region Newton for many starts at once, with negative curvature: from near a stationary point to 1e-10."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ValueGradient = Callable[[Array], tuple[Array, Array]]
Hessian = Callable[[Array], Array]

FIRST_RADIUS, LARGEST_RADIUS, SMALLEST_RADIUS = 1.0, 1e3, 1e-13

ACCEPT, GROW, SHRINK = 1e-4, 0.75, 0.25
"""Ratios of actual to predicted decrease: from ACCEPT a step is taken, from GROW the radius doubles, below SHRINK it is
quartered (Nocedal, Wright: Numerical Optimization, 2006, algorithm 4.1)."""

ROUNDING = 64 * np.finfo(float).eps
"""Decreases below this multiple of the value are noise; then the gradient norm decides whether a step is good."""

SHIFT = 1e-2
"""Multiple of the gradient norm that is added to the curvatures of a Newton step. It vanishes with the gradient: the
convergence stays fast, and keeps orbits of symmetries, where the Hessian is singular, from spoiling the step."""

SECULAR_STEPS = 12
"""Newton steps for the multiplier of the trust region."""

FLAT = 1e-8
"""Curvatures below this multiple of the largest count as zero."""


@dataclass(frozen=True)
class Ended:
    """Points where the iteration ended: x (B, p), value (B,), gradient norm (B,), curvatures ascending (B, p)."""

    x: Array
    value: Array
    slope: Array
    curvatures: Array

    @property
    def index(self) -> NDArray[np.intp]:
        """The number of negative curvatures, in floating point."""
        return (self.curvatures < -self._zero).sum(axis=1)

    @property
    def flat(self) -> NDArray[np.intp]:
        """The number of curvatures that floating point does not tell from zero."""
        return (np.abs(self.curvatures) <= self._zero).sum(axis=1)

    @property
    def _zero(self) -> Array:
        return FLAT * np.maximum(np.abs(self.curvatures).max(axis=1, keepdims=True, initial=0), 1e-12)


@np.errstate(all="ignore")  # a step that overflows is not taken
def minimise(
    function: ValueGradient, hessian: Hessian, points: Array, *, tolerance: float, steps: int,
    going: Callable[[], bool], done: Callable[[NDArray[np.intp], Ended], None],
) -> None:  # fmt: skip
    """Call ``done(rows, ended)`` with starts as they end: gradient norm at most ``tolerance``, or no progress any more.

    Args:
        function: maps points (B, p) to values (B,) and gradients (B, p).
        hessian: maps points (B, p) to Hessians (B, p, p).
        going: asked before each step; False ends all starts where they are.
    """
    rows, x = np.arange(len(points)), points.copy()
    value, slope = function(x)
    radius = np.full(len(x), FIRST_RADIUS)
    for step in range(steps + 1):
        bend = _finite(hessian(x))
        norm = np.linalg.norm(slope, axis=1)
        last = step == steps or not going()
        ended = (norm <= tolerance) | (radius < SMALLEST_RADIUS) | ~np.isfinite(value) | last
        if ended.any():
            done(rows[ended], Ended(x[ended], value[ended], norm[ended], np.linalg.eigvalsh(bend[ended])))
            rows, x, value, slope, radius, bend = (part[~ended] for part in (rows, x, value, slope, radius, bend))
        if not len(rows):
            return
        move = _step(bend, slope, radius)
        predicted = -(move * slope).sum(axis=1) - 0.5 * np.einsum("bi,bij,bj->b", move, bend, move, optimize=True)
        trial = x + move
        tried, bent = function(trial)
        good, ratio = _judged(value, tried, predicted, slope, bent)
        length = np.linalg.norm(move, axis=1)
        grown = np.minimum(np.where(length > 0.8 * radius, 2 * radius, radius), LARGEST_RADIUS)
        radius = np.where(ratio > GROW, grown, np.where(good & (ratio >= SHRINK), radius, length / 4))
        x, value = np.where(good[:, None], trial, x), np.where(good, tried, value)
        slope = np.where(good[:, None], bent, slope)


def _finite(matrices: Array) -> Array:
    good = np.asarray(np.isfinite(matrices).all(axis=(1, 2)))
    return np.where(good[:, None, None], matrices, 0)


def _step(bend: Array, slope: Array, radius: Array) -> Array:
    """Return the regularised Newton step where the Hessian allows it and it is short enough, else the exact one."""
    from scipy.linalg.lapack import dposv

    size = bend.shape[1]
    norm = np.linalg.norm(slope, axis=1)
    shift = np.minimum(SHIFT * norm, 1.0) + FLAT**2 * np.abs(bend).max(axis=(1, 2), initial=0)
    shifted = bend + shift[:, None, None] * np.eye(size)
    move = np.zeros_like(slope)
    exact = np.ones(len(slope), dtype=bool)
    for row, (matrix, side) in enumerate(zip(shifted, -slope, strict=True)):
        _, solution, failed = dposv(matrix, side)
        if not failed and np.isfinite(solution).all():
            move[row], exact[row] = solution, False
    exact |= np.linalg.norm(move, axis=1) > radius
    if exact.any():
        values, vectors = np.linalg.eigh(bend[exact])
        inner = np.einsum("bij,bi->bj", vectors, slope[exact])
        move[exact] = np.einsum("bij,bj->bi", vectors, _model_step(values, inner, radius[exact]))
    return move


def _judged(value: Array, tried: Array, predicted: Array, slope: Array, bent: Array) -> tuple[NDArray[np.bool_], Array]:
    """Return which trials are taken, and the ratio of actual to predicted decrease.

    Where the decrease drowns in the rounding of the value, a step counts when it shortens the gradient.
    """
    decrease = value - tried
    noise = ROUNDING * np.maximum(np.abs(value), 1e-300)
    drowned = np.maximum(np.abs(predicted), np.abs(decrease)) <= noise
    shorter = np.linalg.norm(bent, axis=1) < np.linalg.norm(slope, axis=1)
    ratio = np.where(drowned, np.where(shorter, 1.0, 0.0), decrease / np.maximum(predicted, 1e-300))
    ratio = np.where(np.isfinite(tried) & np.isfinite(ratio) & np.isfinite(bent).all(axis=1), ratio, -1.0)
    return ratio > ACCEPT, ratio


def _model_step(values: Array, inner: Array, radius: Array) -> Array:
    """Return the minimiser of the quadratic model in the ball, in eigenvector coordinates.

    Curvatures that count as zero are left out of the Newton step where the gradient along them is rounding noise, so
    that flat directions (orbits of symmetries) are not followed.
    """
    zero = FLAT * np.maximum(np.abs(values).max(axis=1, keepdims=True, initial=0), 1e-300)
    size = np.linalg.norm(inner, axis=1, keepdims=True)
    dead = (np.abs(values) <= zero) & (np.abs(inner) <= 1e-3 * size)
    inner = np.where(dead, 0, inner)
    low = np.where(dead, np.inf, values).min(axis=1, initial=np.inf)
    least = np.maximum(0, -np.where(np.isfinite(low), low, 0))
    shift = least + 1e-14 * np.maximum(np.abs(values).max(axis=1, initial=0), 1e-300) * (least > 0)
    step = _shifted(values, inner, shift, dead)
    outside = np.linalg.norm(step, axis=1) > radius
    if outside.any():
        shift[outside] = _multiplier(values[outside], inner[outside], least[outside], radius[outside], dead[outside])
        step[outside] = _shifted(values[outside], inner[outside], shift[outside], dead[outside])
    return _with_negative_curvature(values, inner, step, radius, least)


def _shifted(values: Array, inner: Array, shift: Array, dead: NDArray[np.bool_]) -> Array:
    bottom = values + shift[:, None]
    return np.where(dead | (bottom <= 0), 0, -inner / np.where(bottom > 0, bottom, 1))


def _multiplier(values: Array, inner: Array, least: Array, radius: Array, dead: NDArray[np.bool_]) -> Array:
    """Solve |step(shift)| = radius for shift > least by Newton on 1/|step| - 1/radius, kept in a bracket."""
    size = np.linalg.norm(inner, axis=1)
    low, high = least.copy(), least + size / radius
    shift = 0.5 * (low + high)
    for _ in range(SECULAR_STEPS):
        bottom = np.maximum(values + shift[:, None], 1e-300)
        parts = np.where(dead, 0, inner / bottom)
        length = np.linalg.norm(parts, axis=1)
        low, high = np.where(length > radius, shift, low), np.where(length > radius, high, shift)
        slope = (np.where(dead, 0, parts**2 / bottom)).sum(axis=1)
        newton = shift + (length / radius - 1) * length**2 / np.maximum(slope, 1e-300)
        shift = np.where((newton > low) & (newton < high), newton, 0.5 * (low + high))
    return shift


def _with_negative_curvature(values: Array, inner: Array, step: Array, radius: Array, least: Array) -> Array:
    """Go to the boundary along the most negative curvature where the step stays inside (the hard case)."""
    length = np.linalg.norm(step, axis=1)
    hard = (least > FLAT * np.abs(values).max(axis=1, initial=0)) & (length < 0.9 * radius)
    if hard.any():
        rows, place = np.nonzero(hard)[0], values[hard].argmin(axis=1)
        room = np.sqrt(np.maximum(radius[hard] ** 2 - length[hard] ** 2, 0))
        step = step.copy()
        step[rows, place] += np.where(inner[rows, place] > 0, -room, room)
    return step
