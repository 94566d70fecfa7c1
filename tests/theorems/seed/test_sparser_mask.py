"""Sparser masks: the U-shaped table."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed.sparser_mask import table

ENTRY = "sparser-mask"


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "refuted"


def test_table() -> None:
    assert table(Fraction(1, 20)) == [Fraction(21, 32), Fraction(33, 160), Fraction(21, 160), Fraction(3, 20)]


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
