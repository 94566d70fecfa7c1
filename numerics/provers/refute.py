"""Looks for a counterexample: find in floating point, round to simple numbers, certify.

Every candidate is put through the trusted check before it is returned, so that a finding here is already a proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np

from numerics.budget import Budget, OutOfTime
from numerics.finding import Finding
from numerics.provers.candidates import SLACK, complexity, curvature_excess, defect, simple_violations
from numerics.provers.described import described, rational_value, rounded, shown_point
from numerics.provers.encode import Tree
from numerics.provers.kinked_points import clarke_evidence, lowest_points
from numerics.provers.shrink import shrunk
from numerics.provers.solving import linear_blocks, solved_coordinates
from numerics.provers.symmetry import symmetries
from numerics.search import (
    Array,
    Landscape,
    batch_function,
    domain,
    feasible_points,
    landscape,
    merged,
    starts,
    stationary_points,
)
from verify.claim import CLARKE, GLOBAL, LOCAL, POINT, SECOND_ORDER, STATIONARY, STRICT, Claim
from verify.errors import AttnverifyError, InvalidInput
from verify.expr import build
from verify.expr.derive import kinks
from verify.expr.node import Expr, topological
from verify.logic import EIGENVALUES, cases, conjoin
from verify.recheck import witness
from verify.recheck.points import Point, open_point
from verify.system import derivatives

TOLERANCES = (1e-3, 1e-5, 1e-7, 1e-9)
"""Half-widths within which a float coordinate is replaced by the simplest rational."""

RADII = ("1/1000000000", "1/10000000", "1/100000")
"""Radii of Krawczyk boxes, smallest first."""

NEAR_KINK = 1e-2
"""Distance (in the unit of a kink's argument) below which a candidate is tried last."""

SHRINKING = 1.0
"""Seconds spent on making a witness simpler."""

FAR = (10.0, 100.0)
"""Factors by which starting points are moved out where curvature or slope may grow along a valley."""

FLAT = 1e-7
"""Relative size below which a float curvature counts as zero when choosing a method."""


@dataclass
class Refuter:
    """Searches a counterexample to one claim; keeps the closest approach."""

    claim: Claim
    budget: Budget
    seed: int
    thorough: bool = True
    effort: dict[str, str] = field(default_factory=dict)
    closest: str = ""
    _last_reason: str = ""
    _lowest: float = np.inf

    def find(self) -> Finding | None:
        """Return a certified refutation, or None."""
        rng = np.random.default_rng(self.seed)
        try:
            if self.claim.every == POINT or self.claim.within is not None:
                return self._from_inequalities(rng)
            if self.claim.every in (STATIONARY, CLARKE, SECOND_ORDER, LOCAL, STRICT, GLOBAL):
                return self._from_stationary_points(rng)
        except (OutOfTime, InvalidInput):
            return None
        return None

    # --- candidates ---

    def _from_inequalities(self, rng: np.random.Generator) -> Finding | None:
        claim = self.claim
        low, high = domain(claim)
        points = starts(claim, 4000, rng)
        tried = 0
        for case in self._failing_cases():
            functions = batch_function(claim, [defect(literal) for literal in case] + self._within_defect())
            strict = np.array(
                [literal.relation in ("<", "!=") for literal in case] + [False] * bool(self._within_defect())
            )

            def defects(x: Array, functions: Any = functions, strict: Array = strict) -> Array:
                values = np.stack(functions(x), axis=1)
                return values + np.where(strict, 1e-12, 0) * (1 + np.abs(values))

            for x in simple_violations(defects, low, high):
                finding = self._at_simple_point(x, "an exact point")
                if finding is not None:
                    return finding
            begin = np.vstack([points, *self._extremes(case, points)])
            found = feasible_points(defects, begin, low, high, rng=rng, budget=self.budget.part(0.5))
            tried += len(points)
            promising = [x for x in found if defects(x[None])[0].max(initial=-np.inf) <= SLACK]
            for x in promising[:8]:
                finding = self._at_simple_point(x, "an exact point")
                if finding is not None:
                    return finding
        self.effort["points searched"] = str(tried)
        return None

    def _extremes(self, case: Any, points: Array) -> list[Array]:
        """Stationary points of a single inequality's defect, where a bound that is tight is violated or attained."""
        if len(case) != 1 or case[0].relation == "!=" or self.claim.within is not None:
            return []
        probe = replace(self.claim, objective=case[0].value)
        try:
            land = landscape(probe)
            found = stationary_points(land, points[:64], minima=True, budget=self.budget.part(0.3), steps=40)
        except (InvalidInput, np.linalg.LinAlgError):
            return []
        return [self._in_domain(merged(found)[:64])] if len(found) else []

    def _failing_cases(self) -> list[Any]:
        claim = self.claim
        assert claim.satisfies is not None
        hypotheses = conjoin([cases(condition) for _, condition in claim.assumptions])
        found = conjoin([hypotheses, cases(claim.satisfies, negate=True)])
        return found

    def _within_defect(self) -> list[Expr]:
        claim = self.claim
        if claim.within is None or claim.objective is None:
            return []

        slopes = derivatives(claim.objective, tuple(claim.symbols))[0]
        square = build.number(0)
        for slope in slopes:
            square = build.add(square, build.integer_power(slope, 2))
        return [build.sub(square, build.number(claim.within**2))]

    def _from_stationary_points(self, rng: np.random.Generator) -> Finding | None:
        land = landscape(self.claim)
        begin = starts(self.claim, 256, rng)
        if self.claim.mentions_derivatives:
            begin = np.vstack([begin, *(self._in_domain(begin[:64] * factor) for factor in FAR)])
        wants_minima = self.claim.every in (LOCAL, STRICT, GLOBAL)
        found = [stationary_points(land, begin, minima=True, budget=self.budget.part(0.4))]
        if not wants_minima or self.claim.every != GLOBAL:
            found.append(stationary_points(land, begin, minima=False, budget=self.budget.part(0.4)))
        everything = np.vstack([np.zeros((1, land.size)), *found])
        if self.claim.every == GLOBAL:
            from numerics.provers.boxes import low_points

            low = [[float(value) for value in point] for point in low_points(self.claim)]
            everything = np.vstack([everything, np.array(low)])
        if self._kinked and self.claim.every != SECOND_ORDER:
            everything = np.vstack([everything, *self._at_kinks(land, begin)])
        points = merged(self._in_domain(everything))[:200]
        self.effort["starts"] = str(len(begin))
        self.effort["stationary points found"] = str(len(points))
        chosen = list(self._promising(land, points)) if len(points) else []
        near_kink = self._near_kink()
        chosen.sort(key=lambda x: (near_kink(x), *complexity(x)))
        chosen = chosen[:24]
        values = np.nan_to_num(land.value(points), nan=np.inf)
        self._lowest = float(values.min(initial=np.inf))
        for x in chosen:
            self.budget.check()
            finding = self._rationally(land, x)
            if finding is not None:
                return finding
        chosen = [x for x in chosen if not self._fits_at_simple_point(x)]
        bounded = self.thorough or self.claim.every == GLOBAL or self._kinked
        attempts = [self._by_box, *[self._by_lower_bound] * bounded, self._by_solving]
        for attempt in attempts:
            for x in chosen:
                self.budget.check()
                finding = attempt(land, x)
                if finding is not None:
                    return finding
        if chosen:
            self.closest = f"a floating-point candidate near {shown_point(chosen[0])} could not be certified"
        return None

    @property
    def _kinked(self) -> bool:
        return self.claim.objective is not None and bool(kinks(self.claim.objective))

    def _at_kinks(self, land: Landscape, begin: Array) -> list[Array]:
        """Points where the objective, and for Clarke stationary points also its negative, is locally least."""
        found = [lowest_points(land.value, begin, self.budget.part(0.2), seed=self.seed)]
        if self.claim.every == CLARKE:
            found.append(lowest_points(lambda x: -land.value(x), begin, self.budget.part(0.2), seed=self.seed))
        return [np.round(points, 12) for points in found]

    def _near_kink(self) -> Callable[[Array], bool]:
        """Return whether the objective is, in floats, at or next to a kink."""
        assert self.claim.objective is not None
        arrays = kinks(self.claim.objective)
        if not arrays:
            return lambda x: False
        compiled = batch_function(self.claim, arrays)
        return lambda x: any(np.abs(value).min(initial=1.0) < NEAR_KINK for value in compiled(x[None]))

    def _in_domain(self, points: Array) -> Array:
        low, high = domain(self.claim)
        return points[((points >= low - SLACK) & (points <= high + SLACK)).all(axis=1)]

    def _promising(self, land: Landscape, points: Array) -> Array:
        """Return the points that, up to float slack, meet the hypotheses and violate the conclusion."""
        good = np.zeros(len(points), dtype=bool)
        for case in self._failing_cases():
            good |= self._nearly(land, case, points)
        if self.claim.every in (SECOND_ORDER, LOCAL, STRICT) and good.any():
            hessian = np.nan_to_num(land.hessian(points))
            least = np.linalg.eigvalsh(hessian)[:, 0]
            good &= least >= -SLACK * (1 + np.abs(hessian).max(axis=(1, 2)))
        return points[good]

    def _nearly(self, land: Landscape, case: Any, points: Array) -> Array:
        good = np.ones(len(points), dtype=bool)
        for literal in case:
            if any(node.op in EIGENVALUES for node in topological(literal.value)):
                excess = curvature_excess(self.claim, land, literal, points)
                good &= True if excess is None else excess <= SLACK  # decided exactly later
                continue
            with np.errstate(all="ignore"):
                value = batch_function(self.claim, [literal.value])(points)[0]
            if literal.relation == "==":
                good &= np.abs(value) <= SLACK
            elif literal.relation in ("<", "<="):
                good &= value <= SLACK
        return good

    # --- certification ---

    def _certified(self, evidence: dict[str, Any], method: str) -> Finding | None:
        try:
            return self._finding(witness.examine(self.claim, evidence), evidence, method)
        except AttnverifyError as reason:
            self._last_reason = str(reason)
        except (ArithmeticError, ValueError) as reason:
            self._last_reason = repr(reason)
        return None

    def _finding(self, point: Point, evidence: dict[str, Any], method: str) -> Finding:
        shown, values = described(self.claim, point)
        level = "ball" if point.uses_balls else "exact"
        return Finding(
            "refuted", level, "witness", evidence, witness=shown, values=values, method=method, effort=self.effort
        )

    def _at_simple_point(self, x: Array, method: str) -> Finding | None:
        """Certify at the simplest rationals near ``x``."""
        for tolerance in (1e-1, 1e-2, *TOLERANCES):
            coordinates = rounded(x, tolerance, self.claim)
            if self._certified(self._rational_evidence(coordinates), method) is not None:
                simple = shrunk(coordinates, self._refutes, self.budget.at_most(SHRINKING))
                return self._certified(self._rational_evidence(simple), method)
        return None

    def _refutes(self, coordinates: Sequence[Fraction]) -> bool:
        try:
            witness.examine(self.claim, self._rational_evidence(coordinates))
        except (AttnverifyError, ArithmeticError, ValueError):
            return False
        return True

    def _rational_evidence(self, coordinates: Sequence[Fraction]) -> dict[str, Any]:
        named = dict(zip(self.claim.entry_names, map(str, coordinates), strict=True))
        return {"point": {"coordinates": named}, "symmetries": [], "fixed": []}

    def _fits_at_simple_point(self, x: Array) -> bool:
        """Whether the point is an exact stationary point next to x at which the conclusion holds after all."""
        assert self.claim.objective is not None
        assert self.claim.satisfies is not None
        for tolerance in TOLERANCES:
            point = open_point(self.claim, self._rational_evidence(rounded(x, tolerance, self.claim))["point"])
            self.budget.check()
            try:
                if not point.holds(self.claim.satisfies):
                    continue
                space, slopes = point.gradient()
                if all(space.sign(slope) == 0 for slope in slopes):
                    return True
            except (AttnverifyError, ArithmeticError):
                continue
        return False

    def _rationally(self, land: Landscape, x: Array) -> Finding | None:
        if self.claim.every == GLOBAL:
            return None
        for tolerance in TOLERANCES:
            evidence = self._rational_evidence(rounded(x, tolerance, self.claim))
            finding = self._certified(evidence, "an exact stationary point")
            if finding is not None:
                return finding
            if self.claim.every == CLARKE and (found := clarke_evidence(self.claim, evidence, self.budget.part(0.2))):
                finding = self._certified({**evidence, "clarke": found}, "a combination of limiting gradients is zero")
                if finding is not None:
                    return finding
            if "Hessian" not in self._last_reason:
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
            finding = self._certified(sliced, "an exact minimum modulo symmetries")
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

    def _by_lower_bound(self, land: Landscape, x: Array) -> Finding | None:
        """A minimum shown by a proof that the objective is nowhere near (or nowhere) lower."""
        if self.claim.every not in (LOCAL, STRICT, GLOBAL):
            return None
        from numerics.provers.emptiness import prove_cases
        from verify.recheck.points import ExactPoint

        for tolerance in TOLERANCES[:3]:
            center = rounded(x, tolerance, self.claim)
            evidence = self._rational_evidence(center)
            point = open_point(self.claim, evidence["point"])
            assert isinstance(point, ExactPoint)
            assert self.claim.objective is not None
            value = rational_value(point, self.claim.objective)
            if value is None:
                continue
            for radius in (None,) if self.claim.every == GLOBAL else (Fraction(1, 4), Fraction(1, 100)):
                strict = self.claim.every == STRICT
                bound = witness.lower_bound_claim(
                    self.claim, value, center if radius is not None or strict else None, radius, strict=strict
                )
                trees = prove_cases(bound, "proved", self.budget.part(0.2, 0.5))
                if trees is None:
                    continue
                data: Tree = {"value": str(value), "cases": trees}
                if radius is not None:
                    data["radius"] = str(radius)
                finding = self._certified({**evidence, "lower_bound": data}, "a minimum with a proved lower bound")
                if finding is not None:
                    return finding
        return None

    def _by_solving(self, land: Landscape, x: Array) -> Finding | None:
        """Round all coordinates but a few, solve the gradient exactly for these, and bound the objective below.

        Meant for minima that fill a family, of which some member has all but a few coordinates rational.
        """
        if self.claim.every not in (STATIONARY, CLARKE, SECOND_ORDER, LOCAL, GLOBAL):
            return None
        for tolerance in (0.3, 1e-2):
            for places in linear_blocks(self.claim):
                self.budget.check()
                coordinates = solved_coordinates(self.claim, rounded(x, tolerance, self.claim), places)
                if coordinates is None:
                    continue
                evidence: dict[str, Any] = {
                    "point": {"coordinates": dict(zip(self.claim.entry_names, coordinates, strict=True))},
                    "symmetries": [], "fixed": [],
                }  # fmt: skip
                finding = self._certified(evidence, "an exact stationary point, solved for some coordinates")
                if finding is None and "Hessian" in self._last_reason:
                    finding = self._with_lower_bound(evidence)
                if finding is not None:
                    return finding
        return None

    def _with_lower_bound(self, evidence: dict[str, Any]) -> Finding | None:
        """Add a proof that the objective is nowhere lower than at the point."""
        from numerics.provers.emptiness import prove_cases

        value = rational_value(open_point(self.claim, evidence["point"]), self.claim.objective)
        if value is None or float(value) > self._lowest + SLACK:
            return None
        everywhere = self.claim.every != GLOBAL
        bound = witness.lower_bound_claim(self.claim, value, None, None, strict=False, everywhere=everywhere)
        trees = prove_cases(bound, "proved", self.budget.part(0.2, 0.5))
        if trees is None:
            return None
        with_bound = {**evidence, "lower_bound": {"value": str(value), "cases": trees}}
        return self._certified(with_bound, "a minimum with a proved lower bound")

    def _by_box(self, land: Landscape, x: Array) -> Finding | None:
        """A box that holds exactly one stationary point (of a slice, where the objective has symmetries)."""
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
                finding = self._certified(evidence, "a box with exactly one stationary point (Krawczyk)")
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
