"""Decides probability claims: finite laws exactly by enumeration, all others by samples of a size fixed beforehand."""

from __future__ import annotations

from fractions import Fraction

from numerics.budget import Budget, OutOfTime
from numerics.finding import Finding
from numerics.provers.probability_exact import enumerated
from numerics.provers.probability_sampled import sampled
from verify.claim import Claim

DEFAULT_CONFIDENCE = Fraction(1, 1000)
"""Probability with which a sample may mislead, unless said otherwise."""

LARGEST_CONFIDENCE = Fraction(1, 2)
"""Largest such probability that is accepted; a refutation needs at most 1/100."""

LARGEST_SEED = 1 << 63

ENUMERATION_SHARE = 0.4
"""Share of the budget for enumeration; rechecking takes about as long again."""


def decide(claim: Claim, *, budget: Budget, seed: int, confidence: Fraction = DEFAULT_CONFIDENCE) -> Finding:
    """Return what is found about a claim with a ``bound``.

    ``proved`` and ``refuted`` come with evidence of kind ``enumeration`` (finite laws) or ``confidence`` (refuted
    only, at level ``statistical``). Claims about continuous laws are never proved.

    Args:
        claim: a probability claim.
        budget: time limit.
        seed: from 0 to :data:`LARGEST_SEED`; together with the claim it fixes the samples.
        confidence: probability with which an interval may miss its target, at most :data:`LARGEST_CONFIDENCE`.

    Raises:
        ValueError: not a probability claim, or a confidence or seed out of range.
    """
    if claim.bound is None:
        raise ValueError(f"claim={claim.id!r} is not a probability claim; it has no probability or expectation")
    if not 0 < confidence <= LARGEST_CONFIDENCE:
        raise ValueError(f"confidence={confidence!r} is not between 0 and {LARGEST_CONFIDENCE}")
    if not 0 <= seed <= LARGEST_SEED:
        raise ValueError(f"seed={seed!r} is not between 0 and {LARGEST_SEED}")
    if claim.arithmetic != "real":
        return Finding("undecided", reason=f"probability claims are decided over the reals, not in {claim.arithmetic}")
    try:
        found = enumerated(claim, budget.part(ENUMERATION_SHARE))
        return found if found is not None else sampled(claim, budget, seed, confidence)
    except OutOfTime:
        return Finding("undecided", reason="the budget ended before the planned samples were drawn")
    except OverflowError:
        return Finding("undecided", reason="the numbers are too large for floating point")
