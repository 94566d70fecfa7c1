"""Semidefinite feasibility: solved in floating point, then exactly over the rationals.

Unknowns: nonnegative weights, then the upper triangles (column by column) of symmetric positive semidefinite blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat
from scipy import linalg, sparse

from numerics.budget import Budget

Exact = tuple[list[fmpq], list[list[tuple[fmpq, list[fmpq]]]]]
"""Weights, and per block the weighted squares (d, l) with block = sum of d * l l^T."""

ROUNDINGS = (10, 20, 40)
"""Binary digits kept when rounding a floating-point solution."""

TINY = 1e-6
"""Weights below this are set to zero before rounding."""

MAX_EXACT_ROWS = 700


@dataclass(frozen=True)
class Program:
    """Linear equations ``sum(coefficient * unknown) = target`` on weights and blocks."""

    weights: int
    blocks: tuple[int, ...]
    entries: list[tuple[int, int, fmpq]]
    target: list[fmpq]

    @property
    def unknowns(self) -> int:
        """Number of scalar unknowns."""
        return self.weights + sum(n * (n + 1) // 2 for n in self.blocks)


@dataclass(frozen=True)
class Solution:
    """A floating-point solution with its smallest eigenvalue over all blocks and weights."""

    vector: Any
    blocks: list[Any]
    margin: float


def solve_program(program: Program, budget: Budget) -> Solution | None:
    """Return a solution that is as far inside the cones as possible (its margin may be zero), or None."""
    import clarabel

    count = program.unknowns
    try:
        rows, columns, values = _float_entries(program)
    except OverflowError:
        return None  # numbers beyond the range of floats
    height = len(program.target)
    parts = [sparse.csc_matrix((values, (rows, columns)), shape=(height, count + 1))]
    right = [np.array([int(t.p) / int(t.q) for t in program.target])]
    cones: list[Any] = [clarabel.ZeroConeT(height)]
    weights = sparse.hstack(
        [-sparse.eye(program.weights), sparse.csc_matrix((program.weights, count + 1 - program.weights))]
    )
    cap = sparse.csc_matrix(([1.0], ([0], [count])), shape=(1, count + 1))
    parts += [sparse.csc_matrix(weights), cap]
    right += [np.zeros(program.weights), np.ones(1)]
    cones.append(clarabel.NonnegativeConeT(program.weights + 1))
    start = program.weights
    for n in program.blocks:
        parts.append(_cone_rows(n, start, count))
        right.append(np.zeros(n * (n + 1) // 2))
        cones.append(clarabel.PSDTriangleConeT(n))
        start += n * (n + 1) // 2
    objective = np.zeros(count + 1)
    objective[count] = -1.0
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.time_limit = max(budget.left, 0.05)
    quadratic = sparse.csc_matrix((count + 1, count + 1))
    stacked = sparse.csc_matrix(sparse.vstack(parts))
    result = clarabel.DefaultSolver(quadratic, objective, stacked, np.concatenate(right), cones, settings).solve()
    if str(result.status) not in ("Solved", "AlmostSolved", "InsufficientProgress", "MaxIterations"):
        return None
    vector = np.array(result.x)[:count]
    margin = float(result.x[count])
    if not np.isfinite(vector).all() or margin < -1e-4:
        return None
    return Solution(vector, [_matrix(vector, n, s) for n, s in _layout(program)], margin)


def _float_entries(program: Program) -> tuple[list[int], list[int], list[float]]:
    rows = [r for r, _, _ in program.entries]
    columns = [c for _, c, _ in program.entries]
    return rows, columns, [int(v.p) / int(v.q) for _, _, v in program.entries]


def _layout(program: Program) -> list[tuple[int, int]]:
    out, start = [], program.weights
    for n in program.blocks:
        out.append((n, start))
        start += n * (n + 1) // 2
    return out


def _cone_rows(n: int, start: int, count: int) -> Any:
    """Rows of s = svec(Q - t I): off-diagonal entries scaled by sqrt(2)."""
    rows, columns, values = [], [], []
    place = 0
    for j in range(n):
        for i in range(j + 1):
            rows.append(place)
            columns.append(start + place)
            values.append(-1.0 if i == j else -np.sqrt(2.0))
            if i == j:
                rows.append(place)
                columns.append(count)
                values.append(1.0)
            place += 1
    return sparse.csc_matrix((values, (rows, columns)), shape=(place, count + 1))


def _matrix(vector: Any, n: int, start: int) -> Any:
    out = np.zeros((n, n))
    place = start
    for j in range(n):
        for i in range(j + 1):
            out[i, j] = out[j, i] = vector[place]
            place += 1
    return out


# --- exactness ----------------------------------------------------------------------------------------------------


def solve_exactly(program: Program, solution: Solution) -> Exact | None:
    """Round the solution, project it exactly onto the equations, and decompose the blocks; None if that fails."""
    if solution.margin < 1e-9 or len(program.target) > MAX_EXACT_ROWS:
        return None
    vector = np.where((np.arange(program.unknowns) < program.weights) & (solution.vector < TINY), 0.0, solution.vector)
    pivots, kept = _pivots(program, vector)
    for digits in ROUNDINGS:
        exact = _projected(program, vector, digits, pivots, kept)
        if exact is None:
            return None
        if any(weight < 0 for weight in exact[: program.weights]):
            continue
        blocks = [squares_of(_exact_matrix(exact, n, s)) for n, s in _layout(program)]
        if all(block is not None for block in blocks):
            return exact[: program.weights], [block for block in blocks if block is not None]
    return None


def _pivots(program: Program, vector: Any) -> tuple[list[int], list[int]]:
    """Return columns that span the equations, well conditioned, and a maximal independent set of rows.

    Weights that are zero stay zero: their columns are not chosen.
    """
    rows, columns, values = _float_entries(program)
    dense = np.zeros((len(program.target), program.unknowns))
    np.add.at(dense, (rows, columns), values)
    dense[:, : program.weights][:, vector[: program.weights] == 0] = 0
    _, upper, order = linalg.qr(dense, mode="economic", pivoting=True)
    diagonal = np.abs(np.diag(upper))
    rank = int((diagonal > 1e-9 * max(diagonal[0], 1e-300)).sum())
    chosen = [int(c) for c in order[:rank]]
    _, _, row_order = linalg.qr(dense[:, chosen].T, mode="economic", pivoting=True)
    return chosen, [int(r) for r in row_order[:rank]]


def _projected(program: Program, vector: Any, digits: int, pivots: list[int], kept: list[int]) -> list[fmpq] | None:
    scale = 1 << digits
    exact = [fmpq(round(float(v) * scale), scale) for v in vector]
    place = {column: k for k, column in enumerate(pivots)}
    row_place = {row: k for k, row in enumerate(kept)}
    matrix = fmpq_mat(len(kept), len(pivots))
    right = fmpq_mat(len(kept), 1)
    for row, k in row_place.items():
        right[k, 0] = program.target[row]
    for row, column, value in program.entries:
        if row not in row_place:
            continue
        k = row_place[row]
        if column in place:
            matrix[k, place[column]] = matrix[k, place[column]] + value
        else:
            right[k, 0] = right[k, 0] - value * exact[column]
    try:
        solved = matrix.solve(right)
    except ZeroDivisionError:
        return None
    for column, k in place.items():
        exact[column] = solved[k, 0]
    return exact if _satisfied(program, exact) else None


def _satisfied(program: Program, exact: list[fmpq]) -> bool:
    sums = [fmpq(0)] * len(program.target)
    for row, column, value in program.entries:
        sums[row] += value * exact[column]
    return all(a == b for a, b in zip(sums, program.target, strict=True))


def _exact_matrix(exact: list[fmpq], n: int, start: int) -> list[list[fmpq]]:
    out = [[fmpq(0)] * n for _ in range(n)]
    place = start
    for j in range(n):
        for i in range(j + 1):
            out[i][j] = out[j][i] = exact[place]
            place += 1
    return out


def squares_of(matrix: list[list[fmpq]]) -> list[tuple[fmpq, list[fmpq]]] | None:
    """Return (d, l) with ``matrix = sum of d * l l^T`` and d > 0, or None if it is not positive semidefinite."""
    work = [list(row) for row in matrix]
    size = len(work)
    remaining = list(range(size))
    out: list[tuple[fmpq, list[fmpq]]] = []
    while remaining:
        if any(work[k][k] < 0 for k in remaining):
            return None
        pivot = next((k for k in remaining if work[k][k] > 0), None)
        if pivot is None:
            return out if all(work[i][j] == 0 for i in remaining for j in remaining) else None
        weight = work[pivot][pivot]
        column = [work[i][pivot] / weight if i in remaining else fmpq(0) for i in range(size)]
        out.append((weight, column))
        remaining.remove(pivot)
        for i in remaining:
            for j in remaining:
                work[i][j] = work[i][j] - column[i] * weight * column[j]
    return out
