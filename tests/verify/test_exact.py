"""Rational numbers as text."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.errors import InvalidInput
from verify.exact import MAX_DIGITS, format_rational, parse_decimal, parse_rational, rounded, simplest_between


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", Fraction(1, 10)),
        ("1e-3", Fraction(1, 1000)),
        ("-2.50", Fraction(-5, 2)),
        ("+7", Fraction(7)),
        (".5", Fraction(1, 2)),
        ("3.", Fraction(3)),
        (" 1_000 ", Fraction(1000)),
        ("12E2", Fraction(1200)),
        ("2/3", Fraction(2, 3)),
        ("0.1/0.3", Fraction(1, 3)),
        ("-1/ 4", Fraction(-1, 4)),
    ],
)
def test_literals_are_exact(text: str, value: Fraction) -> None:
    assert parse_rational(text) == value


@pytest.mark.parametrize(
    "text",
    ["", ".", "e5", "1e", "0x10", "1+1", "nan", "inf", "1/0", "1/0.0", "1//2", "1/2/3", "a", "--1", "1 2", "٣x"],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_rational(text)


@pytest.mark.parametrize("text", ["1" * (MAX_DIGITS + 1), "1e301", "1e-301", "1e999999999999999999", "9" * 10**6])
def test_oversized_numbers_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="too long"):
        parse_decimal(text)


@given(st.fractions())
def test_text_round_trips(value: Fraction) -> None:
    assert parse_rational(format_rational(value)) == value


@given(st.fractions(max_denominator=300), st.fractions(max_denominator=300))
def test_simplest_between_has_the_smallest_denominator(a: Fraction, b: Fraction) -> None:
    low, high = min(a, b), max(a, b)
    best = simplest_between(low, high)
    assert low <= best <= high
    for denominator in range(1, best.denominator):
        numerator = -(-low.numerator * denominator // low.denominator)
        assert Fraction(numerator, denominator) > high


def test_simplest_between_refuses_an_empty_interval() -> None:
    with pytest.raises(ValueError):
        simplest_between(Fraction(1), Fraction(0))


def test_rounding_to_a_side():
    for value in (Fraction(2, 3), Fraction(-2, 3), Fraction(10**15 + 7, 10**9)):
        assert Fraction(rounded(value, 3, "ROUND_FLOOR")) < value < Fraction(rounded(value, 3, "ROUND_CEILING"))
