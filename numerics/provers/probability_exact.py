"""Claims about finite laws, decided by exact enumeration: which order and strategy is fast, is tried out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from numerics.budget import Budget, OutOfTime
from numerics.finding import Finding
from numerics.provers.probability_numbers import dyadic, shown
from verify.chance import TooLarge
from verify.chance.elimination import Effort
from verify.chance.exact import JOINT, MOMENTS, TERMS, Exact, Prepared, decide_exactly, prepared
from verify.claim import Claim
from verify.errors import Undecidable
from verify.expr.ball import as_ball, precision

PRECISIONS = (64, 256, 1024)
"""Bits of the balls, tried in turn where the sign of a transcendental number is open."""

LIMITS = (1 << 18, 1 << 23, 1 << 29)
"""Limits on the elementary operations of one attempt: all plans are tried with little effort before any with much."""

LONGEST = 8000
"""Longest exact number, in bits, that is written out; a longer one is enclosed."""

TRANSCENDENTAL = frozenset(
    ("exp", "log", "sqrt", "tanh", "sigmoid", "softplus", "erf", "sin", "cos", "softmax", "logsumexp", "sparsemax")
)
"""Operations after which a value may be a ball, not a rational."""


@dataclass(frozen=True)
class Plan:
    """How to enumerate; every plan gives the right answer, some are slow."""

    strategy: str
    order: tuple[int, ...]


def enumerated(claim: Claim, budget: Budget) -> Finding | None:
    """Return the exact decision of a claim over finite laws; None where enumeration is not possible or too large."""
    try:
        with precision(PRECISIONS[0]):
            ready = prepared(claim)
    except Undecidable:
        return None
    for bits in PRECISIONS:
        try:
            found = _decided(claim, ready, bits, budget)
        except OutOfTime:
            return None
        except Undecidable as reason:
            undecided = Finding("undecided", method="enumeration", reason=str(reason))
        else:
            return found
    return undecided


def _decided(claim: Claim, ready: Prepared, bits: int, budget: Budget) -> Finding | None:
    """Return the decision by the first plan that is fast enough, or None.

    Raises:
        Undecidable: the expression is undefined, or undecided at this precision.
        OutOfTime: the budget is used up.
    """
    for limit in LIMITS:
        for plan in plans(ready):
            effort = Effort(limit, budget.check)
            try:
                holds, found = decide_exactly(claim, plan.strategy, plan.order, bits, effort)
            except TooLarge:
                continue
            return _finding(ready, plan, bits, holds, found, effort)
    return None


def plans(ready: Prepared) -> Iterator[Plan]:
    """Yield the plans worth trying: moments, sums term by term; entries by first use in the expression or by number."""
    used = tuple(ready.program.entries())
    orders = dict.fromkeys((used, tuple(sorted(used))))
    if ready.bound.kind == "expectation":
        yield Plan(MOMENTS, used)
    by_terms = ready.bound.kind == "expectation" and len(ready.program.terms()) > 1
    for strategy in (TERMS, JOINT) if by_terms else (JOINT,):
        for order in orders:
            yield Plan(strategy, order)


def _finding(ready: Prepared, plan: Plan, bits: int, holds: bool, found: Exact, effort: Effort) -> Finding:
    exact = found.is_rational and not any(node.op in TRANSCENDENTAL for node in ready.program.nodes)
    plan_data = {"strategy": plan.strategy, "order": list(plan.order), "precision": bits}
    return Finding(
        verdict="proved" if holds else "refuted",
        level="exact" if exact else "ball",
        kind="enumeration",
        evidence={**plan_data, **_value(found)},
        values={ready.bound.kind: shown(found.value)},
        method="exact enumeration",
        effort={"states at once": str(effort.most_states), "operations": str(effort.done)},
    )


def _value(found: Exact) -> dict[str, object]:
    """Return the numbers that the checker compares with its own."""
    if not found.is_rational or max(found.value.height_bits(), found.outcomes.bit_length()) > LONGEST:
        low, high = (dyadic(end) for end in (as_ball(found.value).lower(), as_ball(found.value).upper()))
        return {"enclosure": [str(2 * low - high), str(2 * high - low)]}  # room for another rounding of the same
    outcomes = str(found.outcomes)
    if found.favourable is not None:
        return {"outcomes": outcomes, "favourable": str(found.favourable)}
    return {"outcomes": outcomes, "value": str(found.value)}
