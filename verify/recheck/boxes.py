"""Checks that no point of a bounded domain contradicts a claim: a cover by boxes, each excluded for a reason.

A box is excluded when, everywhere on it, an assumption fails, the conclusion holds, a component of the gradient is
nonzero, a diagonal entry or a two by two minor of the Hessian is negative (where second-order points are meant), or
the objective exceeds its value at a listed point of the domain (where global minima are meant). A box on which the
objective is monotone in a coordinate holds global minima only on a face of the domain, and is replaced by that face.
The checker finds the reason itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq

from verify.certificate import fraction, member, sequence
from verify.claim import CLARKE, GLOBAL, LOCAL, POINT, SECOND_ORDER, STATIONARY, STRICT, Claim
from verify.errors import Rejected, Undecidable
from verify.expr import build
from verify.expr.ball import Balls, precision, rational
from verify.expr.derive import kinks
from verify.expr.evaluate import evaluate_scalar
from verify.expr.node import Expr
from verify.expr.substitute import substitute
from verify.recheck.enclosures import Box, Enclosures
from verify.system import PROVED, VACUOUS, derivatives

BOX_PRECISION = 64
"""Working precision over boxes, in bits."""

MAX_LEAVES = 200_000
"""Largest cover that is accepted."""

LEAF = -1


def check(claim: Claim, verdict: str, evidence: Any) -> None:
    """Accept a cover all of whose boxes are excluded.

    Raises:
        Rejected: some box is not excluded, or the cover does not fit.
    """
    if verdict not in (PROVED, VACUOUS) or claim.bound is not None:
        raise Rejected(f"boxes do not show {verdict!r} for this claim")
    excluder = Excluder(claim, verdict, [point_of_domain(claim, data) for data in sequence(member(evidence, "below"))])
    cuts = iter(sequence(member(evidence, "cuts")))
    with precision(BOX_PRECISION):
        _walk(excluder, domain_box(claim), cuts)
    if next(cuts, None) is not None:
        raise Rejected("the cover has more cuts than boxes")


def _walk(excluder: Excluder, root: Box, cuts: Iterator[Any]) -> None:
    stack, leaves = [root], 0
    while stack:
        box = stack.pop()
        cut = next(cuts, None)
        if isinstance(cut, bool) or not isinstance(cut, int) or not LEAF <= cut < len(box.low):
            raise Rejected("the cover ends early or names no axis")
        if cut != LEAF:
            stack.extend(reversed(box.halves(cut)))
            continue
        leaves += 1
        if leaves > MAX_LEAVES:
            raise Rejected("the cover is too large")
        if not excluder.excludes(box):
            raise Rejected("a box is not excluded")


def domain_box(claim: Claim) -> Box:
    """Return the domain of the claim as a box.

    Raises:
        Rejected: it is unbounded.
    """
    low, high = [], []
    for parameter in claim.parameters:
        if parameter.low is None or parameter.high is None:
            raise Rejected(f"the domain of {parameter.name!r} is unbounded")
        low += [rational(parameter.low)] * parameter.symbol.size
        high += [rational(parameter.high)] * parameter.symbol.size
    return Box(tuple(low), tuple(high))


def point_of_domain(claim: Claim, data: Any) -> tuple[Fraction, ...]:
    """Return a rational point of the domain."""
    values = tuple(fraction(value) for value in sequence(data))
    limits = [(p.low, p.high) for p in claim.parameters for _ in p.entry_names]
    if len(values) != len(limits):
        raise Rejected("a point does not have one entry per parameter entry")
    open_low = [p.open_low for p in claim.parameters for _ in p.entry_names]
    for value, (low, high), strict in zip(values, limits, open_low, strict=True):
        if (low is not None and (value < low or (strict and value == low))) or (high is not None and value > high):
            raise Rejected("a point lies outside the domain")
    return values


@dataclass
class Excluder:
    """Decides whether no point of a box contradicts a claim."""

    claim: Claim
    goal: str
    below: Sequence[tuple[Fraction, ...]] = ()

    def __post_init__(self) -> None:
        claim = self.claim
        self.enclosures = Enclosures(claim)
        self.slopes: list[Expr] = []
        self.curvatures: list[Expr] = []
        self.minors: list[Expr] = []
        self.inward: list[Expr] = []
        self.excess: list[Expr] = []
        if claim.objective is None or claim.every == POINT:
            return
        if claim.every in (STATIONARY, CLARKE, SECOND_ORDER, LOCAL, STRICT):
            slopes, rows = derivatives(claim.objective, tuple(claim.symbols))
            self.slopes = slopes
            if claim.every not in (STATIONARY, CLARKE):
                size = len(rows)
                self.curvatures = [rows[i][i] for i in range(size)]
                self.minors = [
                    build.sub(build.mul(rows[i][i], rows[j][j]), build.integer_power(rows[i][j], 2))
                    for i in range(size)
                    for j in range(i)
                ]
        if claim.every == GLOBAL:
            self.inward = derivatives(claim.objective, tuple(claim.symbols))[0]
            self.excess = [build.sub(claim.objective, self._value(point)) for point in self.below]

    @property
    def smooth_everywhere(self) -> bool:
        """Whether the objective has no kinks at all."""
        return self.claim.objective is not None and not kinks(self.claim.objective)

    def _value(self, point: tuple[Fraction, ...]) -> Expr:
        """Return the value of the objective at a point of the domain at which it is defined."""
        assert self.claim.objective is not None
        env = self.enclosures.env([rational(value) for value in point])
        evaluate_scalar(self.claim.objective, env, Balls())
        constants, start = {}, 0
        for symbol in self.claim.symbols:
            constants[str(symbol.attrs)] = build.constant(list(point[start : start + symbol.size]), symbol.shape)
            start += symbol.size
        return substitute(self.claim.objective, constants)

    def excludes(self, box: Box) -> bool:
        """Return whether the box is proved to hold no contradicting point."""
        face = self.face(box)
        if face is None:
            return True
        box = face
        if any(self.truth(condition, box) is False for _, condition in self.claim.assumptions):
            return True
        if self.goal == PROVED and self.claim.satisfies is not None and self.truth(self.claim.satisfies, box) is True:
            return True
        if self.higher(box):
            return True
        return bool(self.slopes) and self._not_stationary(box)

    def higher(self, box: Box) -> bool:
        """Return whether the objective exceeds, on the whole box, its value at a listed point."""
        return any(self.enclosures.sign(excess, box)[0] for excess in self.excess)

    def face(self, box: Box) -> Box | None:
        """Return the part of a box on which global minima lie: where the objective is monotone, a face of the domain.

        None means that there are none: the objective falls towards the inside of the domain.
        """
        claim = self.claim
        if claim.every != GLOBAL or claim.objective is None or not self.enclosures.smooth(claim.objective, box):
            return box
        try:
            self.enclosures.natural([claim.objective], box)
        except Undecidable:
            return box
        limits = [(p.low, p.high, p.open_low) for p in claim.parameters for _ in p.entry_names]
        for axis, (slope, (low, high, open_low)) in enumerate(zip(self.inward, limits, strict=True)):
            if box.low[axis] == box.high[axis]:
                continue
            rising, _, falling, _ = self.enclosures.sign(slope, box)
            end = low if rising else high if falling else None
            if not rising and not falling:
                continue
            if end is None or (rising and open_low) or (box.low if rising else box.high)[axis] != rational(end):
                return None
            box = box.face(axis, upper=falling)
        return box

    def _not_stationary(self, box: Box) -> bool:
        assert self.claim.objective is not None
        if not self.enclosures.smooth(self.claim.objective, box):
            return False
        if self.claim.within is not None:
            return self._steep(box, self.claim.within)
        for slope in self.slopes:
            above, _, below, _ = self.enclosures.sign(slope, box)
            if above or below:
                return True
        if any(self.enclosures.sign(curvature, box)[2] for curvature in self.curvatures):
            return True
        return any(self.enclosures.sign(minor, box, 0)[2] for minor in self.minors)

    def _steep(self, box: Box, within: Fraction) -> bool:
        try:
            values = self.enclosures.natural(self.slopes, box)
        except Undecidable:
            return False
        square = sum((value.abs_lower() ** 2 if hasattr(value, "abs_lower") else value**2 for value in values), fmpq(0))
        return bool(square > rational(within) ** 2)

    def truth(self, condition: Expr, box: Box) -> bool | None:
        """Return True or False when proved on the whole box, else None."""
        if condition.op in ("reshape", "broadcast"):
            return self.truth(condition.args[0], box)
        if condition.op == "not":
            inner = self.truth(condition.args[0], box)
            return None if inner is None else not inner
        if condition.op in ("and", "or"):
            parts = [self.truth(arg, box) for arg in condition.args]
            decisive = condition.op == "or"
            if any(part is decisive for part in parts):
                # Every part must be defined for the whole to be.
                return decisive if all(self._defined(arg, box) for arg in condition.args) else None
            return (not decisive) if all(part is (not decisive) for part in parts) else None
        return self._compared(condition, box)

    def _defined(self, condition: Expr, box: Box) -> bool:
        sides = [arg for node in _comparisons(condition) for arg in node.args]
        try:
            self.enclosures.natural(sides, box)
        except Undecidable:
            return False
        return True

    def _compared(self, condition: Expr, box: Box) -> bool | None:
        if self.claim.mentions_derivatives and not (
            self.claim.objective is not None and self.enclosures.smooth(self.claim.objective, box)
        ):
            return None
        above, at_least, below, at_most = self.enclosures.sign(build.sub(*condition.args), box)
        if condition.op == "lt":
            return True if below else False if at_least else None
        if condition.op == "le":
            return True if at_most else False if above else None
        equal = True if at_least and at_most else False if above or below else None
        if equal is None or condition.op == "eq":
            return equal
        return not equal


def _comparisons(condition: Expr) -> list[Expr]:
    from verify.expr.node import COMPARISONS, topological

    return [node for node in topological(condition) if node.op in COMPARISONS and node.shape == ()]
