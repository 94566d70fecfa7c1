"""Floating-point candidates for counterexamples: simple points, what looks violated, how simple a point looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product

import numpy as np

from numerics.search import Array, Landscape, batch_function, domain
from verify.claim import LOCAL, SECOND_ORDER, STRICT, Claim
from verify.errors import InvalidInput
from verify.expr import build
from verify.expr.node import Expr, topological
from verify.logic import EIGENVALUES, Literal, cases, conjoin, eigenvalue_bound
from verify.system import derivatives

SMALL_NUMBERS = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5)
"""Entries of the points that are tried first."""

SMALL_GRID_SIZE = 4
"""Most parameter entries for which all combinations of small numbers are tried."""

CLEARLY = 1e-3
"""Defect below minus this: a violation that rounding does not explain."""

SLACK = 1e-6
"""Float slack when choosing candidates: what looks equal may be a counterexample on the boundary."""


def curvature_excess(claim: Claim, land: Landscape, literal: Literal, points: Array) -> Array | None:
    """Return, per point, by how much a literal about an extreme curvature fails (negative: it holds), in floats.

    None means that the literal says nothing about curvature in a form that is read here.
    """
    try:
        bound = eigenvalue_bound(literal)
    except InvalidInput:
        return None
    if bound is None or bound.relation not in ("<", "<=", ">", ">="):
        return None
    hessian = np.nan_to_num(land.hessian(points))
    value = np.linalg.eigvalsh(hessian)[:, 0 if bound.smallest else -1]
    with np.errstate(all="ignore"):
        threshold = batch_function(claim, [bound.bound])(points)[0]
    return value - threshold if bound.relation in ("<", "<=") else threshold - value


def simple_violations(defects: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Return a few points with small entries at which every defect is clearly negative, the simplest first."""
    size = len(low)
    if size <= SMALL_GRID_SIZE:
        grid = np.array(list(product(SMALL_NUMBERS, repeat=size)))
    else:
        grid = np.random.default_rng(0).choice(SMALL_NUMBERS, (4000, size))
    grid = grid[((grid >= low) & (grid <= high)).all(axis=1)]
    if not len(grid):
        return grid
    with np.errstate(all="ignore"):
        worst = defects(grid).max(axis=1, initial=-np.inf)
    found = grid[np.nan_to_num(worst, nan=np.inf) < -CLEARLY]
    return found[np.abs(found).sum(axis=1).argsort(kind="stable")[:3]]


def defect(literal: Literal) -> Expr:
    """Return an expression that is small where the literal is nearly or fully true."""
    if literal.relation == "==":
        return build.absolute(literal.value)
    if literal.relation == "!=":
        return build.neg(build.absolute(literal.value))
    return literal.value


def complexity(x: Array) -> tuple[float, float]:
    """Simple-looking points first: total size of the rationals near the coordinates, then the norm."""
    rationals = [Fraction(float(value)).limit_denominator(1000) for value in x]
    return sum(r.denominator + abs(r.numerator) / 10 for r in rationals), float(np.linalg.norm(x))


def failing_cases(claim: Claim) -> list[tuple[Literal, ...]]:
    """Return the ways in which hypotheses and the negated conclusion hold together."""
    assert claim.satisfies is not None
    hypotheses = conjoin([cases(condition) for _, condition in claim.assumptions])
    return conjoin([hypotheses, cases(claim.satisfies, negate=True)])


def within_defect(claim: Claim) -> list[Expr]:
    """Return the squared gradient norm less its limit, where a claim is about nearly stationary points."""
    if claim.within is None or claim.objective is None:
        return []
    square = build.number(0)
    for slope in derivatives(claim.objective, tuple(claim.symbols))[0]:
        square = build.add(square, build.integer_power(slope, 2))
    return [build.sub(square, build.number(claim.within**2))]


def inside(claim: Claim, points: Array) -> Array:
    """Return the points (B, p) that lie in the domain, up to float slack."""
    low, high = domain(claim)
    return points[((points >= low - SLACK) & (points <= high + SLACK)).all(axis=1)]


def promising(claim: Claim, land: Landscape, points: Array) -> Array:
    """Return the points (B, p) that, up to float slack, meet the hypotheses and violate the conclusion."""
    good = np.zeros(len(points), dtype=bool)
    for case in failing_cases(claim):
        good |= _nearly(claim, land, case, points)
    if claim.every in (SECOND_ORDER, LOCAL, STRICT) and good.any():
        hessian = np.nan_to_num(land.hessian(points))
        least = np.linalg.eigvalsh(hessian)[:, 0]
        good &= least >= -SLACK * (1 + np.abs(hessian).max(axis=(1, 2)))
    return points[good]


def _nearly(claim: Claim, land: Landscape, case: Sequence[Literal], points: Array) -> Array:
    good = np.ones(len(points), dtype=bool)
    for literal in case:
        if any(node.op in EIGENVALUES for node in topological(literal.value)):
            excess = curvature_excess(claim, land, literal, points)
            good &= True if excess is None else excess <= SLACK  # decided exactly later
            continue
        with np.errstate(all="ignore"):
            value = batch_function(claim, [literal.value])(points)[0]
        if literal.relation == "==":
            good &= np.abs(value) <= SLACK
        elif literal.relation in ("<", "<="):
            good &= value <= SLACK
    return good
