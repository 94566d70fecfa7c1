"""Contradictions by products of constraints (Krivine, Handelman), with squares of monomials and of their differences.

Looked for: a positive product of strict constraints, plus nonnegative multiples of products of constraints times
squares, that lies in the ideal of the equations. The squares are of monomials and of sums and differences of two, so
that a linear program finds the multiples; its vertex is solved again exactly. Source: A. A. Ahmadi, A. Majumdar, DSOS
and SDSOS optimization, SIAM J. Appl. Algebra Geometry 3(2), 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat

from numerics.budget import Budget
from numerics.ideals import Basis
from numerics.provers.encode import Tree, cofactor_data, poly_data
from verify.algebra.ring import Poly, Ring
from verify.branch import Branch

MAX_COLUMNS = 6000
"""Most multiples in one linear program."""

MAX_CONSTRAINTS = 16
"""Most constraints whose products are used."""

MAX_MONOMIALS = 14
"""Most monomials whose squares, sums and differences are used."""

Place = tuple[str, int]


@dataclass(frozen=True)
class Column:
    """``square**2`` times a product of constraints; ``poly`` is its normal form."""

    times: tuple[Place, ...]
    square: Poly
    poly: Poly


def linear_leaf(branch: Branch, basis: Basis, budget: Budget) -> Tree | None:
    """Return an ``identity`` leaf found by linear programming, or None."""
    ring = branch.system.ring
    constraints = _constraints(branch, basis)
    goals: list[tuple[tuple[Place, ...], Poly]] = [((), ring.one)]
    goals += [((place,), poly) for place, poly in constraints if place[0] == "strict"]
    degree = max([2, *(poly.total_degree() for _, poly in constraints)])
    for depth in (1, 2, 3):
        budget.check()
        columns = _columns(ring, basis, constraints, depth, degree + (depth - 1))
        if not columns:
            continue
        weights = _solved(goals, columns)
        if weights is not None:
            leaf = _leaf(branch, basis, goals, columns, weights)
            if leaf is not None:
                return leaf
    return None


def _constraints(branch: Branch, basis: Basis) -> list[tuple[Place, Poly]]:
    found: dict[Any, tuple[Place, Poly]] = {}
    for side in ("strict", "weak"):
        for number, poly in enumerate(getattr(branch.system, side)):
            rest = basis.normal_form(poly)
            if not rest.is_constant():
                found.setdefault(branch.system.ring.terms(rest), ((side, number), rest))
    ordered = sorted(found.values(), key=lambda item: (item[1].total_degree(), len(item[1])))
    if len(ordered) > MAX_CONSTRAINTS:
        strict_last = [item for item in ordered if len(item[1]) > 2][-MAX_CONSTRAINTS // 2 :]
        kept = [item for item in ordered if item not in strict_last]
        ordered = kept[: MAX_CONSTRAINTS - len(strict_last)] + strict_last
    return ordered


def _squares(ring: Ring, used: set[int]) -> Iterator[Poly]:
    """Yield 1, then generators, then their sums and differences with each other and with 1."""
    gens = [ring.gens[place] for place in sorted(used)]
    monomials = [ring.one, *gens]
    monomials += [a * b for k, a in enumerate(gens) for b in gens[k:]]
    monomials = monomials[:MAX_MONOMIALS]
    yield from monomials
    for a, b in combinations(monomials, 2):
        yield a - b
        yield a + b


def _columns(ring: Ring, basis: Basis, constraints: list[tuple[Place, Poly]], depth: int, top: int) -> list[Column]:
    used = {i for _, poly in constraints for i, d in enumerate(poly.degrees()[: len(ring.gens)]) if d > 0}
    squares = list(_squares(ring, used))
    products: list[tuple[tuple[Place, ...], Poly]] = [((), ring.one)]
    for size in range(1, depth + 1):
        for chosen in combinations(constraints, size):
            whole = ring.one
            for _, poly in chosen:
                whole *= poly
            if whole.total_degree() <= top + 1:
                products.append((tuple(place for place, _ in chosen), whole))
    out = []
    for times, whole in products:
        for square in squares:
            if whole.total_degree() + 2 * square.total_degree() > max(top, whole.total_degree()):
                continue
            poly = basis.normal_form(whole * square * square)
            if not poly.is_zero():
                out.append(Column(times, square, poly))
            if len(out) >= MAX_COLUMNS:
                return out
    return out


def _solved(goals: list[tuple[tuple[Place, ...], Poly]], columns: list[Column]) -> list[fmpq] | None:
    """Return exact nonnegative weights of goals and columns: their sum is zero, those of the goals sum to one."""
    from scipy.optimize import linprog
    from scipy.sparse import csc_matrix

    rows: dict[tuple[int, ...], int] = {}
    entries: list[tuple[int, int, fmpq]] = []
    for column, poly in enumerate([*(poly for _, poly in goals), *(c.poly for c in columns)]):
        for exponents, coefficient in poly.to_dict().items():
            key = tuple(int(e) for e in exponents)
            entries.append((rows.setdefault(key, len(rows)), column, coefficient))
    last = len(rows)
    entries += [(last, column, fmpq(1)) for column in range(len(goals))]
    size = len(goals) + len(columns)
    try:
        values = [int(c.p) / int(c.q) for _, _, c in entries]
    except OverflowError:  # no linear program in floating point has such numbers
        return None
    matrix = csc_matrix((values, ([r for r, _, _ in entries], [c for _, c, _ in entries])), shape=(last + 1, size))
    target = np.zeros(last + 1)
    target[last] = 1
    cost = np.ones(size)
    cost[: len(goals)] = 0
    solution = linprog(cost, A_eq=matrix, b_eq=target, bounds=(0, None), method="highs", options={"time_limit": 5})
    if solution.x is None or not solution.success:
        return None
    support = [k for k, weight in enumerate(solution.x) if weight > 1e-9]
    return _exactly(entries, support, last, size)


def _exactly(entries: list[tuple[int, int, fmpq]], support: list[int], last: int, size: int) -> list[fmpq] | None:
    place = {column: k for k, column in enumerate(support)}
    used = sorted({row for row, column, _ in entries if column in place})
    position = {row: k for k, row in enumerate(used)}
    lines = [[fmpq(0)] * (len(support) + 1) for _ in used]
    for row, column, coefficient in entries:
        if column in place:
            lines[position[row]][place[column]] += coefficient
    if last not in position:
        return None
    lines[position[last]][len(support)] = fmpq(1)
    reduced, rank = fmpq_mat(lines).rref()
    weights = [fmpq(0)] * size
    for row in range(rank):
        pivot = next(j for j in range(len(support) + 1) if reduced[row, j] != 0)
        if pivot == len(support):
            return None
        weights[support[pivot]] = reduced[row, len(support)]
    return weights if all(weight >= 0 for weight in weights) else None


def _leaf(
    branch: Branch, basis: Basis, goals: list[tuple[tuple[Place, ...], Poly]], columns: list[Column],
    weights: list[fmpq],
) -> Tree | None:  # fmt: skip
    """Write the identity; one goal is its positive part, the others stand among the nonnegative ones."""
    ring, system = branch.system.ring, branch.system
    chosen = max(range(len(goals)), key=lambda k: weights[k])
    if not weights[chosen] > 0:
        return None
    total = ring.ctx.constant(weights[chosen])
    for _, number in goals[chosen][0]:
        total *= system.strict[number]
    squares: list[Any] = []
    summands = [(times, ring.one) for times, _ in goals] + [(column.times, column.square) for column in columns]
    for k, ((times, square), weight) in enumerate(zip(summands, weights, strict=True)):
        if k == chosen or weight == 0:
            continue
        squares.append({"times": [list(place) for place in times], "of": [[str(weight), poly_data(ring, square)]]})
        product = ring.ctx.constant(weight) * square * square
        for side, number in times:
            product *= getattr(system, side)[number]
        total += product
    rest, cofactors = basis.normal_form_with_cofactors(total)
    if not rest.is_zero():
        return None
    return {
        "node": "identity", "scale": str(weights[chosen]), "positive": [number for _, number in goals[chosen][0]],
        "squares": squares, "forms": [], "ideal": cofactor_data(ring, cofactors, -1),
    }  # fmt: skip
