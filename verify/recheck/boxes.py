"""Checks that no point of a bounded domain contradicts a claim: a cover by boxes, each excluded for a reason.

A box is excluded when, everywhere on it, an assumption fails, the conclusion holds, a component of the gradient is
nonzero, a diagonal entry of the Hessian is negative (where second-order points are meant), or the objective exceeds
its value at a listed point of the domain (where global minima are meant). The checker finds the reason itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq

from verify.certificate import fraction, member, sequence
from verify.claim import GLOBAL, LOCAL, POINT, SECOND_ORDER, STATIONARY, STRICT, Claim
from verify.errors import Rejected, Undecidable
from verify.expr import build
from verify.expr.ball import Balls, precision, rational
from verify.expr.evaluate import evaluate_scalar
from verify.expr.node import Expr
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
    excluder = Excluder(claim, verdict, [_point(claim, data) for data in sequence(member(evidence, "below"))])
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


def _point(claim: Claim, data: Any) -> tuple[Fraction, ...]:
    """Return a rational point of the domain."""
    values = tuple(fraction(value) for value in sequence(data))
    limits = [(p.low, p.high) for p in claim.parameters for _ in p.entry_names]
    if len(values) != len(limits):
        raise Rejected("a point does not have one entry per parameter entry")
    for value, (low, high) in zip(values, limits, strict=True):
        if (low is not None and value < low) or (high is not None and value > high):
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
        self.excess: list[Expr] = []
        if claim.objective is None or claim.every == POINT:
            return
        if claim.every in (STATIONARY, SECOND_ORDER, LOCAL, STRICT):
            slopes, rows = derivatives(claim.objective, tuple(claim.symbols))
            self.slopes = slopes
            if claim.every != STATIONARY:
                self.curvatures = [rows[i][i] for i in range(len(rows))]
        if claim.every == GLOBAL:
            self.excess = [build.sub(claim.objective, value) for value in map(self._value, self.below)]

    def _value(self, point: tuple[Fraction, ...]) -> Expr:
        """Return the rational value of the objective at a point of the domain."""
        assert self.claim.objective is not None
        env = self.enclosures.env([rational(value) for value in point])
        value = evaluate_scalar(self.claim.objective, env, Balls())
        if not isinstance(value, fmpq):
            raise Rejected("the objective is not rational at a listed point")
        return build.number(Fraction(int(value.p), int(value.q)))

    def excludes(self, box: Box) -> bool:
        """Return whether the box is proved to hold no contradicting point."""
        if any(self.truth(condition, box) is False for _, condition in self.claim.assumptions):
            return True
        if self.goal == PROVED and self.claim.satisfies is not None and self.truth(self.claim.satisfies, box) is True:
            return True
        if any(self.enclosures.sign(excess, box)[0] for excess in self.excess):
            return True
        return bool(self.slopes) and self._not_stationary(box)

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
        return any(self.enclosures.sign(curvature, box)[2] for curvature in self.curvatures)

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
