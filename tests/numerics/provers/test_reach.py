"""Covers cut where it helps: unbounded sides near the origin first, wide sides before narrow ones."""

from __future__ import annotations

from fractions import Fraction

from flint import fmpq

from numerics.budget import Budget
from numerics.provers.reach import FARTHEST, _axis, _ball_text, decide
from verify.claim import claim_from_data


def test_the_axis_of_the_next_cut() -> None:
    one, two = fmpq(1), fmpq(2)
    assert _axis(((None, None), (fmpq(0), one)), 1) == 0
    assert _axis(((two, None), (one, None)), 1) == 1
    assert _axis(((two, None), (fmpq(0), one)), 3) == 1
    assert _axis(((fmpq(0), one), (fmpq(0), two)), 0) == 1
    assert _axis(((fmpq(FARTHEST), None),), 1) is None
    assert _axis(((one, one),), 0) is None


def test_a_located_minimum_lies_in_its_ball() -> None:
    claim = claim_from_data(
        {"id": "r", "parameters": {"x": "real"}, "objective": {"minimise": "(x - 1/3)**2 + abs(x)/9"},
         "claim": {"every": "global minimum", "satisfies": "x < 1/9"}}
    )  # fmt: skip
    finding, _ = decide(claim, "refuted", Budget.of(5))
    assert finding is not None
    assert finding.witness is not None
    middle, radius = map(float, finding.witness["x"].split(" +/- "))
    assert abs(middle - 5 / 18) <= radius


def test_printed_balls_hold_what_they_describe() -> None:
    """Also where floats are coarse: large midpoints, radii that rounding would shorten, huge numerators."""
    tiny = fmpq(1, 2**1100)
    for low, high in ((fmpq(10**9, 7), fmpq(10**9, 7) + tiny), (fmpq(0), fmpq(2469, 10**5)), (-tiny, fmpq(1, 3))):
        middle, radius = map(Fraction, _ball_text(low, high).split(" +/- "))
        assert middle - radius <= Fraction(int(low.p), int(low.q))
        assert Fraction(int(high.p), int(high.q)) <= middle + radius
