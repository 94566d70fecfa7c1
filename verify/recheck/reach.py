"""Checks covers of domains that may be unbounded, and global minima that only a cover locates.

An unbounded side is cut at zero first, then at doubling distances; unbounded boxes are excluded by interval
arithmetic with infinite ends, bounded ones as in :mod:`verify.recheck.boxes`. So an a-priori bound is part of
the cover.

``refuted`` is for global minima: on every box that may hold one, the assumptions hold and the conclusion fails; and
there is one, because the objective is continuous on all bounded boxes and on every unbounded box it exceeds its value
at a listed point of the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from verify.certificate import member, sequence
from verify.claim import GLOBAL, Claim
from verify.errors import Rejected, Undecidable
from verify.expr import build
from verify.expr.ball import precision, rational
from verify.expr.evaluate import evaluate
from verify.expr.node import Expr, topological
from verify.recheck.boxes import BOX_PRECISION, LEAF, Excluder, point_of_domain
from verify.recheck.enclosures import Box
from verify.recheck.halflines import HalfLines, Interval, interval
from verify.system import PROVED, VACUOUS

REFUTED = "refuted"
MAX_LEAVES = 100_000
"""Largest cover that is accepted."""

End = fmpq | None
Sides = tuple[tuple[End, End], ...]
"""Lower and upper end of each side of a box; None stands for no bound."""

JUMPING = frozenset(("sign", "where", "lt", "le", "eq", "ne", "step", "sparsemax"))
"""Operations that may jump (or whose continuity is not looked at)."""


def check(claim: Claim, verdict: str, evidence: Any) -> None:
    """Accept a cover.

    Raises:
        Rejected: some box is not excluded, or the cover does not fit.
    """
    if verdict not in (PROVED, VACUOUS, REFUTED) or claim.bound is not None:
        raise Rejected(f"covers do not show {verdict!r} for this claim")
    below = [point_of_domain(claim, data) for data in sequence(member(evidence, "below"))]
    with precision(BOX_PRECISION):
        judge = Judge(claim, verdict, below)
        stack, leaves = [root_sides(claim)], 0
        for cut in sequence(member(evidence, "cuts")):
            if not stack or isinstance(cut, bool) or not isinstance(cut, int) or not LEAF <= cut < len(stack[-1]):
                raise Rejected("the cover has no meaning")
            sides = stack.pop()
            if cut != LEAF:
                stack.extend(reversed(halves(sides, cut)))
                continue
            leaves += 1
            if leaves > MAX_LEAVES or not judge.settles(sides):
                raise Rejected("the cover is too large" if leaves > MAX_LEAVES else "a box is not excluded")
        if stack:
            raise Rejected("the cover ends early")


def root_sides(claim: Claim) -> Sides:
    """Return the (closed) domain of a claim."""
    out: list[tuple[End, End]] = []
    for p in claim.parameters:
        low, high = (None if end is None else rational(end) for end in (p.low, p.high))
        out += [(low, high)] * p.symbol.size
    return tuple(out)


def halves(sides: Sides, axis: int) -> tuple[Sides, Sides]:
    """Return the two parts of a box cut across an axis."""
    low, high = sides[axis]
    cut = _cut(low, high)
    return (
        (*sides[:axis], (low, cut), *sides[axis + 1 :]),
        (*sides[:axis], (cut, high), *sides[axis + 1 :]),
    )


def _cut(low: End, high: End) -> fmpq:
    if low is not None and high is not None:
        return (low + high) / 2
    if low is None and high is None:
        return fmpq(0)
    if low is not None:
        return fmpq(0) if low < 0 else 2 * low + 1
    assert high is not None
    return fmpq(0) if high > 0 else 2 * high - 1


@dataclass
class Judge:
    """Decides whether a box can be set aside."""

    claim: Claim
    goal: str
    below: Sequence[Any]

    def __post_init__(self) -> None:
        claim = self.claim
        self.bounded = Excluder(claim, VACUOUS if self.goal == REFUTED else self.goal, self.below)
        if self.goal != REFUTED:
            return
        if claim.every != GLOBAL or claim.objective is None or not self.below:
            raise Rejected("only global minima are located by covers")
        if any(p.open_low for p in claim.parameters):
            raise Rejected("the domain is not closed")
        if any(node.op in JUMPING for node in topological(claim.objective)):
            raise Rejected("the objective may jump")

    def settles(self, sides: Sides) -> bool:
        """Return whether no point of the box contradicts the claim (or, to refute, none could save it)."""
        box = bounded_box(sides)
        if self.goal == REFUTED:
            return self._surely_violated(sides, box)
        return self.bounded.excludes(box) if box is not None else self._excluded_far_out(sides)

    # --- unbounded boxes ---

    def _far(self, roots: Sequence[Expr], sides: Sides) -> list[Interval] | None:
        env = self.bounded.enclosures.env([interval(low, high) for low, high in sides])
        try:
            return [value[0] for value in evaluate(roots, env, HalfLines())]
        except Undecidable:
            return None

    def _higher_far_out(self, sides: Sides) -> bool:
        for excess in self.bounded.excess:
            found = self._far([excess], sides)
            if found is not None and found[0].signs[0]:
                return True
        return False

    def _excluded_far_out(self, sides: Sides) -> bool:
        if self._higher_far_out(sides):
            return True

        def signs(root: Expr) -> tuple[bool, bool, bool, bool]:
            found = self._far([root], sides)
            return (False, False, False, False) if found is None else found[0].signs

        claim = self.claim
        if self._falls_inward(sides, signs):
            return True
        if not claim.mentions_derivatives:
            if any(truth(condition, signs) is False for _, condition in claim.assumptions):
                return True
            if self.goal == PROVED and claim.satisfies is not None and truth(claim.satisfies, signs) is True:
                return True
        if claim.within is not None or claim.objective is None or not self.bounded.smooth_everywhere:
            return False
        if any(above or below for above, _, below, _ in map(signs, self.bounded.slopes)):
            return True
        return any(signs(curvature)[2] for curvature in self.bounded.curvatures)

    def _falls_inward(self, sides: Sides, signs: Callable[[Expr], tuple[bool, bool, bool, bool]]) -> bool:
        """Return whether, everywhere on the box, the objective falls along an axis towards more of the domain."""
        claim = self.claim
        if claim.every != GLOBAL or claim.objective is None or not self.bounded.smooth_everywhere:
            return False
        if self._far([claim.objective], sides) is None:
            return False
        limits = [(p.low, p.high) for p in claim.parameters for _ in p.entry_names]
        for slope, (low, high), (first, last) in zip(self.bounded.inward, sides, limits, strict=True):
            rising, _, falling, _ = signs(slope)
            if rising and (first is None or (low is not None and low > rational(first))):
                return True
            if falling and (last is None or (high is not None and high < rational(last))):
                return True
        return False

    # --- refutation ---

    def _surely_violated(self, sides: Sides, box: Box | None) -> bool:
        if box is None:
            return self._higher_far_out(sides)
        objective = self.claim.objective
        assert objective is not None
        try:  # defined, hence continuous
            self.bounded.enclosures.natural([objective], box)
        except Undecidable:
            return False
        face = self.bounded.face(box)
        if self.bounded.higher(box) or face is None:
            return True
        box = face
        claim = self.claim
        assert claim.satisfies is not None
        return self.bounded.truth(claim.satisfies, box) is False and all(
            self.bounded.truth(condition, box) is True for _, condition in claim.assumptions
        )


def bounded_box(sides: Sides) -> Box | None:
    """Return the sides as a box, or None where one is unbounded."""
    lows, highs = [], []
    for low, high in sides:
        if low is None or high is None:
            return None
        lows.append(low)
        highs.append(high)
    return Box(tuple(lows), tuple(highs))


def truth(condition: Expr, signs: Callable[[Expr], tuple[bool, bool, bool, bool]]) -> bool | None:
    """Return True or False when proved on a whole box, else None; ``signs`` encloses differences."""
    if condition.op in ("reshape", "broadcast"):
        return truth(condition.args[0], signs)
    if condition.op == "not":
        inner = truth(condition.args[0], signs)
        return None if inner is None else not inner
    if condition.op in ("and", "or"):
        parts = [truth(arg, signs) for arg in condition.args]
        if None in parts:
            return None  # a part that is not decided may be undefined
        return all(parts) if condition.op == "and" else any(parts)
    above, at_least, below, at_most = signs(build.sub(*condition.args))
    if condition.op == "lt":
        return True if below else False if at_least else None
    if condition.op == "le":
        return True if at_most else False if above else None
    equal = True if at_least and at_most else False if above or below else None
    return equal if equal is None or condition.op == "eq" else not equal
