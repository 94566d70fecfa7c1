"""What is concluded about signs holds at sampled points, and laws are used only where a function is defined."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from verify.algebra.knowledge import known_sign, lawful_generators, monotone_consequences, signed
from verify.algebra.ring import Generator, Quotient, Ring
from verify.algebra.signs import Facts
from verify.expr.ball import as_ball, precision

ONE = ((Fraction(1), ()),)


def term(name: str) -> Any:
    return ((Fraction(1), ((name, 1),)),)


RING = Ring([
    Generator("x", "real"), Generator("y", "real"), Generator("p", "positive"), Generator("ex", "exp", (term("x"), ONE)),
    Generator("eq", "exp", (term("x"), term("y"))), Generator("l", "log", (term("y"), ONE)), Generator("r", "sqrt", (term("y"), ONE)),
    Generator("lp", "log", (term("p"), ONE)),
])  # fmt: skip
X, Y, P, EX, EQ, L, R, LP = RING.gens

numbers = st.fractions(min_value=-3, max_value=3, max_denominator=4)


def sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)


def true_facts(x: Fraction, y: Fraction) -> Facts:
    return Facts().having(RING, X, sign(x)).having(RING, Y, sign(y)).having(RING, X - Y, sign(x - y))


POLYS = (
    X * Y,
    X**2 * Y - X * Y**2,
    -3 * Y,
    X - Y,
    X**2 - 2 * X * Y + Y**2,
    P * X,
    (X - Y) * P**3,
    X + Y,
    EX * Y,
    X**2 + P,
)


@given(numbers, numbers, st.fractions(Fraction(1, 4), 3))
def test_known_signs_are_true(x: Fraction, y: Fraction, p: Fraction) -> None:
    facts = true_facts(x, y)
    for poly in POLYS:
        known = known_sign(RING, facts, poly)
        if known is not None:
            value = sum(
                float(c.p) / float(c.q) * float(x) ** e[0] * float(y) ** e[1] * float(p) ** e[2] * math.exp(x) ** e[3]
                for e, c in ((tuple(map(int, k)), c) for k, c in poly.to_dict().items())
            )
            assert abs(value) < 1e-9 if known == 0 else value * known > 0
    assert known_sign(RING, Facts(), X + Y) is None
    assert known_sign(RING, facts, POLYS[0]) == sign(x * y)


@given(numbers, numbers.filter(bool))
def test_consequences_hold_where_the_functions_are_defined(x: Fraction, y: Fraction) -> None:
    facts = true_facts(x, y)
    with precision(96):
        values = [fmpq(x.numerator, x.denominator), fmpq(y.numerator, y.denominator), fmpq(1)]
        values += [as_ball(values[0]).exp(), as_ball(values[0] / values[1]).exp(), fmpq(0), fmpq(0), fmpq(0)]
        for side, poly in monotone_consequences(RING, facts, None):
            value = as_ball(RING.value(poly, values))
            assert value.contains(0) if side == "equations" else value > 0


def test_nothing_follows_where_an_argument_may_be_undefined() -> None:
    facts = Facts().having(RING, X, 1).having(RING, Y, 0)
    polys = [poly for _, poly in monotone_consequences(RING, facts, None)]
    assert all(not poly.degrees()[4] for poly in polys)


def test_a_signed_polynomial_has_the_sign_of_the_quotient() -> None:
    assert signed(RING, Quotient(X, P)) == X
    assert signed(RING, Quotient(X, Y)) == X * Y


@pytest.mark.parametrize(
    ("facts", "lawful"),
    [
        (Facts(), (True, True, True, True, False, False, False, True)),
        (Facts().having(RING, Y, 1), (True,) * 8),
        (Facts().having(RING, Y, -1), (True, True, True, True, True, False, False, True)),
        (Facts().having(RING, Y, 0), (True, True, True, True, False, False, None, True)),
    ],
)
def test_laws_hold_only_in_the_domain(facts: Facts, lawful: tuple[bool | None, ...]) -> None:
    found = lawful_generators(RING, facts, (), ())
    for expected, value in zip(lawful, found, strict=True):
        assert expected is None or value is expected


def test_constraints_of_the_branch_make_functions_lawful() -> None:
    assert lawful_generators(RING, Facts(), (), (Y,))[5:7] == (True, True)
    assert lawful_generators(RING, Facts(), (Y,), ())[5:7] == (False, True)
    assert lawful_generators(RING, Facts(), (-Y,), ())[5:7] == (False, False)
    assert lawful_generators(RING, Facts(), (), (Y * Y,))[4] is True
