"""Exact rounding returns only exact solutions: equations hold over the rationals and blocks are sums of squares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.budget import Budget
from numerics.conic import Program, Solution, solve_exactly, solve_program, squares_of


def triangle(matrix: Any) -> list[Any]:
    return [matrix[i][j] for j in range(len(matrix)) for i in range(j + 1)]


def rebuilt(parts: list[tuple[fmpq, list[fmpq]]], size: int) -> list[list[fmpq]]:
    out = [[fmpq(0)] * size for _ in range(size)]
    for weight, vector in parts:
        for i in range(size):
            for j in range(size):
                out[i][j] += weight * vector[i] * vector[j]
    return out


def random_program(seed: int, size: int, rows: int, weights: int) -> tuple[Program, list[fmpq]]:
    """Return a program with a known interior rational solution."""
    rng = np.random.default_rng(seed)
    factor = rng.integers(-2, 3, (size, size))
    block = factor @ factor.T + np.eye(size, dtype=int)
    solution = [fmpq(int(v), 2) for v in rng.integers(1, 5, weights)] + [fmpq(int(v)) for v in triangle(block)]
    entries = [(r, c, fmpq(int(v), 3)) for r in range(rows) for c in range(len(solution)) if (v := rng.integers(-2, 3))]
    target = [sum((v * solution[c] for r, c, v in entries if r == row), fmpq(0)) for row in range(rows)]
    return Program(weights, (size,), entries, target), solution


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 5), st.integers(0, 3))
def test_what_comes_out_is_exact(seed: int, size: int, rows: int, weights: int) -> None:
    program, _ = random_program(seed, size, rows, weights)
    solution = solve_program(program, Budget.of(10))
    if solution is None:
        return
    exact = solve_exactly(program, solution)
    if exact is None:
        return
    found, (parts,) = exact
    assert all(weight >= 0 for weight in found)
    assert all(weight > 0 for weight, _ in parts)
    vector = [*found, *triangle(rebuilt(parts, size))]
    for row, target in enumerate(program.target):
        assert sum((v * vector[c] for r, c, v in program.entries if r == row), fmpq(0)) == target


def test_most_programs_with_an_interior_are_solved() -> None:
    solved = 0
    for seed in range(10):
        program, _ = random_program(seed, 3, 3, 2)
        solution = solve_program(program, Budget.of(10))
        solved += solution is not None and solve_exactly(program, solution) is not None
    assert solved >= 8


@pytest.mark.parametrize("target", [-1, -100])
def test_an_infeasible_program_has_no_exact_solution(target: int) -> None:
    program = Program(0, (2,), [(0, 0, fmpq(1)), (0, 2, fmpq(1))], [fmpq(target)])  # the trace of a block
    solution = solve_program(program, Budget.of(10))
    assert solution is None or solve_exactly(program, solution) is None


def test_a_wrong_float_solution_is_repaired_or_refused() -> None:
    program = Program(0, (2,), [(0, 0, fmpq(1)), (1, 2, fmpq(1))], [fmpq(1, 3), fmpq(1, 7)])
    for vector in ([0.3, 0.0, 0.1], [5.0, 0.0, 5.0], [0.3, 9.0, 0.1]):
        exact = solve_exactly(program, Solution(np.array(vector), [np.eye(2)], 0.1))
        if exact is not None:
            assert rebuilt(exact[1][0], 2)[0][0] == fmpq(1, 3)
            assert rebuilt(exact[1][0], 2)[1][1] == fmpq(1, 7)
    assert solve_exactly(program, Solution(np.array([0.3, 9.0, 0.1]), [np.eye(2)], 0.1)) is None
    assert solve_exactly(program, Solution(np.array([0.3, 0.0, 0.1]), [np.eye(2)], 0.0)) is None


factors = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(st.integers(-3, 3), min_size=n, max_size=n), min_size=1, max_size=4)
)


@given(factors, st.booleans())
def test_squares_decompose_exactly_the_semidefinite_matrices(rows: list[list[int]], spoil: bool) -> None:
    array = np.array(rows)
    gram = [[fmpq(int(v)) for v in row] for row in array.T @ array]
    if spoil:
        gram[0][0] -= 40
        assert squares_of(gram) is None
        return
    parts = squares_of(gram)
    assert parts is not None
    assert rebuilt(parts, len(gram)) == gram


def test_a_zero_diagonal_needs_a_zero_row() -> None:
    assert squares_of([[fmpq(0), fmpq(1)], [fmpq(1), fmpq(0)]]) is None
    assert squares_of([[fmpq(0), fmpq(0)], [fmpq(0), fmpq(0)]]) == []
