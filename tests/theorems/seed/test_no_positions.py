"""Without positions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed.no_positions import least_risk

ENTRY = "no-positions"


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


def test_risks() -> None:
    assert [least_risk(tokens) for tokens in (1, 2, 3)] == [0, Fraction(1, 4), Fraction(1, 3)]


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
