"""Checks an enumeration: replays it over the claim's finite laws in exact arithmetic and compares every number.

Evidence: ``strategy`` and ``order`` say how to enumerate (any answer is right, some are slow), ``precision`` how many
bits balls have where the expression is transcendental, and the rest what was found: ``favourable`` and ``outcomes``
for a probability, ``value`` and ``outcomes`` for an expectation, or instead an ``enclosure``, two rationals around the
value, where it is a ball or too long to write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verify.certificate import fraction, member, natural, pair, sequence
from verify.chance.elimination import Effort
from verify.chance.exact import STRATEGIES, Exact, exact_value, holds, prepared
from verify.claim import Claim
from verify.errors import Rejected
from verify.expr.ball import as_ball, precision, rational

MAX_EFFORT = 1 << 29
"""Most elementary operations that a certificate may ask for."""

MAX_PRECISION = 1024
"""Most bits of precision that a certificate may ask for."""

VERDICTS = {"proved": True, "refuted": False}


def check(claim: Claim, verdict: str, evidence: Any) -> None:
    """Accept an enumeration that shows the verdict.

    Raises:
        Rejected: the numbers differ, or do not show the verdict.
        Undecidable: the enumeration is too large or not decided.
    """
    if verdict not in VERDICTS:
        raise Rejected(f"an enumeration does not show {verdict!r}")
    if claim.bound is None:
        raise Rejected("not a probability claim")
    strategy = member(evidence, "strategy")
    if strategy not in STRATEGIES:
        raise Rejected(f"unknown strategy {strategy!r}")
    bits = natural(member(evidence, "precision"), MAX_PRECISION)
    if bits < 53:
        raise Rejected("a precision below 53 bits")
    order = [natural(number) for number in sequence(member(evidence, "order"))]
    with precision(bits):
        ready = prepared(claim)
        if sorted(order) != sorted(ready.supports):
            raise Rejected("the order does not name every entry that occurs exactly once")
        found = exact_value(ready, strategy, order, Effort(MAX_EFFORT))
        _compare(found, evidence)
        if holds(found.value, claim.bound.relation, claim.bound.threshold) != VERDICTS[verdict]:
            raise Rejected(f"the value {_shown(found)} does not show {verdict!r}")


def _compare(found: Exact, evidence: Mapping[str, Any]) -> None:
    if "enclosure" in evidence:
        low, high = (as_ball(rational(fraction(end))) for end in pair(evidence["enclosure"]))
        if not (low <= as_ball(found.value) and as_ball(found.value) <= high):
            raise Rejected(f"the enclosure does not hold {_shown(found)}")
        return
    if fraction(member(evidence, "outcomes")) != found.outcomes:
        raise Rejected("the number of outcomes is another one")
    if found.favourable is not None:
        if fraction(member(evidence, "favourable")) != found.favourable:
            raise Rejected("the event holds for another number of outcomes")
    elif not found.is_rational or rational(fraction(member(evidence, "value"))) != found.value:
        raise Rejected(f"the expectation is {_shown(found)}")


def _shown(found: Exact) -> str:
    return as_ball(found.value).str(10)
