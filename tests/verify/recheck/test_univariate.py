"""Systems in one variable are decided completely, also where roots nearly meet."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import fmpq, fmpq_poly
from hypothesis import given
from hypothesis import strategies as st

from verify.errors import Rejected
from verify.recheck.univariate import is_empty

X = fmpq_poly([0, 1])


def poly(*coefficients: object) -> fmpq_poly:
    return fmpq_poly([fmpq(Fraction(c).numerator, Fraction(c).denominator) for c in coefficients])


def test_an_interval_between_close_numbers_is_not_empty() -> None:
    low, gap = Fraction(1, 3), Fraction(1, 2**70)
    constraints = [("strict", poly(-low, 1)), ("strict", poly(low + gap, -1))]
    assert not is_empty(constraints)
    assert is_empty([("strict", poly(-low, 1)), ("strict", poly(low, -1))])


def test_roots_too_close_to_separate_are_refused() -> None:
    low, gap = Fraction(1, 3), Fraction(1, 2**2000)
    with pytest.raises(Rejected):
        is_empty([("strict", poly(-low, 1)), ("strict", poly(low + gap, -1))])


@pytest.mark.parametrize(
    ("constraints", "empty"),
    [
        ([("strict", X * X + 1)], False),
        ([("weak", -(X * X) - 1)], True),
        ([("weak", -(X * X))], False),
        ([("strict", -(X * X))], True),
        ([("equations", X * X - 2), ("strict", X)], False),
        ([("equations", X * X - 2), ("strict", X - 2)], True),
        ([("equations", X * X - 2), ("weak", X * X - 2)], False),
        ([("equations", X * X - 2), ("strict", X * X - 2)], True),
        ([("equations", X * X + 1)], True),
        ([("strict", poly(-1))], True),
        ([("strict", X), ("strict", 1 - X), ("weak", poly(Fraction(-97, 1000), 1) * 0 - 1)], True),
    ],
)
def test_decisions(constraints: list[tuple[str, fmpq_poly]], empty: bool) -> None:
    assert is_empty(constraints) is empty


@given(st.lists(st.tuples(st.sampled_from(["weak", "strict"]), st.lists(st.integers(-3, 3), min_size=1, max_size=4)),
                min_size=1, max_size=3), st.integers(-8, 8))  # fmt: skip
def test_a_rational_solution_is_never_overlooked(system: list[tuple[str, list[int]]], numerator: int) -> None:
    x = fmpq(numerator, 2)
    constraints = [(side, poly(*coefficients)) for side, coefficients in system]
    values = [(side, p(x)) for side, p in constraints]
    if all(value > 0 if side == "strict" else value >= 0 for side, value in values):
        assert not is_empty(constraints)
