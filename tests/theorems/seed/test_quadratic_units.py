"""Quadratic units."""

from __future__ import annotations

from typing import Any

import pytest

ENTRY = "quadratic-units"
SLOW = ("one unit",)


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


@pytest.mark.slow
def test_two_inputs_three_units(decided: Any) -> None:
    assert decided(p="2").finding.verdict == "proved"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
