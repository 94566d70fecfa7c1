"""Separation of mask with ridge and row-space estimators."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed.separation import row_space_error

ENTRY = "separation"
SLOW = ("stationary", "constant")


def test_default(decided: Any) -> None:
    result = decided()
    assert result.finding.verdict == "proved"
    assert [(row.value, row.threshold, row.holds) for row in result.assumptions] == [("1/100", "9/50", True)]


def test_bounds_of_the_baseline() -> None:
    assert [row_space_error(p) for p in (2, 3, 4)] == [0, Fraction(9, 50), Fraction(1, 2)]


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
