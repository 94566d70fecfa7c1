"""Directions that refute a restricted eigenvalue."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import fmpq_mat

from numerics.moments import column_vector, entries
from numerics.null_cone import in_cone, kernel, null_direction


def gram_of(rows: list[list[int]]) -> fmpq_mat:
    design = fmpq_mat(len(rows), len(rows[0]), [value for row in rows for value in row])
    return design.transpose() * design


def test_duplicate_column_is_found() -> None:
    gram = gram_of([[1, 1, 0], [2, 2, 1], [0, 0, 3]])
    direction = null_direction(gram, [0])
    assert direction is not None
    assert in_cone(direction, [0])
    assert not any(entries(gram * column_vector(direction)))


def test_sign_patterns_matter() -> None:
    gram = gram_of([[1, 1, 0], [0, 0, 1]])
    direction = null_direction(gram, [0, 1])
    assert direction is not None
    assert direction[0] == -direction[1]


@pytest.mark.parametrize(("factor", "found"), [(2, True), (4, False)])
def test_the_cone_has_factor_three(factor: int, found: bool) -> None:
    """The kernel is spanned by (1, factor)."""
    assert in_cone([Fraction(1), Fraction(3)], [0])
    assert in_cone([Fraction(1), Fraction(factor)], [0]) == found
    assert (null_direction(gram_of([[factor, -1]]), [0]) is not None) == found


def test_regular_matrix_has_no_kernel() -> None:
    gram = gram_of([[1, 0], [1, 1]])
    assert kernel(gram) == []
    assert null_direction(gram, [0]) is None


def test_no_support_no_direction() -> None:
    assert null_direction(gram_of([[1, 1]]), []) is None
