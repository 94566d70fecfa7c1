"""Proofs and vacuity by excluding every case: one tree per case, or none."""

from __future__ import annotations

from typing import Any

from numerics.budget import Budget, OutOfTime
from numerics.finding import Finding
from numerics.provers.encode import Tree
from numerics.provers.tree import TreeProver
from verify.branch import Branch
from verify.claim import Claim
from verify.errors import AttnverifyError, Rejected
from verify.recheck import emptiness
from verify.system import goal_cases


def prove_cases(claim: Claim, goal: str, budget: Budget, *, effort: int = 2) -> list[Tree] | None:
    """Return a tree for each case of the goal, or None when one stays open or time is up."""
    prover = TreeProver(budget, effort=effort)
    return _trees(claim, goal, prover)


def _trees(claim: Claim, goal: str, prover: TreeProver) -> list[Tree] | None:
    trees = []
    try:
        for case in goal_cases(claim, goal):
            tree = prover.prove(Branch.root(claim, case))
            if tree is None:
                return None
            trees.append(tree)
    except (OutOfTime, AttnverifyError, ValueError) as stop:  # ValueError: numbers too long to be written
        prover.open_branches.append(str(stop) or "the time is up")
        return None
    return trees


def decide(claim: Claim, goal: str, budget: Budget, *, effort: int = 2) -> tuple[Finding | None, TreeProver]:
    """Return a finding for the goal (``proved`` or ``vacuous``), and the prover with what it left open."""
    prover = TreeProver(budget, effort=effort)
    trees = _trees(claim, goal, prover)
    if trees is None:
        return None, prover
    evidence: dict[str, Any] = {"cases": trees}
    try:
        emptiness.check(claim, goal, evidence)
    except Rejected as reason:
        prover.open_branches.append(f"the proof cannot be used: {reason}")
        return None, prover
    method = "no point meets the hypotheses" if goal == "vacuous" else "no point violates the conclusion"
    return Finding(goal, "exact", "emptiness", evidence, method=f"{method}: exact algebra"), prover
