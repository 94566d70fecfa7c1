"""Checks claims about floating point: a point evaluated again, a cover of all floats, or a margin over the reals.

A witness refutes for every admissible implementation (see :mod:`verify.floating.sets`): every possible result meets
the hypotheses and violates the conclusion. A cover proves for every implementation. Its boxes are ranges of
consecutive floats, cut in halves by their number in increasing order; a box of one point is decided by evaluation. A
margin is a proof of the claim over the real numbers with the rounding errors added.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verify.certificate import fraction, member, sequence
from verify.claim import POINT, STATIONARY, Claim
from verify.errors import Rejected, Undecidable
from verify.floating.formats import FORMATS, Format
from verify.floating.margin import real_claim
from verify.floating.reading import FloatProblem, float_problem
from verify.floating.sets import FloatSet, between, exactly
from verify.recheck import boxes, emptiness
from verify.system import PROVED, VACUOUS

REFUTED = "refuted"
LEAF = -1
MAX_LEAVES = 200_000
"""Largest cover that is accepted."""

Places = tuple[tuple[int, int], ...]
"""For each parameter entry, the numbers (in increasing order) of the first and the last float of a range."""


def check(claim: Claim, verdict: str, evidence: Any) -> None:
    """Accept a witness or a cover.

    Raises:
        Rejected: it does not show the verdict.
        Undecidable: an operation has no fixed evaluation.
    """
    require_meaning(claim)
    problem = float_problem(claim)
    if verdict == REFUTED:
        values = [fraction(member(member(evidence, "point"), name)) for name in claim.entry_names]
        if not refutes(problem, values):
            raise Rejected("the point does not refute the claim")
        return
    if verdict not in (PROVED, VACUOUS):
        raise Rejected(f"floats do not show {verdict!r}")
    if "margin" in evidence:
        _margin(problem, verdict, evidence["margin"])
        return
    _walk(problem, verdict, sequence(member(evidence, "cuts")))


REAL_KINDS = {"emptiness": emptiness.check, "boxes": boxes.check}
"""Kinds of evidence for the claim over the real numbers."""


def _margin(problem: FloatProblem, verdict: str, data: Any) -> None:
    """Accept a proof of the claim over the real numbers with rounding errors as margins."""
    kind = member(data, "kind")
    if kind not in REAL_KINDS:
        raise Rejected(f"unknown kind {kind!r}")
    REAL_KINDS[kind](real_claim(problem), verdict, member(data, "evidence"))


def require_meaning(claim: Claim) -> None:
    """Raise Undecidable unless the kind of claim has a meaning in floating point."""
    if claim.arithmetic not in FORMATS or claim.bound is not None or claim.every not in (POINT, STATIONARY):
        raise Undecidable(f"'every {claim.every}' has no meaning in {claim.arithmetic} arithmetic here")


def refutes(problem: FloatProblem, values: Sequence[Fraction]) -> bool:
    """Return whether the point meets every hypothesis and violates the conclusion, whatever the implementation."""
    claim = problem.claim
    form = FORMATS[claim.arithmetic]
    limits = [p for p in claim.parameters for _ in p.entry_names]
    for value, parameter in zip(values, limits, strict=True):
        if not form.contains(value):
            raise Rejected(f"{value} is no number of {form.name}")
        if (
            parameter.low is not None and (value < parameter.low or (parameter.open_low and value == parameter.low))
        ) or (parameter.high is not None and value > parameter.high):
            raise Rejected(f"{value} is outside the domain of {parameter.name!r}")
    entries = [exactly(float(value)) for value in values]
    if any(problem.truth(condition, entries) != {True} for _, condition in problem.assumptions):
        return False
    if claim.every == STATIONARY and not _surely_stationary(problem, entries):
        return False
    return problem.truth(problem.satisfies, entries) == {False}


def _surely_stationary(problem: FloatProblem, entries: Sequence[FloatSet]) -> bool:
    slopes = problem.values(problem.slopes, entries)
    if any(slope.nan for slope in slopes):
        return False
    within = problem.claim.within
    if within is None:
        return all(slope.low == 0 == slope.high for slope in slopes)
    if any(slope.infinite for slope in slopes):
        return False
    square = sum((max(abs(Fraction(s.low)), abs(Fraction(s.high))) ** 2 for s in slopes), Fraction(0))
    return square <= within**2


def root_places(claim: Claim) -> Places:
    """Return the ranges of floats that the parameters run over.

    Raises:
        Undecidable: a domain holds no float.
    """
    form = FORMATS[claim.arithmetic]
    out = []
    for parameter in claim.parameters:
        first, last = form.first_at_least(parameter.low), form.last_at_most(parameter.high)
        if parameter.open_low and parameter.low is not None and Fraction(form.at(first)) == parameter.low:
            first += 1
        if first > last:
            raise Undecidable(f"the domain of {parameter.name!r} holds no number of {form.name}")
        out += [(first, last)] * parameter.symbol.size
    return tuple(out)


def halves(places: Places, axis: int) -> tuple[Places, Places]:
    """Return the two halves along an axis (with at least two floats)."""
    first, last = places[axis]
    cut = (first + last) // 2
    return (
        (*places[:axis], (first, cut), *places[axis + 1 :]),
        (*places[:axis], (cut + 1, last), *places[axis + 1 :]),
    )


@dataclass(frozen=True)
class FloatExcluder:
    """Decides whether no float in a box, and no implementation, contradicts a claim."""

    problem: FloatProblem
    goal: str

    def excludes(self, places: Places) -> bool:
        """Return whether the box is proved to hold no contradicting point."""
        form = FORMATS[self.problem.claim.arithmetic]
        entries = [_range(form, first, last) for first, last in places]
        problem = self.problem
        if any(self._truth(condition, entries) == {False} for _, condition in problem.assumptions):
            return True
        if self.goal == PROVED and self._truth(problem.satisfies, entries) == {True}:
            return True
        return problem.claim.every == STATIONARY and self._not_stationary(entries)

    def _truth(self, condition: Any, entries: Sequence[FloatSet]) -> frozenset[bool]:
        try:
            return self.problem.truth(condition, entries)
        except Undecidable:
            return frozenset((True, False))

    def _not_stationary(self, entries: Sequence[FloatSet]) -> bool:
        try:
            slopes = self.problem.values(self.problem.slopes, entries)
        except Undecidable:
            return False
        least = [max(s.low, -s.high, 0.0) for s in slopes if not math.isnan(s.low)]
        if len(least) < len(slopes):
            return True  # a component is NaN
        within = self.problem.claim.within or Fraction(0)
        return any(Fraction(x) > within for x in least if x != float("inf")) or float("inf") in least


def _range(form: Format, first: int, last: int) -> FloatSet:
    low, high = form.at(first), form.at(last)
    return exactly(low) if first == last != 0 else between(low, high)


def _walk(problem: FloatProblem, goal: str, cuts: Sequence[Any]) -> None:
    excluder = FloatExcluder(problem, goal)
    stack, leaves = [root_places(problem.claim)], 0
    for cut in cuts:
        if not stack or isinstance(cut, bool) or not isinstance(cut, int) or not LEAF <= cut < len(stack[-1]):
            raise Rejected("the cover has no meaning")
        places = stack.pop()
        if cut != LEAF:
            if places[cut][0] == places[cut][1]:
                raise Rejected("a box of one float is cut")
            stack.extend(reversed(halves(places, cut)))
            continue
        leaves += 1
        if leaves > MAX_LEAVES:
            raise Rejected("the cover is too large")
        if not excluder.excludes(places):
            raise Rejected("a box is not excluded")
    if stack:
        raise Rejected("the cover ends early")
