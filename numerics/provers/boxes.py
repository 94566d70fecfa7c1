"""Branch and prune over a bounded domain; the cover is the certificate."""

from __future__ import annotations

from typing import Any

from numerics.budget import Budget, OutOfTime
from numerics.finding import Finding
from verify.claim import GLOBAL, Claim
from verify.errors import AttnverifyError
from verify.expr.ball import as_ball, precision
from verify.recheck.boxes import BOX_PRECISION, LEAF, Excluder, domain_box
from verify.recheck.enclosures import Box

MAX_BOXES = 60_000
"""Most boxes looked at."""


def decide(claim: Claim, goal: str, budget: Budget) -> tuple[Finding | None, str]:
    """Return a finding for the goal, or None and where it stopped."""
    try:
        root = domain_box(claim)
        below = low_points(claim) if claim.every == GLOBAL else []
        excluder = Excluder(claim, goal, below)
        with precision(BOX_PRECISION):
            cuts, stuck = _cover(excluder, root, budget)
    except (AttnverifyError, OutOfTime) as stop:
        return None, str(stop)
    if cuts is None:
        return None, stuck
    evidence: dict[str, Any] = {"cuts": cuts, "below": [[str(v) for v in point] for point in below]}
    leaves = sum(cut == LEAF for cut in cuts)
    method = f"a cover by {leaves} boxes, each excluded by enclosures"
    return Finding(goal, "ball", "boxes", evidence, method=method, effort={"boxes": str(len(cuts))}), ""


def _cover(excluder: Excluder, root: Box, budget: Budget) -> tuple[list[int] | None, str]:
    """Return the cuts in preorder, or None and the box at which it stopped."""
    stack = [(root, 0)]
    cuts: list[int] = []
    while stack:
        budget.check()
        box, depth = stack.pop()
        if excluder.excludes(box):
            cuts.append(LEAF)
            continue
        if len(cuts) > MAX_BOXES or depth > 30 * len(box.low):
            return None, f"a box around {_shown(box)} is not excluded"
        axis = max(range(len(box.low)), key=lambda a: box.high[a] - box.low[a])
        if box.low[axis] == box.high[axis]:
            return None, f"the point {_shown(box)} is not excluded"
        cuts.append(axis)
        lower, upper = box.halves(axis)
        stack += [(upper, depth + 1), (lower, depth + 1)]
    return cuts, ""


def low_points(claim: Claim) -> list[tuple[Any, ...]]:
    """Return simple rational points of the domain at which the objective is small."""
    import numpy as np

    from numerics.provers.described import rounded
    from numerics.search import domain, landscape, starts

    land = landscape(claim)
    rng = np.random.default_rng(0)
    points = starts(claim, 2000, rng)
    low, high = domain(claim)
    spread = np.where(np.isfinite(high - low), high - low, 2.0)
    for width in (0.5, 0.1, 0.02, 0.004):
        values = np.nan_to_num(land.value(points), nan=np.inf)
        best = points[values.argsort()[:3]]
        noise = rng.standard_normal((500, 3, land.size)) * width * spread
        points = np.vstack([best, np.clip(best + noise, low, high).reshape(-1, land.size)])
    return list(dict.fromkeys(tuple(rounded(x, tolerance, claim)) for x in best for tolerance in (5e-2, 1e-3)))


def _shown(box: Box) -> str:
    return "(" + ", ".join(as_ball(m).str(6, radius=False) for m in box.middle) + ")"
