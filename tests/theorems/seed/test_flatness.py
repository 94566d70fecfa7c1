"""Flatness is false."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

ENTRY = "flatness"
SLOW = ("at least two",)


def test_default(decided: Any) -> None:
    result = decided()
    assert result.finding.verdict == result.expected == "refuted"
    assert Fraction(result.finding.witness["a"]) * Fraction(result.finding.witness["w"]) == 1


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
