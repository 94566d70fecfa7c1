"""Shrinking keeps refuting, never grows, and reaches the simple point where there is one."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from numerics.budget import Budget
from numerics.provers.shrink import Point, complexity, shrunk

rationals = st.fractions(min_value=-50, max_value=50, max_denominator=97)


@given(st.lists(rationals, min_size=1, max_size=4), rationals)
def test_the_result_refutes_and_is_no_more_complex(start: list[Fraction], least: Fraction) -> None:
    def refutes(point: Point) -> bool:
        return sum(point) >= least

    if not refutes(tuple(start)):
        return
    found = shrunk(start, refutes, Budget.of(20))
    assert refutes(found)
    assert len(found) == len(start)
    assert sum(complexity(v)[0] for v in found) <= sum(complexity(v)[0] for v in start)


def test_simple_points_are_reached() -> None:
    start = (Fraction(317, 100), Fraction(-31, 17))
    assert shrunk(start, lambda p: True, Budget.of(20)) == (0, 0)
    assert shrunk(start, lambda p: p[0] > 1, Budget.of(20)) == (2, 0)
    assert shrunk(start, lambda p: p[1] < 0, Budget.of(20)) == (0, -1)


def test_entries_that_belong_together_stay_together() -> None:
    start = (Fraction(7, 3), Fraction(7, 3), Fraction(-7, 3))
    found = shrunk(start, lambda p: p[0] == p[1] == -p[2] != 0, Budget.of(20))
    assert found == (1, 1, -1)


def test_an_ended_budget_changes_nothing() -> None:
    start = (Fraction(7, 3),)
    assert shrunk(start, lambda p: True, Budget.of(-1)) == start
