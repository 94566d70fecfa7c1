"""Exact moments against sums over the rows."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from numerics.moments import column_vector, entries, form, fraction, is_positive_semidefinite, moments_of, unit_scale
from verify.data import Column


def columns(rows: int, count: int, seed: int) -> list[Column]:
    rng = random.Random(seed)
    return [Column(f"x{j}", tuple(rng.randint(-9, 9) for _ in range(rows))) for j in range(count)]


def test_moments_equal_sums_over_centred_rows() -> None:
    table, target = columns(7, 3, 1), [3, 1, 4, 1, 5, 9, 2]
    moments = moments_of(table, target, 2)
    y = [Fraction(value, 2) - Fraction(sum(target), 14) for value in target]
    x = [
        [m * (value - Fraction(sum(c.integers), 7)) for value in c.integers]
        for c, m in zip(table, moments.scales, strict=True)
    ]
    for i in range(3):
        assert fraction(entries(moments.correlation)[i]) == sum(a * b for a, b in zip(x[i], y, strict=True)) / 7
        for j in range(3):
            assert fraction(moments.gram[i, j]) == sum(a * b for a, b in zip(x[i], x[j], strict=True)) / 7
    assert moments.energy == sum(v * v for v in y) / 7
    gram, correlation, energy = moments.floats
    assert gram[0, 1] == float(fraction(moments.gram[0, 1]))
    assert (correlation.shape, energy) == ((3,), float(moments.energy))


@pytest.mark.parametrize("size", [1, 3, 10**9, 10**60])
def test_scaled_columns_have_mean_square_just_below_one(size: int) -> None:
    values = [size * v for v in (0, 1, 5, -2)]
    square, total = sum(v * v for v in values), sum(values)
    variance = Fraction(4 * square - total**2, 16)
    scaled = unit_scale(4, square, total) ** 2 * variance
    assert 1 - Fraction(1, 2**21) < scaled <= 1


def test_semidefinite_decides_the_boundary() -> None:
    from flint import fmpq, fmpq_mat

    singular = fmpq_mat(2, 2, [1, fmpq(1, 3), fmpq(1, 3), fmpq(1, 9)])
    below = fmpq_mat(2, 2, [1, fmpq(1, 3), fmpq(1, 3), fmpq(1, 9) - fmpq(1, 10**30)])
    assert is_positive_semidefinite(singular)
    assert not is_positive_semidefinite(below)
    rng = np.random.default_rng(0)
    for _ in range(30):
        matrix = rng.integers(-3, 4, (4, 4))
        matrix = matrix + matrix.T + 3 * np.eye(4, dtype=int)
        least = np.linalg.eigvalsh(matrix)[0]
        if abs(least) > 1e-9:
            assert is_positive_semidefinite(fmpq_mat(4, 4, matrix.ravel().tolist())) == (least > 0)


def test_form() -> None:
    from flint import fmpq_mat

    matrix = fmpq_mat(2, 2, [2, 1, 1, 3])
    assert form(column_vector([1, 2]), matrix, column_vector([Fraction(1, 2), 0])) == Fraction(2)
