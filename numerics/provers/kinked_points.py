"""Candidates at kinks: minima found without derivatives, and zero as a combination of limiting gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat

from numerics.budget import Budget
from numerics.provers.kinks import directions
from numerics.search import Array
from verify.claim import Claim
from verify.errors import AttnverifyError
from verify.recheck.points import open_point
from verify.recheck.witness import rational_of

STEPS = 60
"""Halvings of the step, from one to 1e-18: where it stays large, a direction descended."""

STARTS = 48
"""Points from which minima are searched."""

RANDOM_DIRECTIONS = 8
"""Random directions tried per round, besides the axes."""

MAX_GRADIENTS = 24
"""Most directions along which limiting gradients are taken."""


def lowest_points(value: Callable[[Array], Array], starts: Array, budget: Budget, *, seed: int) -> Array:
    """Return where a descent without derivatives ends (axes and random directions, step halved on failure)."""
    rng = np.random.default_rng(seed)
    x = starts[:STARTS].copy()
    size = x.shape[1]
    best = _finite(value(x))
    step = np.ones(len(x))
    axes = np.vstack([np.eye(size), -np.eye(size)])
    for _ in range(4 * STEPS):
        if budget.left <= 0 or (step < 1e-13).all():
            break
        ways = np.vstack([axes, rng.standard_normal((RANDOM_DIRECTIONS if size > 1 else 0, size))])
        trials = x[:, None, :] + step[:, None, None] * ways[None]
        values = _finite(value(trials.reshape(-1, size))).reshape(len(x), -1)
        pick = values.argmin(axis=1)
        rows = np.arange(len(x))
        better = values[rows, pick] < best
        x = np.where(better[:, None], trials[rows, pick], x)
        best = np.where(better, values[rows, pick], best)
        step = np.where(better, np.minimum(step * 2, 4.0), step / 2)
    return x[np.isfinite(best) & (np.abs(x).max(axis=1) < 1e6)]


def _finite(values: Array) -> Array:
    return np.nan_to_num(values, nan=np.inf, posinf=np.inf, neginf=-np.inf)


def clarke_evidence(claim: Claim, evidence: dict[str, Any], budget: Budget) -> dict[str, Any] | None:
    """Return directions and weights whose limiting gradients combine to zero at a rational point, or None."""
    found: dict[tuple[Fraction, ...], list[Fraction]] = {}
    try:
        point = open_point(claim, evidence["point"])
    except AttnverifyError:
        return None
    size = len(claim.entry_names)
    rng = np.random.default_rng(0)
    extra = ([Fraction(int(v)) for v in row] for row in rng.integers(-3, 4, (MAX_GRADIENTS, size)))
    for count, direction in enumerate([*directions(size), *extra]):
        if count >= MAX_GRADIENTS + 2 * size or budget.left <= 0:
            break
        try:
            domain, slopes = point.limiting_gradient(direction)
            gradient = tuple(rational_of(domain, slope) for slope in slopes)
        except (AttnverifyError, ArithmeticError):
            continue
        found.setdefault(gradient, direction)
    weights = convex_weights(list(found))
    if weights is None:
        return None
    chosen = [(w, d) for w, d in zip(weights, found.values(), strict=True) if w]
    return {"weights": [str(w) for w, _ in chosen], "directions": [[str(v) for v in d] for _, d in chosen]}


def convex_weights(vectors: Sequence[Sequence[Fraction]]) -> list[Fraction] | None:
    """Return exact weights of a convex combination of the vectors that is zero, or None."""
    if not vectors:
        return None
    from scipy.optimize import linprog

    rows = np.array([[float(x) for x in vector] for vector in vectors]).T
    system = np.vstack([rows, np.ones(len(vectors))])
    target = np.append(np.zeros(len(rows)), 1.0)
    solution = linprog(np.zeros(len(vectors)), A_eq=system, b_eq=target, bounds=(0, None), method="highs-ds")
    if not solution.success:
        return None
    support = [k for k, weight in enumerate(solution.x) if weight > 1e-9]
    return _exact_weights(vectors, support)


def _exact_weights(vectors: Sequence[Sequence[Fraction]], support: Sequence[int]) -> list[Fraction] | None:
    """Solve for the weights on the support; a vertex has independent columns, so that they are unique."""
    lines = [[_rational(vectors[k][i]) for k in support] + [fmpq(0)] for i in range(len(vectors[0]))]
    lines.append([fmpq(1)] * (len(support) + 1))
    reduced, rank = fmpq_mat(lines).rref()
    weights = [Fraction(0)] * len(vectors)
    for row in range(rank):
        pivot = next(j for j in range(len(support) + 1) if reduced[row, j] != 0)
        if pivot == len(support):
            return None
        last = reduced[row, len(support)]
        weights[support[pivot]] = Fraction(int(last.p), int(last.q))
    return weights if min(weights) >= 0 and sum(weights) == 1 else None


def _rational(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)
