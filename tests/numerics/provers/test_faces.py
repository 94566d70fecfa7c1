"""Zeros that signs force are found, and nothing else; kernels are separated from the rest at a cliff."""

from __future__ import annotations

import numpy as np
from flint import fmpq

from numerics.conic import Program
from numerics.provers.faces import forced_zeros, kernel_of, orthogonal_combinations, without


def program(weights: int, blocks: tuple[int, ...], rows: list[tuple[dict[int, int], int]]) -> Program:
    entries = [(k, column, fmpq(value)) for k, (row, _) in enumerate(rows) for column, value in row.items()]
    return Program(weights, blocks, entries, [fmpq(target) for _, target in rows])


def test_a_diagonal_that_must_vanish_takes_its_row_along() -> None:
    # unknowns: q00, q01, q11 of one block; q11 = 0, then 2*q01 + 0*q00 = 0 is empty
    weights, gone = forced_zeros(program(0, (2,), [({2: 3}, 0), ({1: 2}, 0), ({0: 1}, 1)]))
    assert weights == set()
    assert gone == [{1}]


def test_signs_that_differ_force_nothing() -> None:
    assert forced_zeros(program(1, (1, 1), [({0: 1, 1: 1, 2: -1}, 0)])) == (set(), [set(), set()])
    assert forced_zeros(program(1, (1,), [({0: 1, 1: 1}, 2)])) == (set(), [set()])  # a sum that is not zero
    assert forced_zeros(program(0, (2,), [({1: 1}, 0)])) == (set(), [set()])  # off the diagonal


def test_one_zero_leads_to_the_next() -> None:
    # w0 + q00 = 0, and r00 - q00 = 0 once q00 is gone
    weights, gone = forced_zeros(program(1, (1, 1), [({2: 1, 1: -1}, 0), ({0: -1, 1: -1}, 0)]))
    assert (weights, gone) == ({0}, [{0}, {0}])


def test_the_program_without_them() -> None:
    whole = program(1, (2, 1), [({0: 1, 3: 5}, 1), ({1: 2, 2: 3, 4: -7}, 0), ({3: 1}, 0)])
    small = without(whole, *forced_zeros(whole))
    assert (small.weights, small.blocks, small.target) == (1, (1, 1), [fmpq(1), fmpq(0)])
    assert small.entries == [(0, 0, fmpq(1)), (1, 1, fmpq(2)), (1, 2, fmpq(-7))]


def test_the_kernel_lies_below_the_cliff() -> None:
    rng = np.random.default_rng(0)
    basis, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    gram = basis @ np.diag([2e-5, 1e-5, 0.3, 1.0]) @ basis.T
    kernel = kernel_of(gram, 1e-6)
    assert np.linalg.matrix_rank(np.vstack([kernel, basis[:, :2].T]), tol=1e-6) == 2
    assert len(kernel_of(np.diag([0.02, 0.3, 1.0]), 1e-6)) == 0


def test_combinations_are_orthogonal_to_the_kernel() -> None:
    kernel = np.array([[1.0, 1.0, 1.0], [1.0, -1.0, 1e-9]]) / 2
    (combination,) = orthogonal_combinations(kernel)
    values = [float(combination.get(k, fmpq(0)).p) / float(combination.get(k, fmpq(0)).q) for k in range(3)]
    assert np.allclose(kernel @ values, 0, atol=1e-8)
