"""Norm-based bound: thresholds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed.norm_bound import threshold

ENTRY = "norm-bound"


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


def test_thresholds() -> None:
    assert (threshold(Fraction(1, 10)), threshold(Fraction(2))) == (154766, 387)


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
