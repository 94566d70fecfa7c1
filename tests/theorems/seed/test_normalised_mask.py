"""A normalised mask collapses earlier."""

from __future__ import annotations

from typing import Any

ENTRY = "normalised-mask"
SLOW = ("just above the threshold",)


def test_default(decided: Any) -> None:
    result = decided()
    assert result.finding.verdict == result.expected == "refuted"
    assert [(row.name, row.holds, row.margin) for row in result.assumptions] == [("no collapse", False, "-3/10")]


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
