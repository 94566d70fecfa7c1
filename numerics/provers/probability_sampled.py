"""Claims about continuous (or too large) laws, judged by samples whose number is fixed before looking.

Floats look first, on the very draws that the checker replays. Where they agree with balls on the first samples and do
not contradict the claim, it is ``supported``, with the numbers. Otherwise every sample is evaluated again with balls,
and only what is certain counts. A sample on which the expression is undefined leaves the claim undecided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isfinite
from random import Random as Generator
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.budget import Budget
from numerics.finding import Finding
from numerics.provers.probability_floats import float_values
from numerics.provers.probability_numbers import dyadic, interval
from verify.chance.cells import generator
from verify.chance.limits import (
    Averages,
    mean_contradicts,
    mean_interval,
    probability_contradicts,
    probability_interval,
    share,
)
from verify.chance.ranges import range_of
from verify.chance.replay import PRECISION, Sampler, counts, moments, sampler, values
from verify.claim import Bound, Claim, Random
from verify.errors import Undecidable
from verify.expr.ball import precision
from verify.expr.build import logical
from verify.expr.evaluate import Poison
from verify.laws import occurring
from verify.recheck.confidence import LEAST_CONFIDENT

MOST_SAMPLES = 1 << 16
"""Samples of a small expression."""

FEWEST_SAMPLES = 1 << 10
"""Samples of the largest expressions."""

WORK = 1 << 24
"""Elementary operations, samples times operations per sample, that a replay should not exceed."""

UNROLLED = 1 << 18
"""Operations that are assumed for an expression that cannot be replayed."""

SPOT_CHECKS = 128
"""Samples on which floats and balls are compared before floats are believed."""

SPOT_WORK = 1 << 21
"""Elementary operations that this comparison should not exceed."""

CERTAIN = Fraction(1, 10**6)
"""Width, relative to the range of the values, below which a replayed mean counts as certain."""

AGREEMENT = 1e-6
"""Relative difference between a float and a ball's middle that counts as agreement."""

Array = NDArray[Any]


@dataclass(frozen=True)
class Plan:
    """What is fixed before the first draw."""

    claim: Claim
    bound: Bound
    arrays: tuple[Random, ...]
    samples: int
    seed: int
    confidence: Fraction
    replayed: Sampler | None
    """The claim ready for replay with balls; None if its expression is too large for that."""

    @property
    def level(self) -> Fraction:
        """The part of the error probability that this seed and number of samples may use."""
        return share(self.confidence, self.seed, self.samples)

    @property
    def source(self) -> Generator:
        """The generator of the samples, at its start."""
        return generator(self.claim, self.seed)


def sampled(claim: Claim, budget: Budget, seed: int, confidence: Fraction) -> Finding:
    """Return what samples say about a probability claim: supported, refuted at level statistical, or undecided.

    Raises:
        OutOfTime: the budget ended first.
    """
    plan = planned(claim, seed, confidence)
    finding = _probability(plan, budget) if plan.bound.kind == "probability" else _expectation(plan, budget)
    effort = {"samples": str(plan.samples), "seed": str(seed), "confidence": str(confidence)}
    return replace(finding, effort={**finding.effort, **effort})


def planned(claim: Claim, seed: int, confidence: Fraction) -> Plan:
    """Return the plan for a claim; the number of samples depends on the size of its expression alone."""
    assert claim.bound is not None
    arrays = tuple(occurring(claim.random, claim.bound.expression))
    try:
        ready = sampler(claim)
        operations = ready.size
    except Undecidable:
        ready, operations = None, UNROLLED
    samples = max(FEWEST_SAMPLES, min(MOST_SAMPLES, WORK // operations))
    samples = 1 << (samples.bit_length() - 1)
    return Plan(claim, claim.bound, arrays, samples, seed, confidence, ready)


# --- probabilities -----------------------------------------------------------------------------------------------


def _probability(plan: Plan, budget: Budget) -> Finding:
    hits, misses = _float_counts(plan, budget)
    seen = _limits(plan, hits, misses)
    undefined = plan.samples - hits - misses
    if not undefined and not seen.contradicted and _believable(plan, budget, _same_event):
        return _supported(plan, seen)
    if plan.replayed is not None:
        return _replayed_probability(plan, plan.replayed, budget, undefined > 0)
    return _undefined(plan, undefined) if undefined else _unreplayed(seen)


def _float_counts(plan: Plan, budget: Budget) -> tuple[int, int]:
    """Return how often the event happened and how often it did not; undefined samples are neither."""
    event = plan.bound.expression
    outputs = [event, logical("not", event)]
    hits = misses = 0
    for happened, not_happened in float_values(plan.arrays, outputs, plan.source, plan.samples, budget):
        hits += int(happened.sum())
        misses += int(not_happened.sum())
    return hits, misses


def _replayed_probability(plan: Plan, ready: Sampler, budget: Budget, undefined: bool) -> Finding:
    """Judge by what is certain; ``undefined``: floats met values that are not numbers."""
    sure = counts(ready, plan.samples, plan.seed, budget.check)
    seen = _limits(plan, sure.hits, sure.misses)
    uncertain = plan.samples - sure.hits - sure.misses
    if undefined and uncertain:
        return _undefined(plan, uncertain)
    if seen.contradicted:
        return _refuted(plan, seen, {"hits": sure.hits, "misses": sure.misses})
    return _unsure(seen) if uncertain else _supported(plan, seen)


@dataclass(frozen=True)
class Seen:
    """What samples say: the printed numbers, and whether the whole interval contradicts or confirms the claim."""

    values: dict[str, str]
    method: str
    contradicted: bool
    confirmed: bool


def _limits(plan: Plan, hits: int, misses: int) -> Seen:
    bound, n = plan.bound, plan.samples
    low, high = probability_interval(n, hits, misses, plan.level)
    numbers = {"samples": str(n), "hits": str(hits), "estimate": str(Fraction(hits, n)), **_printed(plan, low, high)}
    if hits + misses < n:
        numbers["uncertain samples"] = str(n - hits - misses)
    return Seen(
        numbers,
        "Clopper-Pearson limits",
        probability_contradicts(bound.relation, bound.threshold, n, hits, misses, plan.level),
        _inside(bound, low, high),
    )


def _printed(plan: Plan, low: Fraction, high: Fraction) -> dict[str, str]:
    return {"interval": interval(low, high), "confidence": str(plan.confidence)}


def _inside(bound: Bound, low: Fraction, high: Fraction) -> bool:
    t = bound.threshold
    return {"<=": high <= t, "<": high < t, ">=": low >= t, ">": low > t}[bound.relation]


def _same_event(ball: Any, number: Any) -> bool:
    return bool(ball) == bool(number)


# --- expectations ------------------------------------------------------------------------------------------------


def _expectation(plan: Plan, budget: Budget) -> Finding:
    found = np.concatenate(
        [block for (block,) in float_values(plan.arrays, [plan.bound.expression], plan.source, plan.samples, budget)]
    )
    undefined = int((~np.isfinite(found)).sum())
    if undefined:
        return _undefined(plan, undefined)
    bounds = _bounds(plan)
    if bounds is None:
        return _unbounded(plan, budget, found)
    seen = _mean_limits(plan, bounds, _float_averages(found, bounds))
    if not seen.contradicted and _believable(plan, budget, _same_number):
        return _supported(plan, seen)
    if plan.replayed is None:
        return _unreplayed(seen)
    return _replayed_expectation(plan, plan.replayed, budget, bounds)


def _replayed_expectation(plan: Plan, ready: Sampler, budget: Budget, bounds: tuple[Fraction, Fraction]) -> Finding:
    sure = moments(ready, bounds, plan.samples, plan.seed, budget.check)
    low, high, square = (dyadic(end) for end in (sure.mean.lower(), sure.mean.upper(), sure.square.upper()))
    given = Averages(plan.samples, max(low, Fraction(0)), min(high, Fraction(1)), square)
    seen = _mean_limits(plan, bounds, given)
    if seen.contradicted:
        evidence = {
            "range": [str(end) for end in bounds],
            "mean": [str(given.low), str(given.high)],
            "square": str(given.square),
        }
        return _refuted(plan, seen, evidence)
    return _supported(plan, seen) if given.high - given.low < CERTAIN else _unsure(seen)


def _bounds(plan: Plan) -> tuple[Fraction, Fraction] | None:
    """Return proved bounds of all values, the lower one below the higher one; None where there are none."""
    with precision(PRECISION):
        found = range_of(plan.bound.expression, plan.arrays)
    if found.low is None or found.high is None:
        return None
    low, high = dyadic(found.low), dyadic(found.high)
    return (low, high) if low < high else (low, low + 1)


def _float_averages(found: Array, bounds: tuple[Fraction, Fraction]) -> Averages:
    low, high = map(float, bounds)
    scaled = np.clip((found - low) / (high - low), 0, 1)
    mean, square = Fraction(float(scaled.mean())), Fraction(float((scaled**2).mean()))
    return Averages(len(found), mean, mean, square)


def _mean_limits(plan: Plan, bounds: tuple[Fraction, Fraction], sample: Averages) -> Seen:
    bound = plan.bound
    low, high = mean_interval(bounds, sample, plan.level)
    middle = bounds[0] + (bounds[1] - bounds[0]) * (sample.low + sample.high) / 2
    numbers = {"samples": str(sample.samples), "estimate": f"{float(middle):.6g}", **_printed(plan, low, high)}
    return Seen(
        {**numbers, "range": interval(*bounds)},
        "Hoeffding and empirical Bernstein limits",
        mean_contradicts(bound.relation, bound.threshold, bounds, sample, plan.level),
        _inside(bound, low, high),
    )


def _same_number(ball: Any, number: Any) -> bool:
    middle = float(ball.mid()) if hasattr(ball, "mid") else int(ball.p) / int(ball.q)
    return abs(middle - float(number)) <= AGREEMENT * (1 + abs(middle))


def _unbounded(plan: Plan, budget: Budget, found: Array) -> Finding:
    """Values without a proved bound: the central limit theorem suggests an interval, which refutes nothing."""
    n = len(found)
    with np.errstate(all="ignore"):
        spread = float(found.std(ddof=1)) / n**0.5 * NormalDist().inv_cdf(1 - float(plan.confidence) / 2)
        middle = float(found.mean())
    if not isfinite(abs(middle) + spread):
        raise OverflowError("the values are too large for floating point")
    low, high = Fraction(middle - spread), Fraction(middle + spread)
    numbers = {"samples": str(n), "estimate": f"{middle:.6g}", **_printed(plan, low, high)}
    numbers["interval"] += " (normal approximation, not a bound)"
    seen = Seen(numbers, "normal approximation", _outside(plan.bound, low, high), _inside(plan.bound, low, high))
    if seen.contradicted:
        reason = f"the sample contradicts the claim ({_summary(seen)}), but the values have no proved bound"
        return Finding("undecided", values=seen.values, method=seen.method, reason=reason)
    if not _believable(plan, budget, _same_number):
        reason = "floating point and ball arithmetic disagree, and the values have no proved bound"
        return Finding("undecided", values=seen.values, method=seen.method, reason=reason)
    return _supported(plan, seen)


def _outside(bound: Bound, low: Fraction, high: Fraction) -> bool:
    t = bound.threshold
    return {"<=": low > t, "<": low >= t, ">=": high < t, ">": high <= t}[bound.relation]


# --- findings ----------------------------------------------------------------------------------------------------


def _summary(seen: Seen) -> str:
    return f"estimate {seen.values['estimate']}, interval {seen.values['interval']}"


def _supported(plan: Plan, seen: Seen) -> Finding:
    reason = None
    if not seen.confirmed:
        reason = "the interval contains the threshold: the sample neither confirms nor contradicts the claim"
    return Finding(
        "supported",
        "statistical" if plan.replayed is not None else "sampled",
        values=seen.values,
        method=f"{plan.samples} samples, {seen.method}",
        reason=reason,
    )


def _refuted(plan: Plan, seen: Seen, evidence: dict[str, Any]) -> Finding:
    if plan.confidence > LEAST_CONFIDENT:
        reason = (
            f"the sample contradicts the claim ({_summary(seen)}), but a refutation needs a confidence of at most 1/100"
        )
        return Finding("undecided", values=seen.values, method=seen.method, reason=reason)
    return Finding(
        verdict="refuted",
        level="statistical",
        kind="confidence",
        evidence={
            "samples": plan.samples, "seed": plan.seed, "confidence": str(plan.confidence), **evidence,
        },
        values=seen.values,
        method=f"{plan.samples} samples, {seen.method}",
        reason=f"refuted at confidence {plan.confidence}",
    )  # fmt: skip


def _undefined(plan: Plan, count: int) -> Finding:
    reason = f"the expression is undefined, or too large for floating point, on {count} of {plan.samples} samples"
    return Finding("undecided", values={"samples": str(plan.samples), "undefined": str(count)}, reason=reason)


def _unreplayed(seen: Seen) -> Finding:
    reason = f"the sample contradicts the claim ({_summary(seen)}), but it is too large to be replayed exactly"
    return Finding("undecided", values=seen.values, method=seen.method, reason=reason)


def _unsure(seen: Seen) -> Finding:
    reason = f"too many samples are uncertain; with those that are certain the interval is {seen.values['interval']}"
    return Finding("undecided", values=seen.values, method=seen.method, reason=reason)


def _believable(plan: Plan, budget: Budget, same: Callable[[Any, Any], bool]) -> bool:
    """Compare floats with balls on the first samples; where there is nothing to compare with, believe."""
    if plan.replayed is None:
        return True
    few = max(1, min(SPOT_CHECKS, plan.samples, SPOT_WORK // plan.replayed.size))
    blocks = float_values(plan.arrays, [plan.bound.expression], plan.source, few, budget)
    floats = [number for (block,) in blocks for number in block.tolist()]
    balls = values(plan.replayed, few, plan.seed, budget.check)
    return all(isinstance(ball, Poison) or same(ball, number) for ball, number in zip(balls, floats, strict=True))
