"""Inequalities by their derivative along segments towards another parameter or a simple point."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np

from numerics.budget import Budget, OutOfTime
from numerics.finding import Finding
from numerics.provers import boxes, chord, emptiness
from numerics.search import Array, batch_function, starts
from verify.claim import POINT, Claim
from verify.errors import AttnverifyError
from verify.expr.node import Expr, symbols
from verify.recheck.segment import MAX_NESTING, anchors_of, base_claim, slope_claim
from verify.system import PROVED

SAMPLES = 3000
"""Points at which a derived inequality is evaluated before a proof is tried."""

SLACK = 1e-9
"""Relative size of a violation that rounding may explain."""

Anchors = dict[str, Any]


def decide(claim: Claim, budget: Budget) -> Finding | None:
    """Return a proof, or None."""
    found = chord.decide(claim, budget.part(0.5))
    if found is not None:
        return found
    try:
        evidence = _proof(claim, budget, 0)
    except OutOfTime:
        return None
    if evidence is None:
        return None
    method = "no point violates the conclusion: it holds at one end of every segment and gets no worse along it"
    return Finding(PROVED, "exact" if _is_exact(evidence) else "ball", "segment", evidence, method=method)


def _is_exact(evidence: Any) -> bool:
    kinds = [(evidence[part]["kind"], evidence[part]["evidence"]) for part in ("base", "slope")]
    return all(kind == "emptiness" or (kind == "segment" and _is_exact(inner)) for kind, inner in kinds)


def _proof(claim: Claim, budget: Budget, depth: int) -> dict[str, Any] | None:
    if claim.every != POINT or depth == MAX_NESTING:
        return None
    forms = ({"free": False, "upward": True}, {"free": True, "upward": False}, {"free": False, "upward": False})
    choices = [(data, form) for data in _choices(claim) for form in forms]
    for number, (data, form) in enumerate(choices):
        budget.check()
        try:
            anchors = anchors_of(claim, data)
            base, slope = base_claim(claim, anchors), slope_claim(claim, anchors, **form)
            if form["free"] and slope == slope_claim(claim, anchors):
                continue  # there are no open sides
        except AttnverifyError:
            continue
        if not (_plausible(base, number) and _plausible(slope, number)):
            continue
        parts: dict[str, Any] = {"anchors": data, **form}
        for name, problem in (("base", base), ("slope", slope)):
            proof = _part(problem, budget.part(0.7), depth)
            if proof is None:
                break
            parts[name] = proof
        else:
            return parts
    return None


def _part(problem: Claim, budget: Budget, depth: int) -> dict[str, Any] | None:
    found, _ = emptiness.decide(problem, PROVED, budget.part(0.8 if depth == 0 else 0.4))
    if found is None:
        found, _ = boxes.decide(problem, PROVED, budget.part(0.3))
    if found is not None:
        return {"kind": found.kind, "evidence": found.evidence}
    inner = _proof(problem, budget, depth + 1) if depth + 1 < MAX_NESTING else None
    return None if inner is None else {"kind": "segment", "evidence": inner}


def _choices(claim: Claim) -> Iterator[Anchors]:
    """Yield anchors: pairs of parameters of the same shape, then simple points for everything that occurs."""
    assert claim.satisfies is not None
    used = [p for p in claim.parameters if p.name in symbols(claim.satisfies)]
    pairs = [(p, q) for p, q in permutations(used, 2) if p.shape == q.shape]
    for p, q in pairs[:6]:
        yield {p.name: q.name}
    if len(used) == 4:
        for p, q in pairs:
            for r, s in pairs:
                if len({p.name, q.name, r.name, s.name}) == 4:
                    yield {p.name: q.name, r.name: s.name}
    for value in (0, None, 1):
        point: Anchors = {}
        for p in used:
            end = p.low if value is None else Fraction(value)
            if end is None or (value is None and p.open_low):
                break
            point[p.name] = [str(end)] * p.symbol.size
        else:
            yield point
    for p in used if len(used) > 1 else []:
        yield {p.name: ["0"] * p.symbol.size}


def _plausible(problem: Claim, seed: int) -> bool:
    """Return whether the derived inequality holds, in floats, at random points."""
    assert problem.satisfies is not None
    rng = np.random.default_rng(seed)
    points = starts(problem, SAMPLES, rng)
    conditions = problem.satisfies.args if problem.satisfies.op == "and" else (problem.satisfies,)
    return not any(_violated(problem, condition, points) for condition in conditions)


def _violated(problem: Claim, condition: Expr, points: Array) -> bool:
    if condition.op not in ("lt", "le"):
        return False
    with np.errstate(all="ignore"):
        left, right = batch_function(problem, list(condition.args))(points)
        meets = np.ones(len(points), dtype=bool)
        for _, assumption in problem.assumptions:
            if assumption.op in ("lt", "le"):
                a, b = batch_function(problem, list(assumption.args))(points)
                meets &= a < b
        excess = left - right
        bad = meets & np.isfinite(excess) & (excess > SLACK * (1 + np.abs(left) + np.abs(right)))
    return bool(bad.any())
