"""Every real root is enclosed once, in order, at every precision."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq, fmpq_poly
from hypothesis import given
from hypothesis import strategies as st

from verify.expr.ball import precision
from verify.recheck.roots import horner, real_roots

rationals = st.fractions(min_value=-20, max_value=20, max_denominator=30)


def from_roots(roots: list[Fraction]) -> fmpq_poly:
    poly = fmpq_poly([1])
    for root in roots:
        poly *= fmpq_poly([fmpq(-root.numerator, root.denominator), fmpq(1)])
    return poly


@given(st.lists(rationals, min_size=1, max_size=6), st.integers(0, 2))
def test_rational_roots_are_found_in_order(roots: list[Fraction], pairs: int) -> None:
    poly = from_roots(roots) * fmpq_poly([fmpq(1, 3), 0, 1]) ** pairs
    found = real_roots(poly)
    assert len(found) == len(set(roots))
    for ball, root in zip(found, sorted(set(roots)), strict=True):
        assert (ball - fmpq(root.numerator, root.denominator)).contains(0)
        assert float(ball.rad()) < 1e-9


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=7))
def test_counts_agree_with_numpy_where_roots_are_simple(coefficients: list[int]) -> None:
    poly = fmpq_poly(coefficients)
    if poly.degree() < 1:
        return
    found = real_roots(poly)
    assert all(horner(poly, root).contains(0) for root in found)
    approximate = np.roots(coefficients[::-1])
    real = approximate[np.abs(approximate.imag) < 1e-7]
    gaps = np.abs(approximate[:, None] - approximate[None, :])[~np.eye(len(approximate), dtype=bool)]
    if len(gaps) and gaps.min() < 1e-3:
        return
    assert len(found) == len(real)
    assert np.allclose([float(root.mid()) for root in found], np.sort(real.real), atol=1e-6)


def test_roots_closer_than_double_precision_keep_their_order() -> None:
    near = [Fraction(1), Fraction(1) + Fraction(1, 10**40), Fraction(1) + Fraction(2, 10**40)]
    poly = from_roots(near)
    for bits in (64, 128, 256, 512):
        with precision(bits):
            found = real_roots(poly)
            assert len(found) == 3
        with precision(1024):
            for ball, root in zip(found, near, strict=True):
                assert (ball - fmpq(root.numerator, root.denominator)).contains(0)
            assert found[0] < found[1]
            assert found[1] < found[2]


@pytest.mark.parametrize("coefficients", [[1, 0, 1], [2, 1, 1], [1, 0, 0, 0, 1]])
def test_polynomials_without_real_roots(coefficients: list[int]) -> None:
    assert real_roots(fmpq_poly(coefficients)) == []


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=6), rationals)
def test_horner_encloses_the_value(coefficients: list[int], x: Fraction) -> None:
    poly, point = fmpq_poly(coefficients), fmpq(x.numerator, x.denominator)
    assert horner(poly, point) == poly(point)
    assert (horner(poly, arb(point, fmpq(1, 1000))) - poly(point)).contains(0)
