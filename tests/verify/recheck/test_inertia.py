"""Elimination decides definiteness like eigenvalues do, and semidefiniteness of singular matrices exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import given
from hypothesis import strategies as st

from verify.errors import Undecidable
from verify.expr.ball import Balls
from verify.recheck.inertia import determinant_sign, is_positive_definite, is_positive_semidefinite

DOMAIN = Balls()
CLEAR = 1e-8


def symmetric(entries: list[int], size: int) -> list[list[fmpq]]:
    values = iter(entries)
    rows = [[fmpq(0)] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rows[i][j] = rows[j][i] = fmpq(next(values), 3)
    return rows


def floats(rows: list[list[fmpq]]) -> Any:
    return np.array([[float(v.p) / float(v.q) for v in row] for row in rows])


matrices = st.integers(1, 5).flatmap(
    lambda n: st.lists(st.integers(-6, 6), min_size=n * (n + 1) // 2, max_size=n * (n + 1) // 2).map(
        lambda entries: symmetric(entries, n)
    )
)
factors = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(st.integers(-3, 3), min_size=n, max_size=n), min_size=1, max_size=n + 1)
)


@given(matrices)
def test_definiteness_agrees_with_eigenvalues(rows: list[list[fmpq]]) -> None:
    least = float(np.linalg.eigvalsh(floats(rows))[0])
    if abs(least) < CLEAR:
        return
    assert is_positive_definite(rows, DOMAIN) is (least > 0)
    assert is_positive_semidefinite(rows, DOMAIN) is (least > 0)


@given(factors)
def test_gram_matrices_are_semidefinite_and_definite_exactly_at_full_rank(vectors: list[list[int]]) -> None:
    array = np.array(vectors)
    gram = [[fmpq(int(v)) for v in row] for row in array.T @ array]
    assert is_positive_semidefinite(gram, DOMAIN)
    assert is_positive_definite(gram, DOMAIN) is bool(np.linalg.matrix_rank(array) == array.shape[1])
    shifted = [[v - (fmpq(1, 10**9) if i == j else 0) for j, v in enumerate(row)] for i, row in enumerate(gram)]
    if np.linalg.matrix_rank(array) < array.shape[1]:
        assert not is_positive_semidefinite(shifted, DOMAIN)


@given(matrices)
def test_the_sign_of_the_determinant(rows: list[list[fmpq]]) -> None:
    value = float(np.linalg.det(floats(rows)))
    if abs(value) > CLEAR:
        assert determinant_sign(rows, DOMAIN) == (1 if value > 0 else -1)
    singular = [*rows[:-1], [a * 2 for a in rows[0]]] if len(rows) > 1 else [[fmpq(0)]]
    assert determinant_sign(singular, DOMAIN) == 0


def test_a_zero_pivot_needs_a_zero_row() -> None:
    zero, one = fmpq(0), fmpq(1)
    assert is_positive_semidefinite([[zero, zero], [zero, one]], DOMAIN)
    assert not is_positive_semidefinite([[zero, one], [one, one]], DOMAIN)
    assert not is_positive_semidefinite([[zero, one], [one, zero]], DOMAIN)
    assert not is_positive_definite([[zero, zero], [zero, one]], DOMAIN)


def test_balls_that_touch_zero_are_never_decided() -> None:
    touching = arb(0, fmpq(1, 10))
    with pytest.raises(Undecidable):
        is_positive_definite([[touching]], DOMAIN)
    with pytest.raises(Undecidable):
        is_positive_semidefinite([[arb(1), touching], [touching, arb(0, fmpq(1, 100))]], DOMAIN)
    assert is_positive_definite([[arb(2, fmpq(1, 10)), touching], [touching, arb(2, fmpq(1, 10))]], DOMAIN)


def test_large_determinants_are_refused() -> None:
    size = 7
    identity = [[fmpq(int(i == j)) for j in range(size)] for i in range(size)]
    with pytest.raises(Undecidable):
        determinant_sign(identity, DOMAIN)
    assert determinant_sign([row[:6] for row in identity[:6]], DOMAIN) == 1
