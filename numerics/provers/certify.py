"""Certifies candidates for counterexamples: floats are rounded to simple numbers, and the trusted check decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np

from numerics.budget import Budget
from numerics.finding import Finding
from numerics.provers.described import described, rounded
from numerics.provers.kinked_points import clarke_evidence
from numerics.provers.shrink import shrunk
from numerics.provers.symmetry import symmetries
from numerics.search import Array, Landscape
from verify.claim import CLARKE, GLOBAL, LOCAL, SECOND_ORDER, STRICT, Claim
from verify.errors import AttnverifyError
from verify.recheck import witness
from verify.recheck.points import Point

TOLERANCES = (1e-3, 1e-5, 1e-7, 1e-9)
"""Half-widths within which a float coordinate is replaced by the simplest rational."""

RADII = ("1/1000000000", "1/10000000", "1/100000")
"""Radii of Krawczyk boxes, smallest first."""

SHRINKING = 1.0
"""Seconds spent on making a witness simpler."""

FLAT = 1e-7
"""Relative size below which a float curvature counts as zero when choosing a method."""


def rational_evidence(claim: Claim, coordinates: Sequence[Fraction]) -> dict[str, Any]:
    """Return the evidence for a witness with these coordinates."""
    named = dict(zip(claim.entry_names, map(str, coordinates), strict=True))
    return {"point": {"coordinates": named}, "symmetries": [], "fixed": []}


@dataclass
class Certifier:
    """Turns floating-point candidates against a claim into refutations that the trusted check has accepted.

    Attributes:
        budget: time for all attempts; seed: of the search for symmetries.
        effort: handed on with every finding.
        reason: why the last attempt was rejected.
    """

    claim: Claim
    budget: Budget
    seed: int
    effort: dict[str, str]
    reason: str = ""

    def accepted(self, evidence: dict[str, Any], method: str) -> Finding | None:
        """Return the finding where the trusted check accepts the evidence, else None."""
        try:
            return self._finding(witness.examine(self.claim, evidence), evidence, method)
        except AttnverifyError as reason:
            self.reason = str(reason)
        except (ArithmeticError, ValueError) as reason:
            self.reason = repr(reason)
        return None

    def _finding(self, point: Point, evidence: dict[str, Any], method: str) -> Finding:
        shown, values = described(self.claim, point)
        level = "ball" if point.uses_balls else "exact"
        return Finding(
            "refuted", level, "witness", evidence, witness=shown, values=values, method=method, effort=self.effort
        )

    def at(self, coordinates: Sequence[Fraction], method: str) -> Finding | None:
        """Return the refutation at an exact point."""
        return self.accepted(rational_evidence(self.claim, coordinates), method)

    def near(self, x: Array, method: str) -> Finding | None:
        """Return the refutation at the simplest rationals near ``x``."""
        for tolerance in (1e-1, 1e-2, *TOLERANCES):
            coordinates = rounded(x, tolerance, self.claim)
            if self.at(coordinates, method) is not None:
                return self.simplified(coordinates, method)
        return None

    def simplified(self, coordinates: Sequence[Fraction], method: str, *, seconds: float = SHRINKING) -> Finding | None:
        """Return the refutation at the simplest point to which one that refutes can be shrunk."""
        return self.at(shrunk(coordinates, self._refutes, self.budget.at_most(seconds)), method)

    def _refutes(self, coordinates: Sequence[Fraction]) -> bool:
        try:
            witness.examine(self.claim, rational_evidence(self.claim, coordinates))
        except (AttnverifyError, ArithmeticError, ValueError):
            return False
        return True

    def stationary(self, land: Landscape, x: Array) -> Finding | None:
        """Return the refutation by a rational stationary point near ``x``, across symmetries where it is flat."""
        if self.claim.every == GLOBAL:
            return None
        for tolerance in TOLERANCES:
            evidence = rational_evidence(self.claim, rounded(x, tolerance, self.claim))
            finding = self.accepted(evidence, "an exact stationary point")
            if finding is not None:
                return finding
            if self.claim.every == CLARKE and (found := clarke_evidence(self.claim, evidence, self.budget.part(0.2))):
                finding = self.accepted({**evidence, "clarke": found}, "a combination of limiting gradients is zero")
                if finding is not None:
                    return finding
            if "Hessian" not in self.reason:
                continue
            finding = self._across_orbits(evidence, x, land)
            if finding is not None:
                return finding
        return None

    def _across_orbits(self, evidence: dict[str, Any], x: Array, land: Landscape) -> Finding | None:
        """A minimum that is flat only along symmetries of the objective."""
        if self.claim.every not in (LOCAL, SECOND_ORDER):
            return None
        for fields, fixed in self._slices(land, x):
            sliced = {**evidence, "symmetries": [f.data for f in fields], "fixed": list(fixed)}
            finding = self.accepted(sliced, "an exact minimum modulo symmetries")
            if finding is not None:
                return finding
        return None

    def _slices(self, land: Landscape, x: Array) -> Iterator[tuple[list[Any], tuple[int, ...]]]:
        """Yield symmetry fields whose number is the nullity, with coordinates across which they move the point."""
        hessian = land.hessian(x[None])[0]
        if not np.isfinite(hessian).all():
            return
        values = np.linalg.eigvalsh(hessian)
        nullity = int((np.abs(values) <= FLAT * (1 + np.abs(values).max())).sum())
        if nullity == 0 or nullity == len(x):
            return
        fields = symmetries(self.claim, self.seed, self.budget)
        moved = [(f, f.at(x)) for f in fields]
        moved = [(f, v) for f, v in moved if np.abs(v).max() > 1e-6]
        for chosen in list(combinations(moved, nullity))[:40]:
            matrix = np.array([v for _, v in chosen])
            best = max(
                combinations(range(len(x)), nullity),
                key=lambda places: abs(np.linalg.det(matrix[:, places])),
            )
            if abs(np.linalg.det(matrix[:, best])) > 1e-6:
                yield [f for f, _ in chosen], best

    def in_box(self, land: Landscape, x: Array) -> Finding | None:
        """Return the refutation by a box with exactly one stationary point (of a slice, where there are symmetries)."""
        slices: list[tuple[list[Any], tuple[int, ...]]] = [([], ())]
        if self.claim.every != STRICT:
            slices += list(self._slices(land, x))
        for fields, fixed in slices:
            center = [Fraction(float(value)) for value in x]
            for place in fixed:
                center[place] = Fraction(float(x[place])).limit_denominator(1000)
            center = _polished_on_slice(land, center, fixed)
            for radius in RADII:
                named = dict(zip(self.claim.entry_names, map(str, center), strict=True))
                evidence = {
                    "point": {"center": named, "radius": radius, "fixed": list(fixed)},
                    "symmetries": [f.data for f in fields], "fixed": list(fixed),
                }  # fmt: skip
                finding = self.accepted(evidence, "a box with exactly one stationary point (Krawczyk)")
                if finding is not None:
                    return finding
        return None


def _polished_on_slice(land: Landscape, center: list[Fraction], fixed: Sequence[int]) -> list[Fraction]:
    """Newton steps within the slice, so that the center is stationary there to float precision."""
    free = [place for place in range(len(center)) if place not in fixed]
    x = np.array([float(value) for value in center])
    for _ in range(20):
        slope = land.gradient(x[None])[0][free]
        hessian = land.hessian(x[None])[0][np.ix_(free, free)]
        if not (np.isfinite(slope).all() and np.isfinite(hessian).all()):
            break
        step = np.linalg.lstsq(hessian, -slope, rcond=None)[0]
        if np.abs(step).max(initial=0) > 0.1:
            break
        x[free] += step
        if np.abs(step).max(initial=0) < 1e-15:
            break
    return [center[place] if place in fixed else Fraction(float(x[place])) for place in range(len(center))]
