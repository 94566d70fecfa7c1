"""Lipschitz inequalities by a bound of the derivative at the corners of the unit ball, or in every direction."""

from __future__ import annotations

from itertools import permutations

from numerics.budget import Budget, OutOfTime
from numerics.finding import Finding
from numerics.provers import boxes, emptiness
from verify.claim import POINT, Claim
from verify.errors import AttnverifyError
from verify.recheck.chord import derivative_claim
from verify.system import PROVED


def decide(claim: Claim, budget: Budget) -> Finding | None:
    """Return a proof, or None."""
    if claim.every != POINT:
        return None
    for x, z in permutations(claim.parameters, 2):
        try:
            problem = derivative_claim(claim, x.name, z.name)
        except AttnverifyError:
            continue
        return _proved(problem, x.name, z.name, budget)  # the two orders say the same
    return None


def _proved(problem: Claim, x: str, z: str, budget: Budget) -> Finding | None:
    try:
        found, _ = emptiness.decide(problem, PROVED, budget.part(0.7))
        if found is None:
            found, _ = boxes.decide(problem, PROVED, budget.part(0.6))
    except OutOfTime:
        return None
    if found is None:
        return None
    method = "no two points violate the conclusion: the derivative is bounded, and differences are its means"
    evidence = {"from": x, "to": z, "proof": {"kind": found.kind, "evidence": found.evidence}}
    return Finding(PROVED, found.level, "chord", evidence, method=method)
