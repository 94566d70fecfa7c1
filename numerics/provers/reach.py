"""Covers of domains that may be unbounded; global minima located by a cover."""

from __future__ import annotations

from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from typing import Any

from flint import fmpq

from numerics.budget import Budget, OutOfTime
from numerics.finding import Finding
from numerics.provers.boxes import low_points
from verify.claim import GLOBAL, Claim
from verify.errors import AttnverifyError
from verify.expr.ball import as_ball, precision
from verify.recheck.boxes import BOX_PRECISION, LEAF
from verify.recheck.reach import REFUTED, Judge, Sides, bounded_box, halves, root_sides

MAX_BOXES = 40_000
"""Most boxes looked at."""

FARTHEST = 2**40
"""Distance from the origin beyond which no box is cut any more."""

SMALLEST = fmpq(1, 2**40)
"""Width of a side below which it is not cut any more."""

UNBOUNDED_TURNS = 3
"""One cut in so many of an unbounded box goes across a bounded side."""


def decide(claim: Claim, goal: str, budget: Budget) -> tuple[Finding | None, str]:
    """Return a finding for the goal (proved, vacuous, refuted), or None and where it stopped."""
    try:
        below = low_points(claim) if claim.every == GLOBAL else []
        with precision(BOX_PRECISION):
            judge = Judge(claim, goal, below)
            cuts, kept, stuck = _cover(judge, root_sides(claim), budget)
    except (AttnverifyError, OutOfTime) as stop:
        return None, str(stop)
    if cuts is None:
        return None, stuck
    evidence: dict[str, Any] = {"cuts": cuts, "below": [[str(v) for v in point] for point in below]}
    leaves = sum(cut == LEAF for cut in cuts)
    method = f"a cover by {leaves} boxes, bounded and unbounded, each excluded by enclosures"
    witness = _located(claim, kept) if goal == REFUTED else None
    effort = {"boxes": str(len(cuts))}
    return Finding(goal, "ball", "reach", evidence, witness=witness, method=method, effort=effort), ""


def _cover(judge: Judge, root: Sides, budget: Budget) -> tuple[list[int] | None, list[Sides], str]:
    """Return the cuts in preorder and the boxes that may hold a global minimum, or None and where it stopped."""
    stack = [(root, 0)]
    cuts: list[int] = []
    kept: list[Sides] = []
    while stack:
        budget.check()
        sides, depth = stack.pop()
        if judge.settles(sides):
            cuts.append(LEAF)
            box = bounded_box(sides)
            if judge.goal == REFUTED and box is not None and not judge.bounded.higher(box):
                kept.append(sides)
            continue
        axis = _axis(sides, depth)
        if axis is None or len(cuts) > MAX_BOXES:
            return None, kept, f"a box {_shown(sides)} is not excluded"
        cuts.append(axis)
        lower, upper = halves(sides, axis)
        stack += [(upper, depth + 1), (lower, depth + 1)]
    return cuts, kept, ""


def _axis(sides: Sides, depth: int) -> int | None:
    """Return where to cut: unbounded sides first and nearest to the origin, else the widest one."""
    unbounded, bounded = {}, {}
    for axis, (low, high) in enumerate(sides):
        if low is None or high is None:
            reach = max((abs(end) for end in (low, high) if end is not None), default=fmpq(-1))
            if reach < FARTHEST:
                unbounded[axis] = reach
        elif high - low > SMALLEST:
            bounded[axis] = high - low
    widest = max(bounded, key=lambda axis: bounded[axis], default=None)
    if unbounded and (widest is None or depth % UNBOUNDED_TURNS):
        return min(unbounded, key=lambda axis: unbounded[axis])
    if widest is None and unbounded:
        return min(unbounded, key=lambda axis: unbounded[axis])
    return widest


def _located(claim: Claim, kept: list[Sides]) -> dict[str, str]:
    """Return a ball per entry around all boxes that may hold a global minimum."""
    out = {}
    for axis, name in enumerate(claim.entry_names):
        lows, highs = zip(*(sides[axis] for sides in kept), strict=True)
        low, high = min(lows), max(highs)
        out[name] = _ball_text(low, high)
    return out


def _ball_text(low: fmpq, high: fmpq) -> str:
    """Return a short midpoint and radius that surely hold the numbers from ``low`` to ``high``."""
    below, above = (Fraction(int(end.p), int(end.q)) for end in (low, high))
    center = (below + above) / 2
    middle = Context(prec=17).divide(Decimal(center.numerator), Decimal(center.denominator))
    reach = max(above - Fraction(middle), Fraction(middle) - below)
    radius = Context(prec=3, rounding=ROUND_CEILING).divide(Decimal(reach.numerator), Decimal(reach.denominator))
    return f"{middle} +/- {radius}"


def _shown(sides: Sides) -> str:
    def end(value: Any) -> str:
        return "unbounded" if value is None else as_ball(value).str(6, radius=False)

    return ", ".join(f"[{end(low)}, {end(high)}]" for low, high in sides)
