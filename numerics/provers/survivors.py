"""Counterexamples among algebraic points: what the exact case distinction could not exclude."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numerics.budget import Budget, OutOfTime
from numerics.finding import Finding
from numerics.provers.described import described, rational_value
from numerics.provers.emptiness import prove_cases
from numerics.provers.tree import TreeProver
from verify.branch import Branch
from verify.claim import GLOBAL, POINT, STATIONARY, Claim
from verify.errors import AttnverifyError
from verify.expr import build
from verify.expr.node import topological
from verify.logic import EIGENVALUES, cases
from verify.recheck import witness
from verify.recheck.points import open_point
from verify.recheck.roots import real_roots
from verify.system import PROVED, goal_cases


def refutation_from(claim: Claim, survivors: Sequence[tuple[Branch, Any]], budget: Budget) -> Finding | None:
    """Return a certified refutation at one of the surviving points (modulus, images, values), or None."""
    for branch, (modulus, images, values) in survivors[:40]:
        if budget.left <= 0:
            return None
        evidence = _evidence(claim, branch, modulus, images, values)
        if claim.every == GLOBAL:
            evidence = _with_lower_bound(claim, evidence, budget)
        try:
            point = witness.examine(claim, evidence)
        except (AttnverifyError, ArithmeticError, ValueError, KeyError):
            continue
        shown, quantities = described(claim, point)
        level = "ball" if point.uses_balls else "exact"
        return Finding(
            "refuted", level, "witness", evidence, witness=shown, values=quantities,
            method="an algebraic point found by elimination",
        )  # fmt: skip
    return None


def refutation_at_extremes(claim: Claim, budget: Budget) -> Finding | None:
    """Return a certified refutation at an algebraic stationary point of a single inequality's defect, or None.

    There a bound that holds everywhere else is attained: (x**2 - 2)**2 > 0 fails at the root of two only.
    """
    if claim.every != POINT or claim.satisfies is None or claim.assumptions:
        return None
    never = build.compare("<", build.number(1), build.number(0))
    for case in cases(claim.satisfies, negate=True):
        if len(case) != 1 or case[0].relation == "!=" or any(n.op in EIGENVALUES for n in topological(case[0].value)):
            continue
        probe = replace(claim, objective=case[0].value, every=STATIONARY, satisfies=never)
        prover = TreeProver(budget.part(0.5), effort=0, exhaustive=True)
        try:
            for branch in (Branch.root(probe, part) for part in goal_cases(probe, PROVED)):
                prover.prove(branch)
        except (AttnverifyError, OutOfTime, ValueError):
            pass
        found = refutation_from(claim, prover.survivors, budget)
        if found is not None:
            return found
    return None


def _with_lower_bound(claim: Claim, evidence: dict[str, Any], budget: Budget) -> dict[str, Any]:
    """Add a proof that the objective is nowhere lower, where its value at the point is rational."""
    try:
        point = open_point(claim, evidence["point"])
        value = rational_value(point, claim.objective)
    except AttnverifyError:
        return evidence
    if value is None:
        return evidence
    trees = prove_cases(witness.lower_bound_claim(claim, value, None, None, strict=False), "proved", budget.part(0.5))
    return evidence if trees is None else {**evidence, "lower_bound": {"value": str(value), "cases": trees}}


def _evidence(claim: Claim, branch: Branch, modulus: Any, images: Any, values: Any) -> dict[str, Any]:
    position = branch.system.ring.position
    chosen = {name: images[position[name]] for name in claim.entry_names}
    if modulus.degree() == 1:
        root = -modulus[0] / modulus[1]
        coordinates: dict[str, Any] = {name: str(image(root)) for name, image in chosen.items()}
        return {"point": {"coordinates": coordinates}, "symmetries": [], "fixed": []}
    roots = real_roots(modulus)
    number = next(
        k for k, root in enumerate(roots)
        if all(_at(image, root).overlaps(values[position[name]]) for name, image in chosen.items())
    )  # fmt: skip
    point = {
        "coordinates": {name: [str(c) for c in image.coeffs()] for name, image in chosen.items()},
        "modulus": [str(c) for c in modulus.coeffs()], "root": number,
    }  # fmt: skip
    return {"point": point, "symmetries": [], "fixed": []}


def _at(image: Any, root: Any) -> Any:
    from flint import arb

    from verify.recheck.roots import horner

    return arb(horner(image, root))
