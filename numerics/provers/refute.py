"""Looks for a counterexample: find in floating point, round to simple numbers, certify.

Every candidate is put through the trusted check before it is returned, so that a finding here is already a proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from numerics.budget import Budget, OutOfTime
from numerics.finding import Finding
from numerics.provers.candidates import (
    SLACK,
    complexity,
    defect,
    failing_cases,
    inside,
    promising,
    simple_violations,
    within_defect,
)
from numerics.provers.certify import TOLERANCES, Certifier, rational_evidence
from numerics.provers.described import rational_value, rounded, shown_point
from numerics.provers.encode import Tree
from numerics.provers.kinked_points import lowest_points
from numerics.provers.solving import linear_blocks, solved_coordinates
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
from verify.expr.derive import kinks
from verify.recheck import witness
from verify.recheck.points import open_point

NEAR_KINK = 1e-2
"""Distance (in the unit of a kink's argument) below which a candidate is tried last."""

FAR = (10.0, 100.0)
"""Factors by which starting points are moved out where curvature or slope may grow along a valley."""


@dataclass
class Refuter:
    """Searches a counterexample to one claim; keeps the closest approach."""

    claim: Claim
    budget: Budget
    seed: int
    thorough: bool = True
    effort: dict[str, str] = field(default_factory=dict)
    closest: str = ""
    _lowest: float = np.inf

    def __post_init__(self) -> None:
        self.certify = Certifier(self.claim, self.budget, self.seed, self.effort)

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
        nearness = within_defect(claim)
        tried = 0
        for case in failing_cases(claim):
            functions = batch_function(claim, [defect(literal) for literal in case] + nearness)
            strict = np.array([literal.relation in ("<", "!=") for literal in case] + [False] * len(nearness))

            def defects(x: Array, functions: Any = functions, strict: Array = strict) -> Array:
                values = np.stack(functions(x), axis=1)
                return values + np.where(strict, 1e-12, 0) * (1 + np.abs(values))

            for x in simple_violations(defects, low, high):
                finding = self.certify.near(x, "an exact point")
                if finding is not None:
                    return finding
            begin = np.vstack([points, *self._extremes(case, points)])
            found = feasible_points(defects, begin, low, high, rng=rng, budget=self.budget.part(0.5))
            tried += len(points)
            nearly = [x for x in found if defects(x[None])[0].max(initial=-np.inf) <= SLACK]
            for x in nearly[:8]:
                finding = self.certify.near(x, "an exact point")
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
        return [inside(self.claim, merged(found)[:64])] if len(found) else []

    def _from_stationary_points(self, rng: np.random.Generator) -> Finding | None:
        land = landscape(self.claim)
        begin = starts(self.claim, 256, rng)
        if self.claim.mentions_derivatives:
            begin = np.vstack([begin, *(inside(self.claim, begin[:64] * factor) for factor in FAR)])
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
        points = merged(inside(self.claim, everything))[:200]
        self.effort["starts"] = str(len(begin))
        self.effort["stationary points found"] = str(len(points))
        chosen = list(promising(self.claim, land, points)) if len(points) else []
        near_kink = self._near_kink()
        chosen.sort(key=lambda x: (near_kink(x), *complexity(x)))
        chosen = chosen[:24]
        values = np.nan_to_num(land.value(points), nan=np.inf)
        self._lowest = float(values.min(initial=np.inf))
        for x in chosen:
            self.budget.check()
            finding = self.certify.stationary(land, x)
            if finding is not None:
                return finding
        chosen = [x for x in chosen if not self._fits_at_simple_point(x)]
        bounded = self.thorough or self.claim.every == GLOBAL or self._kinked
        attempts = [self.certify.in_box, *[self._by_lower_bound] * bounded, self._by_solving]
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

    # --- certification that takes a search of its own ---

    def _fits_at_simple_point(self, x: Array) -> bool:
        """Whether the point is an exact stationary point next to x at which the conclusion holds after all."""
        assert self.claim.objective is not None
        assert self.claim.satisfies is not None
        for tolerance in TOLERANCES:
            point = open_point(self.claim, rational_evidence(self.claim, rounded(x, tolerance, self.claim))["point"])
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

    def _by_lower_bound(self, land: Landscape, x: Array) -> Finding | None:
        """A minimum shown by a proof that the objective is nowhere near (or nowhere) lower."""
        if self.claim.every not in (LOCAL, STRICT, GLOBAL):
            return None
        from numerics.provers.emptiness import prove_cases
        from verify.recheck.points import ExactPoint

        for tolerance in TOLERANCES[:3]:
            center = rounded(x, tolerance, self.claim)
            evidence = rational_evidence(self.claim, center)
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
                finding = self.certify.accepted(
                    {**evidence, "lower_bound": data}, "a minimum with a proved lower bound"
                )
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
                finding = self.certify.accepted(evidence, "an exact stationary point, solved for some coordinates")
                if finding is None and "Hessian" in self.certify.reason:
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
        return self.certify.accepted(with_bound, "a minimum with a proved lower bound")
