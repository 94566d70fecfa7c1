"""The exact probability or expectation of a claim over finite laws, by enumeration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from verify.chance import TooLarge
from verify.chance.elimination import Effort, law_of
from verify.chance.graph import unroll
from verify.chance.moments import expectation_of_polynomial
from verify.chance.program import Program, tidied
from verify.claim import Bound, Claim
from verify.errors import Undecidable
from verify.expr.ball import as_ball, precision, rational
from verify.expr.evaluate import Poison
from verify.laws import Support, entries, occurring, size, support

JOINT = "joint"
"""Enumerate the whole expression at once."""

TERMS = "terms"
"""For an expectation: enumerate each term of a sum for itself."""

MAX_BITS = 100_000
"""Longest number of outcomes, in bits."""

MOMENTS = "moments"
"""For the expectation of a polynomial: expand it, and use the moments of the entries."""

STRATEGIES = (JOINT, TERMS, MOMENTS)


@dataclass(frozen=True)
class Prepared:
    """A claim over finite laws made ready for enumeration."""

    bound: Bound
    program: Program
    supports: dict[int, Support]
    """The outcomes of every entry that occurs, by its number among the entries of the arrays that occur."""

    @property
    def outcomes(self) -> int:
        """Number of outcomes, counted with their weights."""
        return math.prod(support.total for support in self.supports.values())


@dataclass(frozen=True)
class Exact:
    """What enumeration found.

    Attributes:
        value: the probability or expectation, ``fmpq`` or a ball around it.
        favourable: for a probability, the weight of the outcomes at which the event holds.
        outcomes: the weight of all outcomes.
    """

    value: Any
    outcomes: int
    favourable: int | None = None

    @property
    def is_rational(self) -> bool:
        """Whether the value is exact and not a ball."""
        return isinstance(self.value, fmpq)


def prepared(claim: Claim) -> Prepared:
    """Return the claim's expression as a program over its finite entries.

    Raises:
        TooLarge: a law that occurs has no short list of outcomes, or the expression is too large.
        Undecidable: the expression has no scalar form.
    """
    bound = claim.bound
    if bound is None:
        raise Undecidable("not a probability claim")
    arrays = occurring(claim.random, bound.expression)
    every = {array.name: support(array) for array in arrays}
    for array in arrays:
        if every[array.name] is None:
            raise TooLarge(f"the law of {array.name} has no short list of outcomes")
    numbers, start = {}, 0
    for array in arrays:
        numbers[array.name] = range(start, start + size(array))
        start += size(array)
    program = tidied(unroll(bound.expression, numbers))
    all_entries = entries(arrays)
    supports = {}
    for number in program.entries():
        outcomes = every[all_entries[number].array.name]
        assert outcomes is not None
        supports[number] = outcomes
    if sum(math.log2(outcomes.total) for outcomes in supports.values()) > MAX_BITS:
        raise TooLarge("the number of outcomes is too long")
    return Prepared(bound, program, supports)


def exact_value(ready: Prepared, strategy: str, order: Sequence[int], effort: Effort) -> Exact:
    """Return the exact probability or expectation (or, for the latter, a ball around it).

    Args:
        ready: the claim.
        strategy: one of :data:`STRATEGIES`.
        order: every entry that occurs once, in the order in which they are enumerated.
        effort: limit on the work.

    Raises:
        TooLarge: more work or memory than allowed.
        Undecidable: the expression is undefined, or undecided, for some outcome.
    """
    if ready.bound.kind == "probability":
        return _probability(ready, order, effort)
    if strategy == MOMENTS:
        return Exact(expectation_of_polynomial(ready.program, ready.supports, effort), ready.outcomes)
    program = ready.program
    parts = [(fmpq(1), program.root)] if strategy == JOINT else program.terms()
    value: Any = fmpq(0)
    for coefficient, place in parts:
        term = fmpq(1) if place is None else _expectation(program.rooted(place), ready, order, effort)
        value = value + coefficient * term
    return Exact(value, ready.outcomes)


def _probability(ready: Prepared, order: Sequence[int], effort: Effort) -> Exact:
    favourable = 0
    for value, weight in law_of(ready.program, ready.supports, order, effort):
        favourable += weight * _checked(value)
    return Exact(fmpq(favourable, ready.outcomes), ready.outcomes, favourable)


def _expectation(program: Program, ready: Prepared, order: Sequence[int], effort: Effort) -> Any:
    effort.spend(len(program.nodes))
    mine = set(program.entries())
    chosen = [number for number in order if number in mine]
    whole: Any = fmpq(0)
    for value, weight in law_of(program, ready.supports, chosen, effort):
        whole = whole + weight * _checked(value)
    return whole / math.prod(ready.supports[number].total for number in chosen)


def _checked(value: Any) -> Any:
    if isinstance(value, Poison):
        raise Undecidable(f"for some outcome the expression is undefined or undecided: {value.reason}")
    return value


def holds(value: Any, relation: str, threshold: Fraction) -> bool:
    """Return whether ``value relation threshold``, for a rational or a ball.

    Raises:
        Undecidable: the ball does not decide.
    """
    limit = rational(threshold)
    if isinstance(value, fmpq):
        return bool({"<=": value <= limit, "<": value < limit, ">=": value >= limit, ">": value > limit}[relation])
    yes, no = _decided(as_ball(value), as_ball(limit), relation)
    if not (yes or no):
        raise Undecidable(f"the value {value.str(10)} is not told apart from {threshold}")
    return yes


def _decided(value: arb, limit: arb, relation: str) -> tuple[bool, bool]:
    """Return whether the relation surely holds, and whether it surely fails."""
    if relation in (">=", ">"):
        value, limit = limit, value
    if relation in ("<=", ">="):
        return bool(value <= limit), bool(value > limit)
    return bool(value < limit), bool(value >= limit)


def decide_exactly(claim: Claim, strategy: str, order: Sequence[int], bits: int, effort: Effort) -> tuple[bool, Exact]:
    """Return whether the claim holds, with the value that decides it; balls have ``bits`` of precision.

    Raises:
        TooLarge: more work or memory than allowed.
        Undecidable: not decided.
    """
    with precision(bits):
        ready = prepared(claim)
        found = exact_value(ready, strategy, order, effort)
        return holds(found.value, ready.bound.relation, ready.bound.threshold), found
