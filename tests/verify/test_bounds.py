"""Bounds come from linear constraints only, and ranges hold every value within them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from flint import arb, fmpq
from hypothesis import given
from hypothesis import strategies as st

from verify.algebra.ring import Generator, Ring
from verify.bounds import RANGE_PRECISION, generator_ranges, parameter_bounds, range_of
from verify.branch import Branch
from verify.claim import claim_from_data
from verify.errors import Undecidable
from verify.expr.ball import as_ball, precision
from verify.system import VACUOUS, System, goal_cases


def system(weak: Any = (), strict: Any = (), ring: Ring | None = None) -> System:
    ring = ring or RING
    return System(ring, (), tuple(weak), tuple(strict))


RING = Ring([Generator("x", "real"), Generator("y", "real")])
X, Y = RING.gens


def test_the_best_limits_are_kept() -> None:
    found = parameter_bounds(system([X + 3, 2 * X - 1, 5 - X, 4 - 2 * X], [-Y, Y + 7]))
    assert found == [(fmpq(1, 2), fmpq(2)), (fmpq(-7), fmpq(0))]


@pytest.mark.parametrize("poly", [X * X - 1, X + Y, X * Y, RING.one, RING.zero, X**3])
def test_other_constraints_give_no_limits(poly: Any) -> None:
    assert parameter_bounds(system([poly])) == [(None, None), (None, None)]


def test_unbounded_generators_have_no_range() -> None:
    with pytest.raises(Undecidable):
        generator_ranges(system([X, 1 - X, Y]))


rationals = st.fractions(min_value=-2, max_value=2, max_denominator=8)


@given(st.tuples(rationals, rationals), st.tuples(rationals, rationals), st.fractions(0, 1), st.fractions(0, 1))
def test_ranges_hold_the_values_of_polynomials_and_functions(a: Any, b: Any, s: Fraction, t: Fraction) -> None:
    (xl, xh), (yl, yh) = sorted(a), sorted(b)
    data = {
        "id": "r", "parameters": {"x": f"[{xl}, {xh}]", "y": f"[{yl}, {yh}]"},
        "assume": {"a": "exp(x*y) + sin(x) + sqrt(9 + x*y) + erf(y) <= 1000"}, "claim": {"every": "point", "satisfies": "x > y"},
    }  # fmt: skip
    claim = claim_from_data(data)
    (case,) = goal_cases(claim, VACUOUS)
    found = Branch.root(claim, case).system
    x, y = xl + s * (xh - xl), yl + t * (yh - yl)
    with precision(RANGE_PRECISION):
        try:
            ranges = generator_ranges(found)
        except Undecidable:
            return
        values = found.ring.enclose({"x": fmpq(x.numerator, x.denominator), "y": fmpq(y.numerator, y.denominator)})
        for value, enclosure in zip(values, ranges, strict=True):
            assert (as_ball(enclosure) - value).contains(0)
        for poly in found.weak:
            if poly.total_degree() > 1:
                assert (as_ball(range_of(found, poly)) - found.ring.value(poly, values)).contains(0)


def test_contradicting_limits_leave_no_value() -> None:
    (ranges, _) = generator_ranges(system([X - 2, 1 - X, Y, 1 - Y]))
    assert isinstance(ranges, arb)
    assert ranges == 2


def test_symmetric_intervals_have_ranges() -> None:
    found = system([X + 1, 1 - X, Y + 2, 2 - Y])
    with precision(RANGE_PRECISION):
        assert range_of(found, X + 2) > 0
        assert range_of(found, X**3 + X * Y + 8) > 0
