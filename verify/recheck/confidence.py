"""Checks a statistical refutation: draws the same samples again, evaluates each with balls, and judges the counts.

Evidence for a probability: ``samples``, ``seed``, ``confidence``, and at least how many samples surely are ``hits``
and ``misses``. For an expectation: instead of the last two, a ``range`` that holds all values, an interval that holds
the ``mean`` of the values scaled to [0, 1], and an upper bound on the mean of their ``square``.

What is believed is that the generator's draws behave like independent ones. Nothing else: the error probability is
shared out over all seeds and sample sizes, so that choosing them after looking gains nothing, and a sample on which the
event is not certain for its whole cell counts against the refutation. A range is proved from the claim, never
estimated.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from verify.certificate import fraction, member, natural, pair
from verify.chance.limits import Averages, mean_contradicts, probability_contradicts, share
from verify.chance.ranges import range_of
from verify.chance.replay import PRECISION, Sampler, counts, moments, sampler
from verify.claim import Claim
from verify.errors import Rejected
from verify.expr.ball import as_ball, precision, rational

MAX_SAMPLES = 1 << 20
"""Most samples that a certificate may ask for."""

MAX_WORK = 1 << 29
"""Most elementary operations that a certificate may ask for."""

LEAST_CONFIDENT = Fraction(1, 100)
"""Largest accepted probability of a wrong refutation."""


def check(claim: Claim, verdict: str, evidence: Any) -> None:
    """Accept samples that contradict the claim at the stated confidence.

    Raises:
        Rejected: the samples do not show it.
        Undecidable: the expression cannot be sampled with balls.
    """
    if verdict != "refuted":
        raise Rejected(f"samples do not show {verdict!r}")
    if claim.bound is None:
        raise Rejected("not a probability claim")
    samples = natural(member(evidence, "samples"), MAX_SAMPLES)
    seed = natural(member(evidence, "seed"), 1 << 63)
    confidence = fraction(member(evidence, "confidence"))
    if not 0 < confidence <= LEAST_CONFIDENT:
        raise Rejected(f"the confidence {confidence} is not between 0 and {LEAST_CONFIDENT}")
    ready = sampler(claim)
    if samples < 1 or samples * ready.size > MAX_WORK:
        raise Rejected("no samples, or too many of them")
    shown = _probability if claim.bound.kind == "probability" else _expectation
    if not shown(ready, evidence, samples, seed, share(confidence, seed, samples)):
        raise Rejected("the samples do not contradict the claim at this confidence")


def _probability(ready: Sampler, evidence: Mapping[str, Any], samples: int, seed: int, confidence: Fraction) -> bool:
    bound = ready.claim.bound
    assert bound is not None
    hits, misses = (natural(member(evidence, name), samples) for name in ("hits", "misses"))
    found = counts(ready, samples, seed)
    if hits > found.hits or misses > found.misses:
        raise Rejected(f"the samples give {found.hits} hits and {found.misses} misses")
    return probability_contradicts(bound.relation, bound.threshold, samples, hits, misses, confidence)


def _expectation(ready: Sampler, evidence: Mapping[str, Any], samples: int, seed: int, confidence: Fraction) -> bool:
    bound = ready.claim.bound
    assert bound is not None
    low, high = (fraction(end) for end in pair(member(evidence, "range")))
    with precision(PRECISION):
        proved = range_of(bound.expression, ready.arrays)
        inside = proved.bounded and as_ball(rational(low)) <= proved.low and proved.high <= as_ball(rational(high))
    if low >= high or not inside:
        raise Rejected("the values are not shown to lie in the stated range")
    given = _averages(evidence, samples)
    found = moments(ready, (low, high), samples, seed)
    ends = (as_ball(rational(given.low)), as_ball(rational(given.high)), as_ball(rational(given.square)))
    if not (ends[0] <= found.mean and found.mean <= ends[1] and found.square <= ends[2]):
        raise Rejected("the averages of the samples are not the stated ones")
    return mean_contradicts(bound.relation, bound.threshold, (low, high), given, confidence)


def _averages(evidence: Mapping[str, Any], samples: int) -> Averages:
    low, high = (fraction(end) for end in pair(member(evidence, "mean")))
    square = fraction(member(evidence, "square"))
    if not (0 <= low <= high <= 1 and square >= 0):
        raise Rejected("averages of values in [0, 1] lie in [0, 1]")
    return Averages(samples, low, high, square)
