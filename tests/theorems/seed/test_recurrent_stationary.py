"""Recurrent attention at zero input weights."""

from __future__ import annotations

from typing import Any

ENTRY = "recurrent-stationary"
SLOW = ("A = -1", "stationary")


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
