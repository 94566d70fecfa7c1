"""Witnesses as text: exact rationals, or balls that hold the value."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import given
from hypothesis import strategies as st

from numerics.provers.described import ball_text, described, rational_value, rounded, shown_point
from verify.claim import Claim, claim_from_data
from verify.recheck.points import open_point


@pytest.fixture
def claim() -> Claim:
    return claim_from_data({
        "id": "d", "parameters": {"x": "[0, 1]", "y": "positive"}, "definitions": {"loss": "x*y", "both": "[x, y]"},
        "objective": {"minimise": "exp(x) - x**2"}, "claim": {"every": "stationary point", "satisfies": "loss > 9"},
    })  # fmt: skip


def test_rounding_stays_near_and_inside(claim: Claim) -> None:
    for point in ([0.33334, 2.5], [1.2, 0.001], [-0.1, 7e-4]):
        x, y = rounded(np.array(point), 1e-3, claim)
        assert 0 <= x <= 1
        assert y > 0
    assert rounded(np.array([1 / 3 + 1e-5, 2.0]), 1e-3, claim) == [Fraction(1, 3), Fraction(2)]


def test_a_witness_shows_its_point_and_its_scalars(claim: Claim) -> None:
    point = open_point(claim, {"coordinates": {"x": "1/2", "y": "3"}})
    shown, values = described(claim, point)
    assert shown == {"x": "1/2", "y": "3"}
    assert values["loss"] == "3/2"
    assert "both" not in values
    middle, _, radius = values["objective"].partition(" +/- ")
    assert abs(float(middle) - (np.exp(0.5) - 0.25)) <= float(radius) + 1e-15


def test_only_rational_values_are_rational(claim: Claim) -> None:
    assert rational_value(open_point(claim, {"coordinates": {"x": "0", "y": "1"}}), claim.objective) == 1
    assert rational_value(open_point(claim, {"coordinates": {"x": "1/2", "y": "1"}}), claim.objective) is None
    assert rational_value(open_point(claim, {"coordinates": {"x": "1/2", "y": "1"}}), None) is None


@given(st.fractions(min_value=-9, max_value=9, max_denominator=50), st.fractions(0, 1, max_denominator=10**6))
def test_the_text_of_a_ball_holds_the_ball(middle: Fraction, radius: Fraction) -> None:
    ball = arb(fmpq(middle.numerator, middle.denominator), fmpq(radius.numerator, radius.denominator))
    text = ball_text(ball)
    if "+/-" in text:
        center, _, spread = text.partition("+/-")
        center = center.strip() or "0"
        low, high = Fraction(center) - Fraction(spread.strip()), Fraction(center) + Fraction(spread.strip())
        assert low <= middle - radius
        assert middle + radius <= high
    else:
        assert radius == 0
        assert Fraction(text) == middle


def test_exact_numbers_are_shown_exactly() -> None:
    assert ball_text(fmpq(1, 3)) == "1/3"
    assert Fraction(ball_text(arb(2))) == 2
    assert shown_point(np.array([1.0, 0.5])) == "(1, 0.5)"
