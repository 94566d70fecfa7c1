"""Batched searches in floating point: stationary points from many starts, and points that meet inequalities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.budget import Budget
from verify.claim import Claim
from verify.expr import build
from verify.expr.node import Expr
from verify.expr.numpy_reading import compile_numpy
from verify.system import derivatives

Array = NDArray[np.float64]
Batch = Callable[[Array], Array]

SCALES = (0.3, 1.0, 3.0, 10.0)
"""Standard deviations of random starts."""

OFF_OPEN_END = 1e-3
"""Distance that a search keeps from an open end of a domain."""

CONVERGED = 1e-9
"""Gradient norm, relative to the curvature, below which a float point counts as stationary."""


@dataclass(frozen=True)
class Landscape:
    """An objective over flat points x: (B, p): value (B,), gradient (B, p), Hessian (B, p, p)."""

    value: Batch
    gradient: Batch
    hessian: Batch
    size: int


def split(claim: Claim, points: Array) -> list[Array]:
    """Return flat points (B, p) as one array per parameter, (B, *shape)."""
    out, start = [], 0
    for symbol in claim.symbols:
        out.append(points[:, start : start + symbol.size].reshape(len(points), *symbol.shape))
        start += symbol.size
    return out


def batch_function(claim: Claim, outputs: Sequence[Expr]) -> Callable[[Array], list[Array]]:
    """Return the compiled reading of expressions over flat points (B, p)."""
    compiled = compile_numpy(list(outputs), claim.symbols, batched=True)
    return lambda points: compiled(*split(claim, points))


def landscape(claim: Claim) -> Landscape:
    """Return the objective of a claim with its derivatives, compiled."""
    objective = claim.objective
    if objective is None:
        raise ValueError(f"claim {claim.id!r} has no objective")
    slopes, rows = derivatives(objective, tuple(claim.symbols))
    size = len(slopes)
    value = batch_function(claim, [objective])
    gradient = batch_function(claim, [build.stack(slopes)])
    hessian = batch_function(claim, [build.stack([build.stack(row) for row in rows])])
    return Landscape(
        lambda x: value(x)[0], lambda x: gradient(x)[0], lambda x: hessian(x)[0].reshape(len(x), size, size), size
    )


def starts(claim: Claim, count: int, rng: np.random.Generator) -> Array:
    """Return starting points (count, p): zero blocks, small integers, then random ones at several scales."""
    low, high = domain(claim)
    size = len(low)
    special = [np.zeros(size), np.ones(size), -np.ones(size)]
    grid = rng.integers(-1, 2, size=(count // 4, size)).astype(float)
    scales = rng.choice(SCALES, size=(count, 1))
    wild = rng.standard_normal((count, size)) * scales
    blocks = wild * (rng.random((count, size)) < 0.7)
    points = np.vstack([special, grid, np.where(rng.random((count, 1)) < 0.5, wild, blocks)])[:count]
    bounded = np.isfinite(low) & np.isfinite(high)
    start, length = np.where(bounded, low, 0), np.where(bounded, high, 0) - np.where(bounded, low, 0)
    inside = start + length * rng.random(points.shape)
    return np.where(bounded & (rng.random(points.shape) < 0.7), inside, np.clip(points, low, high))


def domain(claim: Claim) -> tuple[Array, Array]:
    """Return lower and upper limits (p,) to search in, infinite where there are none; open ends are kept off."""
    low = [
        -np.inf if p.low is None else float(p.low) + OFF_OPEN_END * p.open_low
        for p in claim.parameters
        for _ in p.entry_names
    ]
    high = [np.inf if p.high is None else float(p.high) for p in claim.parameters for _ in p.entry_names]
    return np.array(low), np.array(high)


@np.errstate(all="ignore")  # what overflows is not found
def stationary_points(land: Landscape, points: Array, *, minima: bool, budget: Budget, steps: int = 80) -> Array:
    """Return the stationary points (float) that damped Newton steps reach from ``points``.

    With ``minima`` the steps descend (curvature taken positive); without, they go to the nearest zero of the gradient.
    """
    x = points.copy()
    damping = np.full(len(x), 1e-2)
    merit = _merit(land, x, minima)
    for _ in range(steps):
        if budget.left <= 0:
            break
        step = _newton_step(land, x, damping, minima)
        trial = x + step
        new = _merit(land, trial, minima)
        better = new <= merit
        x[better], merit[better] = trial[better], new[better]
        damping = np.clip(np.where(better, damping * 0.3, damping * 6), 1e-14, 1e12)
        if not better.any() and (damping > 1e10).all():
            break
    x = _polished(land, x)
    slope = land.gradient(x)
    scale = 1 + np.abs(land.hessian(x)).max(axis=(1, 2), initial=0)
    good = np.linalg.norm(slope, axis=1) <= CONVERGED * scale
    return x[good & np.isfinite(x).all(axis=1) & (np.abs(x).max(axis=1, initial=0) < 1e6)]


def _merit(land: Landscape, x: Array, minima: bool) -> Array:
    value = land.value(x) if minima else np.linalg.norm(land.gradient(x), axis=1)
    return np.where(np.isfinite(value), value, np.inf)


def _newton_step(land: Landscape, x: Array, damping: Array, minima: bool) -> Array:
    slope = np.nan_to_num(land.gradient(x))
    hessian = np.nan_to_num(land.hessian(x))
    values, vectors = np.linalg.eigh(hessian)
    inner = np.einsum("bij,bi->bj", vectors, slope)
    if minima:
        inverse = 1 / (np.abs(values) + damping[:, None])
    else:
        inverse = values / (values**2 + damping[:, None] ** 2 + 1e-300)
    step = -np.einsum("bij,bj->bi", vectors, inverse * inner)
    length = np.linalg.norm(step, axis=1, keepdims=True)
    return step * np.minimum(1, 5 / np.maximum(length, 1e-300))


def _polished(land: Landscape, x: Array) -> Array:
    """A few undamped pseudo-inverse steps, kept where they shorten the gradient."""
    for _ in range(4):
        slope = np.nan_to_num(land.gradient(x))
        hessian = np.nan_to_num(land.hessian(x))
        step = -np.einsum("bij,bj->bi", np.linalg.pinv(hessian, rcond=1e-9), slope)
        trial = x + step
        better = np.linalg.norm(np.nan_to_num(land.gradient(trial), nan=np.inf), axis=1) < np.linalg.norm(slope, axis=1)
        x = np.where(better[:, None] & (np.abs(step).max(axis=1, initial=0) < 1)[:, None], trial, x)
    return x


def merged(points: Array, tolerance: float = 1e-6) -> Array:
    """Return the points without near duplicates, the simplest-looking (smallest norm) first."""
    kept: list[Any] = []
    for place in np.argsort(np.linalg.norm(points, axis=1)):
        if not any(np.abs(points[place] - other).max() < tolerance for other in kept):
            kept.append(points[place])
    return np.array(kept).reshape(-1, points.shape[1])


def feasible_points(
    defects: Batch,
    points: Array,
    low: Array,
    high: Array,
    *,
    rng: np.random.Generator,
    budget: Budget,
    rounds: int = 60,
) -> Array:
    """Return points (best first) at which the largest defect is smallest; nonpositive means all conditions hold.

    Args:
        defects: maps points (B, p) to defects (B, m); nan counts as bad.
    """

    def worst(x: Array) -> Array:
        value = defects(x).max(axis=1, initial=-np.inf)
        return np.where(np.isnan(value), np.inf, value)

    score = worst(points)
    order = np.argsort(score)[:32]
    best, score = points[order], score[order]
    spread = np.maximum(np.abs(best), 1.0)
    width = np.full(len(best), 0.5)
    for _ in range(rounds):
        if budget.left <= 0:
            break
        noise = rng.standard_normal((8, *best.shape)) * (rng.random((8, *best.shape)) < 0.6)
        trials = np.clip(best + noise * spread * width[None, :, None], low, high)
        values = worst(trials.reshape(-1, best.shape[1])).reshape(8, -1)
        pick = values.argmin(axis=0)
        rows = np.arange(len(best))
        better = values[pick, rows] < score
        best = np.where(better[:, None], trials[pick, rows], best)
        score = np.where(better, values[pick, rows], score)
        width = np.clip(np.where(better, width * 1.3, width * 0.8), 1e-8, 4)
    order = np.argsort(score)
    return best[order][np.isfinite(score[order])]
