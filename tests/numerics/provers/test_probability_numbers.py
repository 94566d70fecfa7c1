"""Numbers as text never claim more than is known."""

from fractions import Fraction

import pytest
from flint import arb, fmpq

from numerics.provers.probability_numbers import decimals, dyadic, interval, shown


def test_short_rationals_are_shown_exactly():
    assert shown(fmpq(1, 4)) == "1/4"
    assert shown(fmpq(3)) == "3"


def test_long_rationals_and_balls_are_shown_with_their_radius():
    text = shown(fmpq(10**80 + 1, 3 * 10**80))
    middle, radius = text.split(" +/- ")
    assert abs(Fraction(middle) - Fraction(1, 3)) <= Fraction(radius)
    assert shown(arb(2).sqrt()).startswith("1.41421356")
    assert "[" not in shown(arb(2).sqrt())


@pytest.mark.parametrize(
    "value", [Fraction(1, 3), Fraction(-1, 3), Fraction(1, 2), Fraction(0), Fraction(123456789, 7)]
)
def test_limits_are_rounded_outward(value):
    low, high = Fraction(decimals(value, -1)), Fraction(decimals(value, 1))
    assert low <= value <= high
    assert high - low <= Fraction(1, 10**6)
    assert interval(value, value) == f"[{decimals(value, -1)}, {decimals(value, 1)}]"


def test_plain_decimals():
    assert decimals(Fraction(1, 2), 1) == "0.5"
    assert decimals(Fraction(-7), -1) == "-7"
    assert decimals(Fraction(1, 10**9), -1) == "0"
    assert decimals(Fraction(1, 10**9), 1) == "0.000001"


def test_dyadic_points_are_exact():
    for value in (Fraction(3, 8), Fraction(-5), Fraction(0), Fraction(1, 2**70)):
        assert dyadic(arb(value.numerator) / value.denominator) == value
