"""Bad minima: a local minimum above a threshold and a point below it, both as refuted claims, and shrunk.

The threshold c lies between the least loss found and the loss of the minimum. Two claims are refuted: "every local
minimum has objective <= c", by the minimum (exact, or in a Krawczyk box, across the orbits of symmetries); and
"objective >= c everywhere", by a rational point near the best. Together: the minimum is not global, whatever training
did.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from numerics.budget import Budget, OutOfTime
from numerics.finding import Finding
from numerics.provers.certify import Certifier
from numerics.search import landscape
from numerics.training.problem import Problem, smaller
from numerics.training.starts import Trained, train
from verify.errors import AttnverifyError
from verify.exact import simplest_between

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from verify.claim import Claim

    Array = NDArray[np.float64]

SHRINK_STARTS = 96
"""Starts for each smaller problem that is tried."""

ATTEMPT = 6.0
"""Most seconds for certifying one minimum."""


@dataclass(frozen=True)
class BadMinimum:
    """A certified bad minimum.

    Attributes:
        minimum, lower: the refuted claims with their evidence (see the module).
        value, best: the losses in floating point; threshold: c.
    """

    problem: Problem
    threshold: Fraction
    value: float
    best: float
    minimum: tuple[Claim, Finding]
    lower: tuple[Claim, Finding]


def certified(problem: Problem, trained: Trained, budget: Budget, *, seed: int = 0, most: int = 3) -> list[BadMinimum]:
    """Return the bad minima that could be certified, worst first."""
    return list(each(problem, trained, budget, seed=seed, most=most))


def each(problem: Problem, trained: Trained, budget: Budget, *, seed: int = 0, most: int = 3) -> Iterator[BadMinimum]:
    """Yield the bad minima that could be certified, worst first, as soon as they are."""
    for kind in trained.bad[:most]:
        if budget.left <= 0:
            return
        assert trained.best is not None
        one = bad_minimum(
            problem, kind.x, kind.value, trained.best.x, trained.best.value, budget.at_most(ATTEMPT), seed
        )
        if one is not None:
            yield one


def bad_minimum(
    problem: Problem, x: Array, value: float, best_x: Array, best: float, budget: Budget, seed: int
) -> BadMinimum | None:
    """Return a certified bad minimum at a floating point candidate, None where the certificate does not succeed."""
    threshold = threshold_between(best, value)
    minimum = problem.claim(f"objective <= {threshold}", suffix="-bad-minimum")
    lower = problem.above(threshold, suffix="-lower-point")
    try:
        shown = minimum_at(minimum, x, budget, seed)
        below = None if shown is None else Certifier(lower, budget, seed, {}).near(best_x, "an exact point")
    except (OutOfTime, AttnverifyError):
        return None
    if shown is None or below is None:
        return None
    return BadMinimum(problem, threshold, value, best, (minimum, shown), (lower, below))


def threshold_between(best: float, value: float) -> Fraction:
    """Return the simplest number in the middle half between two losses."""
    low, high = Fraction(best), Fraction(value)
    return simplest_between(low + (high - low) / 4, high - (high - low) / 4)


def minimum_at(claim: Claim, x: Array, budget: Budget, seed: int) -> Finding | None:
    """Return a refutation of a claim on local minima by the one near ``x``: rational first, then in a box."""
    certifier = Certifier(claim, budget, seed, {})
    land = landscape(claim)
    for attempt in (certifier.stationary, certifier.in_box):
        budget.check()
        finding = attempt(land, x)
        if finding is not None:
            return finding
    return None


def shrunk(bad: BadMinimum, budget: Budget, *, seed: int = 0) -> BadMinimum:
    """Return a bad minimum of a simpler problem: sizes are lowered and data made simple while one is certified."""
    best, going = bad, True
    while going and budget.left > 0:
        going = False
        for problem in smaller(best.problem):
            if budget.left <= 0:
                break
            found = _worst(problem, budget, seed)
            if found is not None:
                best, going = found, True
                break
    return best


def _worst(problem: Problem, budget: Budget, seed: int) -> BadMinimum | None:
    trained = train(problem.claim(), SHRINK_STARTS, seed=seed, budget=budget.at_most(ATTEMPT))
    if trained.interrupted:
        raise KeyboardInterrupt
    return next(each(problem, trained, budget, seed=seed, most=2), None)


def claims(bad: BadMinimum) -> Iterator[tuple[Claim, Finding]]:
    """Yield both refuted claims with their evidence."""
    yield bad.minimum
    yield bad.lower
