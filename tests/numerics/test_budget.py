"""Budgets are deadlines; parts never outlast the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerics.budget import Budget, OutOfTime

seconds = st.floats(0, 1000)


@given(seconds, seconds, st.floats(0, 1), seconds)
def test_parts_end_no_later_than_the_whole(whole: float, most: float, share: float, least: float) -> None:
    budget = Budget.of(whole)
    assert budget.at_most(most).deadline <= budget.deadline
    assert budget.part(share, least).deadline <= budget.deadline
    assert budget.at_most(most).left <= most
    assert budget.part(share).left <= whole * share + 1e-9


def test_an_ended_budget_raises() -> None:
    Budget.of(100).check()
    with pytest.raises(OutOfTime):
        Budget.of(-1).check()
    with pytest.raises(OutOfTime):
        Budget.of(-1).part(0.5, 10).check()
    assert Budget.of(-1).left < 0
