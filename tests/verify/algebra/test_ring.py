"""Ring arithmetic agrees with SymPy, text forms round-trip, and values of generators are enclosed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.algebra.ring import MAX_GENERATORS, Generator, Quotient, Ring, enclosing_rationals
from verify.errors import Undecidable
from verify.expr.ball import as_ball, precision

RING = Ring([Generator("x", "real"), Generator("y", "positive"), Generator("z", "real")])
SYMBOLS = sympy.symbols("x y z")

coefficients = st.fractions(min_value=-9, max_value=9, max_denominator=7)
monomials = st.dictionaries(st.sampled_from("xyz"), st.integers(1, 3), max_size=3)
polynomials = st.lists(st.tuples(coefficients, monomials), max_size=5)


def to_poly(terms: Any) -> Any:
    return RING.poly(tuple((c, tuple(powers.items())) for c, powers in terms))


def to_sympy(poly: Any) -> Any:
    total = sympy.Integer(0)
    for exponents, c in poly.to_dict().items():
        term = sympy.Rational(int(c.p), int(c.q))
        for symbol, exponent in zip(SYMBOLS, exponents, strict=True):
            term *= symbol ** int(exponent)
        total += term
    return total


def quotient_to_sympy(a: Quotient) -> Any:
    return to_sympy(a.num) / to_sympy(a.den)


def is_zero(expression: Any) -> bool:
    return bool(sympy.expand(sympy.numer(sympy.together(expression))) == 0)


@settings(max_examples=25)
@given(polynomials, polynomials, polynomials, polynomials)
def test_quotient_arithmetic_agrees_with_sympy(p: Any, q: Any, r: Any, s: Any) -> None:
    p, q, r, s = (to_poly(terms) for terms in (p, q, r, s))
    if q.is_zero() or s.is_zero():
        return
    a, b = RING.quotient(p, q), RING.quotient(r, s)
    left, right = quotient_to_sympy(a), quotient_to_sympy(b)
    assert is_zero(left - to_sympy(p) / to_sympy(q))
    assert is_zero(quotient_to_sympy(RING.add(a, b)) - (left + right))
    assert is_zero(quotient_to_sympy(RING.sub(a, b)) - (left - right))
    assert is_zero(quotient_to_sympy(RING.mul(a, b)) - left * right)
    assert is_zero(quotient_to_sympy(RING.neg(a)) + left)
    if not b.num.is_zero():
        assert is_zero(quotient_to_sympy(RING.div(a, b)) - left / right)


@given(polynomials, polynomials)
def test_quotients_are_in_lowest_terms_with_a_monic_denominator(p: Any, q: Any) -> None:
    p, q = to_poly(p), to_poly(q)
    if q.is_zero():
        return
    a = RING.quotient(p * q, q * q)
    assert a.den.leading_coefficient() == 1
    assert a.num.is_zero() or a.num.gcd(a.den).is_constant()
    assert RING.quotient(p, q) == a


@given(polynomials)
def test_terms_round_trip_in_a_larger_ring(terms: Any) -> None:
    poly = to_poly(terms)
    text = RING.terms(poly)
    assert RING.poly(text) == poly
    larger = RING.extended(Generator("t", "real"))
    assert larger.terms(larger.poly(text)) == text


def test_terms_add_repeated_monomials_and_refuse_unknown_generators() -> None:
    half = Fraction(1, 2)
    repeated = ((half, (("x", 1),)), (half, (("x", 1),)))
    assert RING.poly(repeated) == RING.gens[0]
    assert RING.poly(((Fraction(1), (("x", 1), ("x", 2))),)) == RING.gens[0] ** 3
    with pytest.raises(KeyError):
        RING.poly(((Fraction(1), (("w", 1),)),))


def test_a_denominator_that_is_identically_zero_is_refused() -> None:
    with pytest.raises(Undecidable):
        RING.quotient(RING.one, RING.zero)
    with pytest.raises(Undecidable):
        RING.div(RING.constant(1), RING.constant(0))


def test_too_many_generators_are_refused() -> None:
    with pytest.raises(Undecidable):
        Ring([Generator(f"x{k}", "real") for k in range(MAX_GENERATORS + 1)])


@given(polynomials, st.tuples(coefficients, coefficients, coefficients))
def test_values_at_rational_points_are_exact(terms: Any, point: tuple[Fraction, ...]) -> None:
    poly = to_poly(terms)
    value = RING.value(poly, [fmpq(v.numerator, v.denominator) for v in point])
    expected = sum((c * point[0] ** m.get("x", 0) * point[1] ** m.get("y", 0) * point[2] ** m.get("z", 0)
                    for c, m in terms), Fraction(0))  # fmt: skip
    assert value == fmpq(expected.numerator, expected.denominator)


def test_function_generators_are_enclosed_in_order() -> None:
    one = ((Fraction(1), ()),)
    argument = (((Fraction(2), (("x", 1),)),), one)
    ring = Ring(
        [
            Generator("x", "real"),
            Generator("e", "exp", argument),
            Generator("r", "sqrt", (((Fraction(1), (("e", 1),)),), one)),
        ]
    )
    with precision(128):
        _, exponential, root = ring.enclose({"x": fmpq(1, 2)})
        assert exponential.contains(as_ball(fmpq(1)).exp())
        assert (root * root).overlaps(exponential)
        assert float(root.rad()) < 1e-30


@given(coefficients, st.integers(4, 80))
def test_enclosing_rationals_hold_the_ball(value: Fraction, bits: int) -> None:
    with precision(96):
        ball = as_ball(fmpq(value.numerator, value.denominator)).exp()
        low, high = enclosing_rationals(ball, bits)
        assert fmpq(low.numerator, low.denominator) <= ball <= fmpq(high.numerator, high.denominator)
        assert high - low <= Fraction(3, 1 << bits) + Fraction(1, 1 << 60)
    exact = fmpq(value.numerator, value.denominator)
    assert enclosing_rationals(exact) == (value, value)
