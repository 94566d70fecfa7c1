"""Checks bounds of an expression over a box: a cover by boxes on each of which the bounds are proved.

The claim is "low <= expression <= high on the whole domain". The domain is cut in halves again and again; the evidence
is the list of axes, level by level (of each box the lower half first), -1 for a box that is done. Boxes are enclosed
thousands at a time by natural, linear and mean-value bounds in outward-rounded floats
(:mod:`verify.recheck.batch.relax`), and what is known of a box holds for its parts. Where that is not enough, a box
that is done is enclosed in balls, naturally, by its mean-value form, and by the same two on the faces to which a
coordinatewise monotone expression can be moved, and halved a few times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from verify.certificate import fraction, member, sequence
from verify.claim import claim_from_data
from verify.errors import Rejected
from verify.expr.ball import fraction as as_fraction
from verify.expr.ball import precision, rational
from verify.expr.node import Expr
from verify.expr.tape import Tape, trace
from verify.recheck.boxes import domain_box
from verify.recheck.enclosures import Box
from verify.recheck.jets import run
from verify.recheck.landscape import MAX_NODES, box_around, numbers, surrounds
from verify.recheck.newton import balls
from verify.system import PROVED

THEOREM = "bound"
DONE = -1
BOUND_PRECISION = 64

EXTRA_DEPTH = 6
"""How often a box that is said to be done is halved before it is rejected."""

MAX_SINGLE = 20_000
"""How many boxes may need balls."""


def check(claim: Any, verdict: str, evidence: Any) -> None:
    """Accept bounds.

    Raises:
        Rejected: the evidence does not show them.
    """
    instance = member(claim, "instance")
    wanted = {"source", "expression", "low", "high", "least", "greatest"}
    if verdict != PROVED or claim.get("theorem") != THEOREM or set(instance) != wanted:
        raise Rejected("not a statement about bounds")
    expression, symbols, domain = problem_of(instance["source"], instance["expression"], str(claim.get("id")))
    tape = trace(expression, symbols)
    low, high = rational(fraction(instance["low"])), rational(fraction(instance["high"]))
    if claim.get("statement") != statement(instance):
        raise Rejected("the statement is not what the evidence shows")
    with precision(BOUND_PRECISION):
        for key in ("least", "greatest"):
            _attained(tape, domain, instance[key])
        _cover(tape, domain, low, high, evidence)


def statement(instance: Mapping[str, Any]) -> str:
    """Return in words what is proved."""
    return f"{instance['low']} <= {instance['expression']} <= {instance['high']} everywhere in the domain"


def problem_of(source: Mapping[str, Any], text: str, name: str) -> tuple[Expr, tuple[Expr, ...], Box]:
    """Return an expression with its arrays and its domain.

    Raises:
        Rejected: the expression is not a scalar, or the domain is unbounded.
    """
    if not isinstance(source, Mapping) or not set(source) <= {"parameters", "constants", "definitions"}:
        raise Rejected("the source has unknown parts")
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    problem = claim_from_data({"id": name, **source, "objective": {"minimise": text}, "claim": claim})
    if problem.objective is None:
        raise Rejected("there is no expression")
    return problem.objective, tuple(problem.symbols), domain_box(problem)


def _attained(tape: Tape, domain: Box, data: Any) -> None:
    """Check a point of the domain with an enclosure of its value."""
    at = [fraction(entry) for entry in sequence(member(data, "at"))]
    box = box_around(at, [0 * value for value in at])
    over = run(tape, balls(box), second=False)
    if not surrounds(domain, box) or over is None:
        raise Rejected("a point lies outside the domain, or the expression is undefined there")
    center, radius = numbers(member(data, "value"))
    if not (arb(center - radius) <= over.jet.value and over.jet.value <= arb(center + radius)):
        raise Rejected("a value is not as stated")


def _cover(tape: Tape, domain: Box, low: Any, high: Any, evidence: Any) -> None:
    from verify.recheck.batch.cover import halves
    from verify.recheck.batch.relax import Relaxation, around

    nodes = sequence(member(evidence, "tree"))
    if len(nodes) > MAX_NODES or not all(type(node) is int and DONE <= node < len(domain.low) for node in nodes):
        raise Rejected("the tree is too large, or a node of it has no meaning")
    leaves = _Leaves(tape, low, high)
    relaxation = Relaxation(tape)
    boxes, start = around(_sides(domain)), 0
    known = np_array([[None], [None]], float)
    while boxes.shape[2]:
        axes = np_array(nodes[start : start + boxes.shape[2]], int)
        if len(axes) < boxes.shape[2]:
            raise Rejected("the tree ends early")
        start += len(axes)
        known = relaxation.closer(boxes, known)
        done, cut = axes == DONE, axes != DONE
        leaves.require(boxes[:, :, done], known[:, done])
        boxes, known = halves(boxes[:, :, cut], axes[cut]), known[:, cut].repeat(2, axis=1)
    if start != len(nodes):
        raise Rejected("the tree has more nodes than boxes")


def np_array(entries: Any, kind: type) -> Any:
    """Return an array; None is not a number."""
    import numpy as np

    return np.array(entries, dtype=kind)


def _sides(box: Box) -> list[tuple[Fraction, Fraction]]:
    return [(as_fraction(low), as_fraction(high)) for low, high in zip(box.low, box.high, strict=True)]


@dataclass
class _Leaves:
    """Requires bounds on boxes.

    Attributes:
        few: how many boxes may still be enclosed one by one.
    """

    tape: Tape
    low: Any
    high: Any
    few: int = MAX_SINGLE

    def require(self, boxes: Any, known: Any) -> None:
        """Require the bounds on boxes (n, 2, N) with known ranges (2, N)."""
        from verify.recheck.batch.contract import outward
        from verify.recheck.batch.lanes import trustworthy

        least, most = outward(as_fraction(self.low))[1], -outward(as_fraction(self.high))[0]
        # Where this machine does not round as assumed, balls decide everything.
        shown = (-known[0] >= least) & (known[1] <= most) & trustworthy()
        for k in range(boxes.shape[2]):
            if shown[k]:
                continue
            self.few -= 1
            ends = [[rational(Fraction(sign * end)) for end in boxes[:, row, k].tolist()]
                    for row, sign in ((0, -1), (1, 1))]  # fmt: skip
            box = Box(tuple(ends[0]), tuple(ends[1]))
            if self.few < 0 or not _within(self.tape, box, arb(self.low), arb(self.high)):
                raise Rejected("the bounds are not shown on a box")


def _within(tape: Tape, box: Box, low: Any, high: Any) -> bool:
    stack = [(box, 0)]
    while stack:
        part, depth = stack.pop()
        found = enclosed(tape, part)
        if found is not None and found[0] >= low and found[1] <= high:
            continue
        if depth == EXTRA_DEPTH:
            return False
        axis = max(range(len(part.low)), key=lambda a: part.high[a] - part.low[a])
        stack.extend((half, depth + 1) for half in part.halves(axis))
    return True


def enclosed(tape: Tape, box: Box) -> tuple[Any, Any] | None:
    """Return a lower and an upper bound of the expression over a box, or None where it may be undefined."""
    over = run(tape, balls(box), second=False)
    if over is None:
        return None
    slopes = over.gradient()
    least = greatest = box
    for axis, slope in enumerate(slopes):
        if slope >= 0 or slope <= 0:
            rising = bool(slope >= 0)
            least = least.face(axis, upper=not rising)
            greatest = greatest.face(axis, upper=rising)
    low, high = _best(tape, least, slopes), _best(tape, greatest, slopes)
    if low is None or high is None:
        return None
    value = over.jet.value
    return _later(arb(value.lower()), low[0]), _earlier(arb(value.upper()), high[1])


def _best(tape: Tape, box: Box, slopes: list[Any]) -> tuple[Any, Any] | None:
    """Return bounds on a face: the natural ones and those of the mean-value form, whichever are closer."""
    over = run(tape, balls(box), second=False)
    at = run(tape, [arb(value) for value in box.middle], second=False)
    if over is None or at is None:
        return None
    total = at.jet.value
    for slope, side, middle in zip(slopes, balls(box), box.middle, strict=True):
        total = total + slope * (side - arb(middle))
    value = over.jet.value
    if not total.is_finite():
        return arb(value.lower()), arb(value.upper())
    return _later(arb(value.lower()), arb(total.lower())), _earlier(arb(value.upper()), arb(total.upper()))


def _later(a: Any, b: Any) -> Any:
    return b if b > a else a


def _earlier(a: Any, b: Any) -> Any:
    return b if b < a else a
