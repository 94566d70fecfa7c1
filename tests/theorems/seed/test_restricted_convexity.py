"""Restricted strong convexity with constant 5/4."""

from __future__ import annotations

from typing import Any

ENTRY = "restricted-convexity"


def test_default(decided: Any) -> None:
    result = decided()
    assert result.finding.verdict == "proved"
    assert [(row.name, row.margin) for row in result.assumptions] == [("H5", "1"), ("H7", "0")]


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
