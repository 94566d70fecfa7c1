"""Checks a complete list of critical points: a cover of the domain, each box empty or around a listed point.

The claim is "the objective has exactly these critical points in this box": a list of points, each enclosed, with
value, index (number of negative curvatures) and kind, and the volume that is not decided. The evidence is a list of
larger boxes, each with exactly one critical point by Krawczyk's test, and a cover of the domain as a list of nodes in
preorder:

====================  ==============================================================================================
node                  meaning
====================  ==============================================================================================
axis (from 0)         cut in halves along an axis; lower half first
``["cut", a, x]``     cut at x along axis a
``["to", low, high]`` every critical point of the box lies in this smaller one, which comes next
``-1``, ``-2``        no critical point: by gradients alone, or by Newton steps too (a hint; both are tried)
``["box", k]``        inside box k
``-3``                not decided
====================  ==============================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from flint import arb, fmpq, fmpq_poly

from verify.certificate import fraction, member, natural, sequence
from verify.claim import Claim, claim_from_data
from verify.errors import Rejected, Undecidable
from verify.expr.ball import Balls, precision, rational
from verify.expr.evaluate import evaluate_scalar
from verify.expr.tape import trace
from verify.recheck.boxes import domain_box
from verify.recheck.enclosures import Box
from verify.recheck.jets import run
from verify.recheck.newton import Slopes, balls, hessian_at, inertia
from verify.recheck.points import ExactPoint
from verify.system import PROVED

THEOREM = "landscape"

COVER_PRECISION = 64
"""Working precision over boxes, in bits."""

POINT_PRECISION = 256
"""Working precision at points, in bits."""

MAX_NODES = 3_000_000
MAX_EXTRA = 200_000
"""Most boxes looked at beyond those of the cover."""

DEPTH = 12
"""How often a box that is said to be empty is halved before it is rejected."""

STEEP, EMPTY, OPEN = -1, -2, -3

MINIMUM, SADDLE, MAXIMUM, DEGENERATE = "strict minimum", "saddle", "strict maximum", "degenerate"


def check(claim: Any, verdict: str, evidence: Any) -> None:
    """Accept a list of critical points.

    Raises:
        Rejected: the evidence does not show the statement.
    """
    instance = member(claim, "instance")
    if verdict != PROVED or claim.get("theorem") != THEOREM or set(instance) != {"source", "points", "undecided"}:
        raise Rejected("not a statement about all critical points")
    problem = problem_of(member(instance, "source"), str(claim.get("id")))
    listed = sequence(instance["points"])
    checker = Checker(problem, Slopes(trace(problem.objective, tuple(problem.symbols))))  # type: ignore[arg-type]
    with precision(POINT_PRECISION):
        checker.points(listed)
    with precision(COVER_PRECISION):
        checker.regions(sequence(member(evidence, "boxes")))
        checker.cover(sequence(member(evidence, "root")), sequence(member(evidence, "cover")))
    stated = member(instance, "undecided")
    if (
        set(stated) != {"boxes", "volume"}
        or stated["boxes"] != checker.open
        or fraction(stated["volume"]) != _exact(checker.volume)
    ):
        raise Rejected("the undecided volume is not as stated")
    if claim.get("statement") != statement(listed, checker.open):
        raise Rejected("the statement is not what the evidence shows")


def statement(points: Sequence[Mapping[str, Any]], undecided: int) -> str:
    """Return in words what a list with so many undecided boxes says."""
    count = len(points)
    unsure = sum(point.get("inside") != "yes" for point in points)
    noun = "critical point" if count == 1 else "critical points"
    text = f"the objective has {count} {noun} in the domain, as listed; these are all"
    if unsure:
        text += f" ({unsure} of them on the boundary or just outside)"
    if undecided:
        text += f", except in {undecided} undecided boxes of the stated volume"
    return text


def problem_of(source: Mapping[str, Any], name: str) -> Claim:
    """Return the objective with its domain, as a claim without content.

    Raises:
        Rejected: there is no objective.
    """
    if not isinstance(source, Mapping) or not set(source) <= {"parameters", "constants", "definitions", "objective"}:
        raise Rejected("the source has unknown parts")
    data = {"id": name, **source, "claim": {"every": "stationary point", "satisfies": "0 < 1"}}
    problem = claim_from_data(data)
    if problem.objective is None:
        raise Rejected("there is no objective")
    return problem


def _exact(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


@dataclass
class Checker:
    """Collects what was shown about one objective."""

    problem: Claim
    slopes: Slopes
    tight: list[Box] = field(default_factory=list)
    """For each listed point a box around it (a single point where it is exact)."""
    singular: list[bool] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    """Boxes with exactly one critical point."""
    open: int = 0
    volume: fmpq = field(default_factory=lambda: fmpq(0))
    extra: int = 0

    # --- the listed points ---

    def points(self, listed: Sequence[Any]) -> None:
        """Check every listed point; they are distinct."""
        for data in listed:
            self.tight.append(self._point(data))
        for number, box in enumerate(self.tight):
            if any(_meet(box, other) for other in self.tight[:number]):
                raise Rejected("two listed points may be the same")

    def _point(self, data: Any) -> Box:
        if not isinstance(data, Mapping) or set(data) != {"at", "value", "index", "kind", "inside"}:
            raise Rejected("a point needs at, value, index, kind and inside")
        names = self.problem.entry_names
        at = [sequence(member(data["at"], name)) for name in names]
        if len(data["at"]) != len(names) or any(len(entry) != 2 for entry in at):
            raise Rejected("a point needs a center and a radius per parameter entry")
        box = _around([entry[0] for entry in at], [entry[1] for entry in at])
        self._inside(box, data["inside"])
        found = self.inertia_in(box)
        if data["index"] != found[0] or isinstance(data["index"], bool) or data["kind"] != kind_of(*found):
            raise Rejected("a point is not of the stated kind")
        self.singular.append(found[1] > 0)
        value = self.value_in(box)
        low, high = _ends(data["value"])
        if isinstance(value, fmpq):
            if not low <= value <= high:
                raise Rejected("a value is not as stated")
        elif not (arb(low) <= value and value <= arb(high)):
            raise Rejected("a value is not as stated")
        return box

    def value_in(self, box: Box) -> Any:
        """Return a ball around the values of the objective in a box; the exact value where that is one number.

        Raises:
            Rejected: it may be undefined there.
        """
        if box.low == box.high:
            exact = _rational_value(self.problem, box)
            if exact is not None:
                return exact
        over = run(self.slopes.tape, balls(box), second=False)
        if over is None:
            raise Rejected("the objective may be undefined at a point")
        return over.jet.value

    def inertia_in(self, box: Box) -> tuple[int, int, int]:
        """Return the numbers of negative, zero and positive curvatures at the critical point that a box encloses.

        Raises:
            Rejected: the box (a point where it has no width) does not hold exactly one critical point.
            Undecidable: a sign stays open.
        """
        return self._exact_inertia(box) if box.low == box.high else self._enclosed_inertia(box)

    def _inside(self, box: Box, stated: Any) -> None:
        if stated not in ("yes", "unknown"):
            raise Rejected("a point is inside the domain (yes) or that is unknown")
        if stated == "yes" and not surrounds(domain_box(self.problem), box):
            raise Rejected("a point is not shown to lie in the domain")

    def _enclosed_inertia(self, box: Box) -> tuple[int, int, int]:
        self._require_located(box)
        over = run(self.slopes.tape, balls(box), second=True)
        if over is None:
            raise Rejected("the objective is not smooth at a point")
        found = inertia(hessian_at(over), Balls())
        if found[1]:
            raise Undecidable("an enclosed Hessian cannot be singular")
        return found

    def _require_located(self, box: Box) -> None:
        """Require that the box, to its exact ends, holds a critical point."""
        for image, low, high in zip(self.slopes.unique(box), box.low, box.high, strict=True):
            if not (arb(low) <= image and image <= arb(high)):
                raise Rejected("a critical point is not where it should be")

    def _exact_inertia(self, box: Box) -> tuple[int, int, int]:
        point = exact_point(self.problem, [_exact(value) for value in box.low])
        point.require_smooth()
        domain, slopes = point.gradient()
        if any(domain.sign(slope) != 0 for slope in slopes):
            raise Rejected("the gradient is not zero at a listed point")
        domain, rows = point.hessian()
        return inertia(rows, domain)

    # --- larger boxes with one point ---

    def regions(self, data: Sequence[Any]) -> None:
        """Check boxes with exactly one critical point, each a listed point or one that lies outside the domain."""
        used = set()
        for entry in data:
            box = _around(sequence(member(entry, "center")), sequence(member(entry, "radius")))
            self.slopes.unique(box)
            owner = member(entry, "point")
            if owner is None:
                with precision(POINT_PRECISION):
                    self._outside(box, entry)
            elif natural(owner) >= len(self.tight) or owner in used or not surrounds(box, self.tight[owner]):
                raise Rejected("a box does not belong to its point")
            used.add(owner)
            self.boxes.append(box)
        missing = [n for n, single in enumerate(self.singular) if n not in used and not single]
        if missing:
            raise Rejected("a listed point has no box")

    def _outside(self, box: Box, entry: Any) -> None:
        small = _around(sequence(member(entry, "at")), sequence(member(entry, "within")))
        self._require_located(small)
        if not surrounds(box, small) or _meet(small, domain_box(self.problem)):
            raise Rejected("a critical point is not shown to lie outside the domain")

    # --- the cover ---

    def cover(self, root: Sequence[Any], nodes: Sequence[Any]) -> None:
        """Walk the cover."""
        if len(nodes) > MAX_NODES or len(root) != 2:
            raise Rejected("the cover is too large or has no root")
        start = Box(tuple(numbers(root[0])), tuple(numbers(root[1])))
        if not _proper(start, len(self.problem.entry_names)) or not surrounds(start, domain_box(self.problem)):
            raise Rejected("the cover does not contain the domain")
        stack = [start]
        for node in nodes:
            if not stack:
                raise Rejected("the cover has more nodes than boxes")
            self._node(node, stack.pop(), stack)
        if stack:
            raise Rejected("the cover ends early")

    def _node(self, node: Any, box: Box, stack: list[Box]) -> None:
        if isinstance(node, bool) or not isinstance(node, int | list):
            raise Rejected("a node of the cover has no meaning")
        if isinstance(node, list):
            self._long_node(node, box, stack)
        elif node >= 0:
            if node >= len(box.low):
                raise Rejected("a cut names no axis")
            stack.extend(reversed(box.halves(node)))
        elif node == OPEN:
            self.open += 1
            self.volume += _volume(box)
        elif node not in (STEEP, EMPTY) or not self.empty(box, newton=node == EMPTY):
            raise Rejected("a box is not shown to hold no critical point")

    def _long_node(self, node: Sequence[Any], box: Box, stack: list[Box]) -> None:
        if node[:1] == ["box"] and len(node) == 2:
            if natural(node[1]) >= len(self.boxes) or not surrounds(self.boxes[node[1]], box):
                raise Rejected("a box of the cover is not where it should be")
        elif node[:1] == ["cut"] and len(node) == 3:
            axis, place = natural(node[1]), rational(fraction(node[2]))
            if axis >= len(box.low) or not box.low[axis] < place < box.high[axis]:
                raise Rejected("a cut misses its box")
            stack.extend(reversed(_parts(box, axis, place)))
        elif node[:1] == ["to"] and len(node) == 3:
            smaller = Box(tuple(numbers(node[1])), tuple(numbers(node[2])))
            if not _proper(smaller, len(box.low)) or not surrounds(box, smaller):
                raise Rejected("a smaller box is not inside")
            self._narrow(box, smaller)
            stack.append(smaller)
        else:
            raise Rejected("a node of the cover has no meaning")

    def _narrow(self, box: Box, smaller: Box) -> None:
        """Require that every critical point of a box lies in a smaller one."""
        found = self.slopes.narrowed(box)
        if found is None:
            return
        for axis, side in enumerate(found):
            low, high = smaller.low[axis], smaller.high[axis]
            if box.low[axis] < low and not side >= arb(low):
                cut_off, box = _parts(box, axis, low)
                self._require_empty(cut_off)
            if high < box.high[axis] and not side <= arb(high):
                box, cut_off = _parts(box, axis, high)
                self._require_empty(cut_off)

    def _require_empty(self, cut_off: Box) -> None:
        if not self.empty(cut_off, newton=True):
            raise Rejected("a part that was cut off is not shown to be empty")

    def empty(self, box: Box, *, newton: bool) -> bool:
        """Return whether the box is shown to hold no critical point, halving it if need be."""
        stack = [(box, 0)]
        while stack:
            part, depth = stack.pop()
            if self._empty_at_once(part, newton or depth > 0):
                continue
            self.extra += 1
            if depth == DEPTH or self.extra > MAX_EXTRA:
                return False
            axis = max(range(len(part.low)), key=lambda a: part.high[a] - part.low[a])
            stack.extend((half, depth + 1) for half in part.halves(axis))
        return True

    def _empty_at_once(self, box: Box, newton: bool) -> bool:
        if not newton and self.slopes.steep(box):
            return True
        return self.slopes.narrowed(box) is None


def _rational_value(problem: Claim, box: Box) -> fmpq | None:
    """Return the value of the objective at a point where rational arithmetic gives it."""
    env, start = {}, 0
    for parameter in problem.parameters:
        count = parameter.symbol.size
        env[parameter.name] = list(box.low[start : start + count])
        start += count
    value = evaluate_scalar(problem.objective, env, Balls()) if problem.objective is not None else None
    return value if isinstance(value, fmpq) else None


def exact_point(problem: Claim, values: Sequence[Fraction]) -> ExactPoint:
    """Return a rational point of the parameter space."""
    named = zip(problem.entry_names, values, strict=True)
    return ExactPoint(problem, {name: fmpq_poly([rational(value)]) for name, value in named}, None, 0)


def kind_of(negative: int, zero: int, positive: int) -> str:
    """Return the kind of a critical point with this many negative, zero and positive curvatures."""
    if zero:
        return DEGENERATE
    return MINIMUM if not negative else MAXIMUM if not positive else SADDLE


def numbers(data: Any) -> list[fmpq]:
    """Return a list of exact numbers."""
    return [rational(fraction(entry)) for entry in sequence(data)]


def _ends(data: Any) -> tuple[fmpq, fmpq]:
    center, radius = numbers(data)
    return center - radius, center + radius


def _around(center: Sequence[Any], radius: Sequence[Any]) -> Box:
    middle, reach = (([fraction(entry) for entry in sequence(part)]) for part in (center, radius))
    if len(middle) != len(reach) or any(r < 0 for r in reach):
        raise Rejected("not a box")
    return box_around(middle, reach)


def box_around(center: Sequence[Fraction], radius: Sequence[Fraction]) -> Box:
    """Return a box by its center and radii."""
    pairs = [(rational(c), rational(r)) for c, r in zip(center, radius, strict=True)]
    return Box(tuple(c - r for c, r in pairs), tuple(c + r for c, r in pairs))


def _proper(box: Box, size: int) -> bool:
    sides = len(box.low) == len(box.high) == size
    return sides and all(low <= high for low, high in zip(box.low, box.high, strict=True))


def surrounds(outer: Box, inner: Box) -> bool:
    """Return whether a box contains another one."""
    if len(outer.low) != len(inner.low):
        return False
    return all(a <= b for a, b in zip(outer.low, inner.low, strict=True)) and all(
        a >= b for a, b in zip(outer.high, inner.high, strict=True)
    )


def _meet(a: Box, b: Box) -> bool:
    sides = zip(a.low, a.high, b.low, b.high, strict=True)
    return all(low <= other_high and other_low <= high for low, high, other_low, other_high in sides)


def _parts(box: Box, axis: int, place: fmpq) -> tuple[Box, Box]:
    return (
        Box(box.low, (*box.high[:axis], place, *box.high[axis + 1 :])),
        Box((*box.low[:axis], place, *box.low[axis + 1 :]), box.high),
    )


def _volume(box: Box) -> fmpq:
    volume = fmpq(1)
    for low, high in zip(box.low, box.high, strict=True):
        volume *= high - low
    return volume
