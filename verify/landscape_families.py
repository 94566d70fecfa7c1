"""Flat families of critical points in a list: what is said of them, and the evidence for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.box_option import decimal_text
from verify.claim import Claim
from verify.errors import AttnverifyError

if TYPE_CHECKING:
    from numerics.landscape import Search
    from numerics.landscape_links import Linked
    from verify.recheck.landscape import Checker

DIGITS = 30
RADIUS = Fraction(1, 10**24)


@dataclass(frozen=True)
class CriticalFamily:
    """A connected surface of critical points.

    Attributes:
        dimension: of the surface.
        symmetries: names of those whose orbits it is made of.
        at: one of its points, as (center, radius) per entry name.
        value: of the objective, the same everywhere on it, as (center, radius).
        index: number of negative curvatures, the same everywhere on it.
        inside: whether the point lies in the domain: "yes", or "unknown".
        boxes: how many boxes of the certificate cover it.
        trace: some of its points in floats, for pictures of two parameters.
    """

    dimension: int
    symmetries: tuple[str, ...]
    at: Mapping[str, tuple[Fraction, Fraction]]
    value: tuple[Fraction, Fraction]
    index: int
    kind: str
    inside: str
    boxes: int
    trace: tuple[tuple[float, ...], ...] = ()

    def shown(self) -> dict[str, Any]:
        """Return the family for people and programs: exact numbers, or balls ``m +/- r``."""
        at = {name: decimal_text(*place) for name, place in self.at.items()}
        return {**self._rest(), "at": at, "value": decimal_text(*self.value)}

    def to_json(self) -> dict[str, Any]:
        """Return the family as a certificate holds it."""
        at = {name: [str(c), str(r)] for name, (c, r) in self.at.items()}
        return {**self._rest(), "at": at, "value": [str(part) for part in self.value]}

    def _rest(self) -> dict[str, Any]:
        return {
            "dimension": self.dimension, "symmetries": list(self.symmetries), "index": self.index, "kind": self.kind,
            "inside": self.inside, "boxes": self.boxes,
        }  # fmt: skip


def described(problem: Claim, found: Search) -> tuple[list[CriticalFamily], dict[str, Any]]:
    """Return the families that a search found, with the evidence; pieces that cannot be settled are left out."""
    from numerics.landscape_links import linked

    if found.families is None or not found.families.sheets:
        return [], {"symmetries": [], "pieces": []}
    from verify.recheck.landscape import Checker
    from verify.recheck.newton import Slopes

    settler = _Settler(problem, found, Checker(problem, Slopes(found.tape)))
    return settler.settled(linked(found.families))


@dataclass
class _Settler:
    problem: Claim
    found: Search
    checker: Checker

    def settled(self, pieces: Sequence[Linked]) -> tuple[list[CriticalFamily], dict[str, Any]]:
        families: list[CriticalFamily] = []
        entries: list[dict[str, Any]] = []
        for number in sorted({piece.family for piece in pieces}):
            own = [(k, piece) for k, piece in enumerate(pieces) if piece.family == number]
            made = self._family([piece for _, piece in own], {k: place for place, (k, _) in enumerate(own)})
            if made is not None:
                family, parts = made
                offset = len(entries)
                for part in parts:
                    part["family"] = len(families)
                    part["link"] = None if part["link"] is None else part["link"] + offset
                families.append(family)
                entries += parts
        fields = self.found.families.fields if self.found.families is not None else ()
        return families, {"symmetries": [field.to_json() for field in fields], "pieces": entries}

    def _family(
        self, own: Sequence[Linked], places: Mapping[int, int]
    ) -> tuple[CriticalFamily, list[dict[str, Any]]] | None:
        from numerics.landscape_links import exact_ends
        from verify.recheck.symmetries import name_of

        inputs = self.found.inputs
        parts: list[dict[str, Any]] = []
        root: tuple[list[Fraction], list[Fraction]] | None = None
        new: dict[int, int] = {}
        for place, piece in enumerate(own):
            low, high = exact_ends(piece.sheet.ends)
            along = [inputs[i] for i in piece.sheet.along]
            link = None if piece.link is None else new.get(places[piece.link])
            if root is None:
                point = self._representative(piece, along)
            elif link is None:
                continue
            else:
                point = self._point(piece.point, along)
            if point is None:
                if root is None:
                    return None
                continue
            root = root or point
            new[place] = len(parts)
            parts.append({
                "low": [str(v) for v in low], "high": [str(v) for v in high], "along": along,
                "fields": list(piece.sheet.fields), "swept": piece.sheet.sweep is not None,
                "at": [str(v) for v in point[0]], "within": [str(v) for v in point[1]], "link": link,
            })  # fmt: skip
        fields = self.found.families.fields if self.found.families is not None else ()
        names = sorted({name_of(fields[n], self.problem) for part in parts for n in part["fields"]})
        if root is None:
            return None
        try:
            entry = self._entry(root, parts[0]["along"], tuple(names), len(parts))
            return replace(entry, trace=self._trace(own)), parts
        except AttnverifyError:
            return None

    def _trace(self, own: Sequence[Linked]) -> tuple[tuple[float, ...], ...]:
        from numerics.landscape_links import samples

        families = self.found.families
        if families is None or self.found.tape.inputs != 2:
            return ()
        return tuple(tuple(x) for piece in own for x in samples(families, piece.sheet).T.tolist())

    def _entry(
        self, root: tuple[list[Fraction], list[Fraction]], along: Sequence[int], names: tuple[str, ...], boxes: int
    ) -> CriticalFamily:
        from verify.expr.ball import precision
        from verify.landscape import rounded
        from verify.recheck.boxes import domain_box
        from verify.recheck.families import BITS, index_of, kind_of_family
        from verify.recheck.landscape import box_around, surrounds

        with precision(BITS):
            box = box_around(*root)
            index = index_of(self.checker, box, along)
            value = rounded(self.checker.value_in(box))
        inside = "yes" if surrounds(domain_box(self.problem), box) else "unknown"
        at = dict(zip(self.problem.entry_names, zip(*root, strict=True), strict=True))
        kind = kind_of_family(len(along), index, len(root[0]))
        return CriticalFamily(len(along), names, at, value, index, kind, inside, boxes)

    def _representative(self, piece: Linked, along: Sequence[int]) -> tuple[list[Fraction], list[Fraction]] | None:
        """Return a point of a piece, with simple coordinates if there is one in its box and in the domain."""
        from numerics.landscape_links import simple_point

        families = self.found.families
        simple = simple_point(families, piece.sheet) if families is not None else None
        if simple is not None:
            return self._point(simple[1], along, dict(zip(along, simple[0], strict=True)))
        return self._point(piece.point, along)

    def _point(
        self, x: Any, along: Sequence[int], fixed: Mapping[int, Fraction] | None = None
    ) -> tuple[list[Fraction], list[Fraction]] | None:
        """Return center and radii around the critical point over some coordinates along; exact where it is simple."""
        import numpy as np

        from verify.landscape import is_stationary

        start = np.zeros(self.found.tape.inputs)
        start[self.found.inputs] = x
        if self.found.solved:
            ranges = self.found.engine.contractor.solved_ranges(np.stack([-x, x], axis=1)[:, :, None])
            start[self.found.solved] = 0.5 * (ranges[:, 1, 0] - ranges[:, 0, 0])
        if not np.isfinite(start).all():
            return None
        if fixed is None:
            fixed = {n: Fraction(float(start[n])) for n in along}
        else:
            simple = [fixed.get(n, Fraction(float(v)).limit_denominator(1000)) for n, v in enumerate(start)]
            near = max(abs(float(a) - b) for a, b in zip(simple, start, strict=True)) < 1e-9
            if near and is_stationary(self.problem, simple):
                return simple, [Fraction(0)] * len(simple)
        point = _refined(self.found.tape, start, fixed)
        if point is None:
            return None
        reach = RADIUS * max(1, *(int(abs(value)) + 1 for value in point))
        return point, [Fraction(0) if n in fixed else reach for n in range(len(point))]


def _refined(tape: Any, x: Any, fixed: Mapping[int, Fraction]) -> list[Fraction] | None:
    """Return a zero, to many digits, of the derivatives by the entries that are not fixed, by Newton steps in balls."""
    from flint import arb, arb_mat

    from verify.expr.ball import precision, rational
    from verify.recheck.families import BITS
    from verify.recheck.jets import run

    with precision(BITS):
        at = [arb(rational(fixed[n])) if n in fixed else arb(float(v)) for n, v in enumerate(x)]
        free = [n for n in range(len(at)) if n not in fixed]
        for _ in range(8):
            over = run(tape, at, second=True)
            if over is None or over.rough:
                return None
            rows, slopes = over.hessian(), over.gradient()
            try:
                step = arb_mat([[arb(rows[i][j].mid()) for j in free] for i in free]).solve(
                    arb_mat([[arb(slopes[i].mid())] for i in free])
                )
            except ZeroDivisionError:
                return None
            for row, n in enumerate(free):
                at[n] = arb((at[n] - step[row, 0]).mid())
            if all(abs(float(step[row, 0].mid())) < 1e-40 for row in range(len(free))):
                break
        out = []
        for n, value in enumerate(at):
            if n in fixed:
                out.append(fixed[n])
                continue
            if not value.is_finite():
                return None
            scaled = (value * arb(10) ** DIGITS).mid() + arb(1) / 2
            out.append(Fraction(int(str(scaled.floor().unique_fmpz())), 10**DIGITS))
        return out
