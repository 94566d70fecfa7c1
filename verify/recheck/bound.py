"""Checks bounds of an expression over a box: a cover by boxes on each of which the bounds are proved.

The claim is "low <= expression <= high on the whole domain". On each box the value is enclosed naturally, by its
mean-value form, and by the same two on the faces to which a coordinatewise monotone expression can be moved. The cover
is a list of axes in preorder (a box is cut in halves, lower half first), -1 for a box that is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import arb

from verify.certificate import fraction, member, sequence
from verify.claim import claim_from_data
from verify.errors import Rejected
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
        _cover(tape, domain, arb(low), arb(high), evidence)


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
    nodes, root = sequence(member(evidence, "cover")), sequence(member(evidence, "root"))
    if len(nodes) > MAX_NODES or len(root) != 2:
        raise Rejected("the cover is too large or has no root")
    start = Box(tuple(numbers(root[0])), tuple(numbers(root[1])))
    if not surrounds(start, domain):
        raise Rejected("the cover does not contain the domain")
    stack = [start]
    for node in nodes:
        if not stack or isinstance(node, bool) or not isinstance(node, int) or not DONE <= node < len(start.low):
            raise Rejected("a node of the cover has no meaning")
        box = stack.pop()
        if node != DONE:
            stack.extend(reversed(box.halves(node)))
        elif not _within(tape, box, low, high):
            raise Rejected("the bounds are not shown on a box")
    if stack:
        raise Rejected("the cover ends early")


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
