"""All critical points of an objective in a box: found by floats, settled and rechecked by exact and ball arithmetic."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify import __version__
from verify.box_option import decimal_text
from verify.certificate import sealed, write
from verify.claim import Claim, Parameter
from verify.errors import AttnverifyError, InvalidInput
from verify.landscape_copies import Copy, copies
from verify.landscape_families import CriticalFamily, described
from verify.landscape_kinks import KinkedPoint, kinked_points
from verify.system import PROVED

if TYPE_CHECKING:
    from numerics.landscape import Region, Search

SEARCH_SHARE = 0.3
"""Share of the budget that the search for bounds may use; most of the rest is for rechecking."""

TREE_SHARE = 0.25
"""The same share where critical points are sought."""

NODES_PER_SECOND = 40_000
"""Boxes that the checker is expected to manage; the tree is kept small enough for the budget."""

MAX_CLUSTERS = 200
SIMPLE = 10**4
"""Largest denominator of coordinates that are tried as exact ones."""


@dataclass(frozen=True)
class CriticalPoint:
    """One critical point: ``at`` maps entry names to (center, radius), radius 0 where exact.

    ``inside`` is "yes", or "unknown" on the boundary. ``index`` is the number of negative curvatures.
    """

    at: Mapping[str, tuple[Fraction, Fraction]]
    value: tuple[Fraction, Fraction]
    index: int
    kind: str
    inside: str = "yes"

    def shown(self) -> dict[str, Any]:
        """Return the point for people and programs: exact numbers, or balls ``m +/- r``."""
        at = {name: decimal_text(*place) for name, place in self.at.items()}
        value = decimal_text(*self.value)
        return {"at": at, "value": value, "index": self.index, "kind": self.kind, "inside": self.inside}

    def to_json(self) -> dict[str, Any]:
        """Return the point as a certificate holds it."""
        at = {name: [str(c), str(r)] for name, (c, r) in self.at.items()}
        value = [str(part) for part in self.value]
        return {"at": at, "value": value, "index": self.index, "kind": self.kind, "inside": self.inside}


@dataclass(frozen=True)
class Landscape:
    """The critical points of an objective in a box: single ones, and flat families of them.

    Attributes:
        complete: whether these are proved to be all (``undecided`` boxes excepted).
        undecided: number and total volume of boxes that were not decided, and of how many clusters.
        clusters: hulls of connected undecided boxes, as (low, high) per entry.
        certificate: path, or None.
        reason: why the list is not certified, else None.
    """

    id: str
    names: tuple[str, ...]
    low: tuple[Fraction, ...]
    high: tuple[Fraction, ...]
    points: tuple[CriticalPoint, ...]
    families: tuple[CriticalFamily, ...]
    copies: tuple[Copy, ...]
    complete: bool
    undecided_boxes: int
    undecided_volume: Fraction
    clusters: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]
    statement: str
    certificate: str | None
    reason: str | None
    effort: Mapping[str, str]
    seconds: float

    @property
    def decided(self) -> bool:
        """Whether the list is proved complete in the whole domain."""
        return self.complete and not self.undecided_boxes

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON-able data."""
        return {
            "id": self.id,
            "box": {n: [str(a), str(b)] for n, a, b in zip(self.names, self.low, self.high, strict=True)},
            "points": [point.shown() for point in self.points],
            "families": [family.shown() for family in self.families],
            "copies": [copy.shown() for copy in self.copies],
            "complete": self.decided,
            "undecided": {
                "boxes": self.undecided_boxes, "volume": str(self.undecided_volume), "clusters": len(self.clusters),
                "hulls": [{"low": list(a), "high": list(b)} for a, b in self.clusters[:20]],
            },
            "statement": self.statement, "certificate": self.certificate, "reason": self.reason,
            "effort": dict(self.effort), "seconds": self.seconds,
        }  # fmt: skip


def landscape(
    claim: Claim, *, box: Mapping[str, tuple[Fraction, Fraction]] | None = None, budget: float = 60.0,
    certificates: Path | None = None, seed: int = 0,
) -> Landscape:  # fmt: skip
    """Return all critical points of the objective of a claim in a box.

    Args:
        box: interval per parameter name; ``""`` stands for parameters without bounds of their own.
        budget: seconds for everything.
        certificates: directory for the certificate; None writes none.

    Raises:
        InvalidInput: no objective, or a domain without bounds.
    """
    from numerics.budget import Budget
    from numerics.landscape import search

    started = time.monotonic()
    problem = bounded(claim, box or {})
    low, high = _ends(problem)
    clock, most = Budget.of(budget * TREE_SHARE), int(budget * (1 - TREE_SHARE) * NODES_PER_SECOND)
    try:
        found = search(problem, low, high, clock, seed=seed, max_nodes=most)
        kinked = _kinked(problem, found)
        if kinked:
            boxes_of = [_ends_of(point) for point in kinked]
            found = search(problem, low, high, clock, seed=seed, max_nodes=most, kinked=boxes_of)
    except AttnverifyError as error:
        raise InvalidInput(f"the objective cannot be enclosed: {error}") from None
    searched = time.monotonic() - started
    points, regions = _settled(problem, found)
    families, pieces = described(problem, found)
    points += [p for p in _degenerate(problem, found, points) if not _like_a_family(problem, found, p, families)]
    kinks = [point.evidence(number) for number, point in enumerate(kinked, start=len(points))]
    points += [_on_kink(problem, found, point) for point in kinked]
    evidence = {
        "boxes": regions, "solved": found.solved, "levels": found.levels, "families": pieces, "kinks": kinks,
    }  # fmt: skip
    same = copies(problem, found, points, families, pieces["pieces"], seed)
    data = _certificate(problem, found, points, families, same, evidence, seed)
    accepted, reason = _rechecked(data)
    if not accepted and same:
        # A list without its copies may hold all the same.
        same = []
        data = _certificate(problem, found, points, families, same, evidence, seed)
        accepted, reason = _rechecked(data)
    volume, boxes = _undecided(problem, found)
    path = write(data, certificates) if accepted and certificates is not None else None
    return Landscape(
        id=problem.id, names=tuple(problem.entry_names), low=low, high=high, points=tuple(points),
        families=tuple(families), copies=tuple(same), complete=accepted, undecided_boxes=boxes, undecided_volume=volume,
        clusters=_clusters(found), statement=data["claim"]["statement"], certificate=str(path) if path else None,
        reason=reason, seconds=round(time.monotonic() - started, 3),
        effort={"boxes looked at": str(found.looked), "nodes": str(found.nodes), "search seconds": f"{searched:.3f}"},
    )  # fmt: skip


# --- the domain -------------------------------------------------------------------------------------------------


def bounded(claim: Claim, box: Mapping[str, tuple[Fraction, Fraction]]) -> Claim:
    """Return the claim's objective over a bounded domain.

    Raises:
        InvalidInput: no objective, an unknown name, or no bounds.
    """
    if claim.objective is None:
        raise InvalidInput("there is no objective", fix="add [objective] with minimise = ...")
    return bounded_parameters(claim, box)


def bounded_parameters(claim: Claim, box: Mapping[str, tuple[Fraction, Fraction]], *, solid: bool = True) -> Claim:
    """Return the claim over a bounded domain, with interior where it must be ``solid``.

    Raises:
        InvalidInput: an unknown name, or no bounds.
    """
    known = {parameter.name for parameter in claim.parameters}
    for name in box:
        if name and name not in known:
            raise InvalidInput(f"there is no parameter {name!r}", fix=f"one of: {', '.join(sorted(known))}")
    parameters = tuple(_bounded(parameter, box, solid) for parameter in claim.parameters)
    return replace(claim, parameters=parameters)


def _bounded(parameter: Parameter, box: Mapping[str, tuple[Fraction, Fraction]], solid: bool) -> Parameter:
    low, high = parameter.low, parameter.high
    given = box.get(parameter.name, box.get("") if low is None or high is None else None)
    if given is not None:
        low = given[0] if low is None else max(low, given[0])
        high = given[1] if high is None else min(high, given[1])
    if low is None or high is None:
        raise InvalidInput(
            f"the parameter {parameter.name!r} has no bounds", fix="give --box LOW HIGH, or --box NAME=LOW:HIGH"
        )
    if low > high or (solid and low == high):
        raise InvalidInput(
            f"the interval [{low}, {high}] of {parameter.name!r} {'is empty' if low > high else 'has no interior'}",
            fix="widen the box",
        )
    return Parameter(parameter.name, parameter.shape, low, high)


def _ends(problem: Claim) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    ends = [(p.low, p.high) for p in problem.parameters for _ in p.entry_names]
    return tuple(a for a, _ in ends if a is not None), tuple(b for _, b in ends if b is not None)


# --- points -----------------------------------------------------------------------------------------------------


def _settled(problem: Claim, found: Search) -> tuple[list[CriticalPoint], list[dict[str, Any]]]:
    """Return the points in (or on the boundary of) the domain, and the boxes of the certificate."""
    points: list[CriticalPoint] = []
    regions: list[dict[str, Any]] = []
    low, high = _ends(problem)
    for region in found.regions:
        center, radius = _location(problem, region)
        ends = list(zip(center, radius, low, high, strict=True))
        entry: dict[str, Any] = {"low": _texts(-region.ends[:, 0]), "high": _texts(region.ends[:, 1]), "point": None}
        if any(c + r < a or c - r > b for c, r, a, b in ends):
            entry |= {"at": [str(c) for c in center], "within": [str(r) for r in radius]}
        else:
            entry["point"] = len(points)
            inside = all(c - r >= a and c + r <= b for c, r, a, b in ends)
            points.append(_described(problem, found, center, radius, "yes" if inside else "unknown"))
        regions.append(entry)
    return points, regions


def _texts(values: Any) -> list[str]:
    return [str(Fraction(float(value))) for value in values]


def _location(problem: Claim, region: Region) -> tuple[list[Fraction], list[Fraction]]:
    """Return center and radius per entry of a small box around a critical point; radius 0 where it is exact."""
    from numerics.landscape import RADIUS

    simple = [value.limit_denominator(SIMPLE) for value in region.point]
    close = all(abs(a - b) <= RADIUS for a, b in zip(simple, region.point, strict=True))
    if close and is_stationary(problem, simple):
        return simple, [Fraction(0)] * len(simple)
    reach = RADIUS * max(1, *(int(abs(value)) + 1 for value in region.point))
    return list(region.point), [reach] * len(simple)


def is_stationary(problem: Claim, values: Sequence[Fraction]) -> bool:
    """Return whether the gradient is exactly zero at a rational point."""
    from verify.recheck.landscape import exact_point

    try:
        point = exact_point(problem, values)
        point.require_smooth()
        domain, slopes = point.gradient()
        return all(domain.sign(slope) == 0 for slope in slopes)
    except (AttnverifyError, ArithmeticError):
        return False


def _described(
    problem: Claim, found: Search, center: Sequence[Fraction], radius: Sequence[Fraction], inside: str
) -> CriticalPoint:
    from verify.expr.ball import precision
    from verify.recheck.landscape import POINT_PRECISION, Checker, box_around, kind_of
    from verify.recheck.newton import Slopes

    checker = Checker(problem, Slopes(found.tape))
    with precision(POINT_PRECISION):
        box = box_around(center, radius)
        negative, zero, positive = checker.inertia_in(box)
        value = rounded(checker.value_in(box))
    at = dict(zip(problem.entry_names, zip(center, radius, strict=True), strict=True))
    return CriticalPoint(at, value, negative, kind_of(negative, zero, positive), inside)


def rounded(value: Any) -> tuple[Fraction, Fraction]:
    """Return a decimal center and radius around a ball."""
    from flint import fmpq

    from verify.expr.ball import fraction as exact

    if isinstance(value, fmpq):
        return exact(value), Fraction(0)
    low, high = (exact(end.fmpq()) for end in (value.lower(), value.upper()))
    center = Fraction(round((low + high) / 2 * 10**30), 10**30)
    radius = max(abs(low - center), abs(high - center))
    if radius == 0:
        return center, radius
    digits = 0
    while Fraction(1, 10 ** (digits + 1)) >= radius:
        digits += 1
    return center, Fraction(1, 10**digits) if radius <= 1 else Fraction(int(radius) + 1)


def _degenerate(problem: Claim, found: Search, known: Sequence[CriticalPoint]) -> list[CriticalPoint]:
    """Return simple rational points in undecided boxes with zero gradient and a singular Hessian."""
    out: list[CriticalPoint] = []
    seen = {tuple(c for c, _ in point.at.values()) for point in known}
    low, high = _ends(problem)
    for a, b in _clusters(found)[:MAX_CLUSTERS]:
        if max(y - x for x, y in zip(a, b, strict=True)) > 0.1 * float(found.scale.max()):
            continue
        middle = [(Fraction(x) + Fraction(y)) / 2 for x, y in zip(a, b, strict=True)]
        for limit in (1, 2, 6, 60, 1000):
            values = tuple(value.limit_denominator(limit) for value in middle)
            inside = all(x <= v <= y for x, v, y in zip(low, values, high, strict=True))
            if inside and values not in seen and is_stationary(problem, values):
                seen.add(values)
                try:
                    out.append(_described(problem, found, values, [Fraction(0)] * len(values), "yes"))
                except AttnverifyError:
                    continue
                break
    return out


def _kinked(problem: Claim, found: Search) -> list[KinkedPoint]:
    """Return the points on kinks in undecided boxes that may lie in the domain."""
    low, high = _ends(problem)
    out = []
    for point in kinked_points(found.tape, _clusters(found), found.scale):
        if all(c + r >= a and c - r <= b for (c, r), a, b in zip(point.at, low, high, strict=True)):
            out.append(point)
    return out


def _ends_of(point: KinkedPoint) -> Any:
    """Return minus the lower ends, and the upper ends (n, 2) of the box of a point."""
    import numpy as np

    return np.array([[-float(a), float(b)] for a, b in zip(point.low, point.high, strict=True)])


def _on_kink(problem: Claim, found: Search, point: KinkedPoint) -> CriticalPoint:
    from verify.expr.ball import precision
    from verify.recheck.landscape import POINT_PRECISION, Checker, box_around
    from verify.recheck.newton import Slopes

    low, high = _ends(problem)
    with precision(POINT_PRECISION):
        value = rounded(Checker(problem, Slopes(found.tape)).value_in(box_around(*zip(*point.at, strict=True))))
    inside = all(c - r >= a and c + r <= b for (c, r), a, b in zip(point.at, low, high, strict=True))
    at = dict(zip(problem.entry_names, point.at, strict=True))
    return CriticalPoint(at, value, point.index, point.kind, "yes" if inside else "unknown")


def _like_a_family(problem: Claim, found: Search, point: CriticalPoint, families: Sequence[CriticalFamily]) -> bool:
    """Return whether a degenerate point has the inertia of a family, of which it may be a part."""
    from verify.expr.ball import precision
    from verify.recheck.landscape import POINT_PRECISION, Checker, box_around
    from verify.recheck.newton import Slopes

    with precision(POINT_PRECISION):
        box = box_around(*zip(*point.at.values(), strict=True))
        negative, zero, _ = Checker(problem, Slopes(found.tape)).inertia_in(box)
    return any((family.index, family.dimension) == (negative, zero) for family in families)


# --- what is open -----------------------------------------------------------------------------------------------


def _undecided(problem: Claim, found: Search) -> tuple[Fraction, int]:
    """Return a bound of the undecided volume, rounded up to a few digits, and the number of boxes."""
    from verify.recheck.batch.cover import volume

    total, boxes = Fraction(0), 0
    for part in found.opened:
        boxes += part.shape[2]
        total += sum((volume(part[:, :, k]) for k in range(part.shape[2])), Fraction(0))
    low, high = _ends(problem)
    for number in found.solved:
        total *= high[number] - low[number]
    return _rounded_up(total), boxes


def _rounded_up(value: Fraction) -> Fraction:
    """Return a decimal of few digits that is a little larger; the checker's own boxes may differ in the last digits."""
    if value == 0:
        return value
    unit = Fraction(1)
    while value / unit >= 10**4:
        unit *= 10
    while value / unit < 10**3:
        unit /= 10
    return (int(value / unit) + 2) * unit


def _clusters(found: Search) -> tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]:
    """Return the hulls of connected undecided boxes."""
    from numerics.landscape import clusters

    return clusters(found.open_boxes, found.scale)


# --- the certificate --------------------------------------------------------------------------------------------


def _certificate(
    problem: Claim,
    found: Search,
    points: Sequence[CriticalPoint],
    families: Sequence[CriticalFamily],
    same: Sequence[Copy],
    evidence: dict[str, Any],
    seed: int,
) -> dict[str, Any]:
    from verify.recheck.landscape import THEOREM, statement

    listed = [point.to_json() for point in points]
    volume, boxes = _undecided(problem, found)
    more = {"families": [family.to_json() for family in families], "copies": [copy.to_json() for copy in same]}
    more = {key: value for key, value in more.items() if value}
    claim = {
        "id": problem.id,
        "theorem": THEOREM,
        "statement": statement(listed, boxes, len(families)),
        "instance": {
            "source": source_of(problem), "points": listed, **more,
            "undecided": {"boxes": boxes, "volume": str(volume)},
        },
    }  # fmt: skip
    return sealed(claim, PROVED, "landscape", evidence, {"version": __version__, "seed": seed})


def source_of(problem: Claim) -> dict[str, Any]:
    """Return the sections that define an objective and its domain, in the form that keeps their order."""
    data = problem.ordered_data
    shapes = {p.name: str(list(p.shape)).replace(" ", "") if p.shape else "" for p in problem.parameters}
    parameters = [[p.name, f"[{p.low}, {p.high}]{shapes[p.name]}"] for p in problem.parameters]
    kept: dict[str, Any] = {key: data[key] for key in ("constants", "definitions", "objective") if key in data}
    return {"parameters": parameters, **kept}


def _rechecked(data: Mapping[str, Any]) -> tuple[bool, str | None]:
    from verify.recheck import recheck_as_written

    outcome = recheck_as_written(data)
    return outcome.accepted, None if outcome.accepted else f"the checker rejected the list: {outcome.reason}"
