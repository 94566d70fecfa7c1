"""Checks a complete list of critical points: a cover of the domain, each box empty or around a listed point.

The claim is "the objective has exactly these critical points in this box": a list of points, each enclosed, with
value, index (number of negative curvatures) and kind, and a volume that is not decided. The evidence names parameters
that are solved for (:mod:`verify.expr.tape_system`), boxes of the others that hold exactly one critical point by
Krawczyk's test, and a tree of boxes (:mod:`verify.recheck.batch.cover`) that leaves no room for further points.

A parameter w is solved for where the objective is ``A*w**2 + B*w + C``: wherever A may be zero nothing is concluded, so
that each critical point of the domain gives one of the equations that are left. Where such a point is unique in a box,
and a listed point lies over that box, they are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import arb, fmpq, fmpq_poly

from verify.certificate import fraction, member, natural, sequence
from verify.claim import Claim, claim_from_data
from verify.errors import Rejected, Undecidable
from verify.expr.ball import Balls, precision, rational
from verify.expr.evaluate import evaluate_scalar
from verify.expr.tape import trace
from verify.expr.tape_system import system
from verify.recheck.boxes import domain_box
from verify.recheck.enclosures import Box
from verify.recheck.jets import run
from verify.recheck.kinked_points import KINK_MINIMUM, KINK_STATIONARY, index_and_kind, near, require_only
from verify.recheck.newton import Slopes, balls, hessian_at, inertia
from verify.recheck.points import ExactPoint
from verify.system import PROVED

if TYPE_CHECKING:
    from verify.recheck.families import Families

THEOREM = "landscape"

POINT_PRECISION = 256
"""Working precision at points, in bits."""

MAX_NODES = 3_000_000
"""Most nodes of a cover that is a list."""

MINIMUM, SADDLE, MAXIMUM, DEGENERATE = "strict minimum", "saddle", "strict maximum", "degenerate"


def check(claim: Any, verdict: str, evidence: Any) -> None:
    """Accept a list of critical points.

    Raises:
        Rejected: the evidence does not show the statement.
    """
    instance = member(claim, "instance")
    parts = set(instance) - {"families", "copies"}
    if verdict != PROVED or claim.get("theorem") != THEOREM or parts != {"source", "points", "undecided"}:
        raise Rejected("not a statement about all critical points")
    problem = problem_of(member(instance, "source"), str(claim.get("id")))
    listed, families = sequence(instance["points"]), sequence(instance.get("families", []))
    checker = Checker(problem, Slopes(trace(problem.objective, tuple(problem.symbols))))  # type: ignore[arg-type]
    with precision(POINT_PRECISION):
        checker.points(listed)
    checker.cover(evidence, families)
    if "copies" in instance:
        from verify.recheck.copies import check_copies

        check_copies(checker, sequence(instance["copies"]))
    stated = member(instance, "undecided")
    if (
        set(stated) != {"boxes", "volume"}
        or stated["boxes"] != checker.open
        or fraction(stated["volume"]) < checker.volume
    ):
        raise Rejected("the undecided volume is not as stated")
    if claim.get("statement") != statement(listed, checker.open, len(families)):
        raise Rejected("the statement is not what the evidence shows")


def statement(points: Sequence[Mapping[str, Any]], undecided: int, families: int = 0) -> str:
    """Return in words what a list with so many undecided boxes says."""
    count = len(points)
    unsure = sum(point.get("inside") != "yes" for point in points)
    noun = "critical point" if count == 1 else "critical points"
    if families:
        # Two listed families may be parts of one: that they are not connected elsewhere is not shown.
        several = "1 flat family" if families == 1 else f"at most {families} flat families"
        noun = f"single {noun} and {several} of them"
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
    alone: dict[int, dict[int, tuple[Fraction, Fraction]]] = field(default_factory=dict)
    """For listed points, intervals of entries between which there is no other critical point."""
    families: Families | None = None
    kinked: dict[int, Any] = field(default_factory=dict)
    """Listed points on kinks by number; each needs a box of its own."""
    open: int = 0
    volume: Fraction = Fraction(0)

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
        box = self.place_of(data)
        self.require_inside(box, data["inside"])
        if data["kind"] in (KINK_MINIMUM, KINK_STATIONARY):
            self.kinked[len(self.tight)] = data
            self.singular.append(True)
            self.require_value(box, data["value"])
            return box
        found = self.inertia_in(box)
        if data["index"] != found[0] or isinstance(data["index"], bool) or data["kind"] != kind_of(*found):
            raise Rejected("a point is not of the stated kind")
        self.singular.append(found[1] > 0)
        self.require_value(box, data["value"])
        return box

    def place_of(self, data: Mapping[str, Any]) -> Box:
        """Return the box in which something listed is said to lie.

        Raises:
            Rejected: it is not given by center and radius of every entry.
        """
        names = self.problem.entry_names
        at = [sequence(member(data["at"], name)) for name in names]
        if len(data["at"]) != len(names) or any(len(entry) != 2 for entry in at):
            raise Rejected("a point needs a center and a radius per parameter entry")
        return around([entry[0] for entry in at], [entry[1] for entry in at])

    def require_value(self, box: Box, stated: Any) -> None:
        """Require that the values of the objective in a box are as stated (center and radius)."""
        value = self.value_in(box)
        low, high = _ends(stated)
        if isinstance(value, fmpq):
            if not low <= value <= high:
                raise Rejected("a value is not as stated")
        elif not (arb(low) <= value and value <= arb(high)):
            raise Rejected("a value is not as stated")

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

    def require_inside(self, box: Box, stated: Any) -> None:
        """Require that a box lies in the domain (yes), where that is stated."""
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
        domain, rows = self.exact_zero(box).hessian()
        return inertia(rows, domain)

    def exact_zero(self, box: Box) -> ExactPoint:
        """Return the point that a box without width is, where the gradient is exactly zero there."""
        point = exact_point(self.problem, [_exact(value) for value in box.low])
        point.require_smooth()
        domain, slopes = point.gradient()
        if any(domain.sign(slope) != 0 for slope in slopes):
            raise Rejected("the gradient is not zero at a listed point")
        return point

    # --- the cover ---

    def cover(self, evidence: Any, families: Sequence[Any] = ()) -> None:
        """Check boxes with exactly one critical point, or with a family, and a tree of boxes that leaves no other."""
        try:
            from verify.recheck.batch.contract import Contractor
            from verify.recheck.batch.cover import Cover
            from verify.recheck.batch.lanes import trustworthy
        except ImportError:
            raise Rejected("covers are checked with NumPy, which is not installed") from None
        if not trustworthy():
            raise Rejected("floating-point numbers are not rounded to nearest on this machine")
        solved = [natural(entry) for entry in sequence(member(evidence, "solved"))]
        names = self.problem.entry_names
        if len(set(solved)) < len(solved) or max(solved, default=-1) >= len(names) or len(solved) == len(names):
            raise Rejected("the solved parameters are not some of the parameters")
        domain = domain_box(self.problem)
        sides = list(zip(map(_exact, domain.low), map(_exact, domain.high), strict=True))
        equations = system(self.slopes.tape, solved)
        contractor = Contractor(equations, [sides[number] for number in solved])
        inputs = [sides[number] for number in equations.inputs]
        boxes = self._regions(sequence(member(evidence, "boxes")), equations.inputs)
        regions = contractor.boxes(boxes)
        if not contractor.krawczyk(regions).all():
            raise Rejected("Krawczyk's test does not show a single critical point in a box")
        around_kinks = self._kinks(sequence(evidence.get("kinks", [])), solved)
        if around_kinks:
            import numpy

            regions = numpy.concatenate([regions, contractor.boxes(around_kinks)], axis=2)
        sweeps: Sequence[Any] = ()
        if families:
            from numpy import concatenate

            from verify.recheck.families import Families

            self.families = Families(self, equations.inputs)
            shown, sweeps = self.families.check(families, member(evidence, "families"), contractor)
            regions = concatenate([regions, shown], axis=2)
        walk = Cover(contractor, regions, sweeps)
        walk.walk(contractor.boxes([inputs]), sequence(member(evidence, "levels")))
        self.open, self.volume = walk.open, walk.volume
        for number in solved:
            self.volume *= sides[number][1] - sides[number][0]

    def _kinks(self, data: Sequence[Any], solved: Sequence[int]) -> list[list[tuple[Fraction, Fraction]]]:
        """Return boxes in which a listed point on a kink is the only one that is stationary in Clarke's sense."""
        out, used = [], set()
        for entry in data:
            owner = natural(member(entry, "point"))
            low, high = ([rational(fraction(end)) for end in sequence(member(entry, key))] for key in ("low", "high"))
            box = Box(tuple(low), tuple(high))
            if solved or owner not in self.kinked or owner in used or not _proper(box, len(self.problem.entry_names)):
                raise Rejected("a box does not belong to a point on a kink")
            if not surrounds(box, self.tight[owner]):
                raise Rejected("a point on a kink is outside its box")
            weights = around(sequence(member(entry, "weights")), sequence(member(entry, "within")))
            with precision(POINT_PRECISION):
                kinked = near(self.slopes.tape, box)
                require_only(kinked, box)
                found = index_and_kind(kinked, self.tight[owner], weights)
            stated = self.kinked[owner]
            if natural(stated["index"]) != found[0] or stated["kind"] != found[1]:
                raise Rejected("a point on a kink is not of the stated kind")
            used.add(owner)
            out.append([(_exact(a), _exact(b)) for a, b in zip(low, high, strict=True)])
        if used != set(self.kinked):
            raise Rejected("a point on a kink has no box")
        return out

    def _regions(self, data: Sequence[Any], inputs: Sequence[int]) -> list[list[tuple[Fraction, Fraction]]]:
        """Return boxes of some parameters, each around a listed point or one that lies outside the domain."""
        used, out = set(), []
        for entry in data:
            low, high = ([fraction(end) for end in sequence(member(entry, key))] for key in ("low", "high"))
            if len(low) != len(inputs) or len(high) != len(inputs):
                raise Rejected("a box does not have two ends per parameter that is left")
            owner = member(entry, "point")
            if owner is None:
                with precision(POINT_PRECISION):
                    tight = self._outside(entry)
            elif natural(owner) >= len(self.tight) or owner in used:
                raise Rejected("a box does not belong to its point")
            else:
                tight = self.tight[owner]
            for number, a, b in zip(inputs, low, high, strict=True):
                if not (a <= _exact(tight.low[number]) and _exact(tight.high[number]) <= b):
                    raise Rejected("a box does not belong to its point")
            used.add(owner)
            out.append(list(zip(low, high, strict=True)))
            if owner is not None:
                self.alone[owner] = dict(zip(inputs, out[-1], strict=True))
        missing = [n for n, single in enumerate(self.singular) if n not in used and not single]
        if missing:
            raise Rejected("a listed point has no box")
        return out

    def _outside(self, entry: Any) -> Box:
        small = around(sequence(member(entry, "at")), sequence(member(entry, "within")))
        if small.low == small.high:
            self.exact_zero(small)
        else:
            self._require_located(small)
        if _meet(small, domain_box(self.problem)):
            raise Rejected("a critical point is not shown to lie outside the domain")
        return small


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


def around(center: Sequence[Any], radius: Sequence[Any]) -> Box:
    """Return the box of a certificate by its center and radii."""
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
