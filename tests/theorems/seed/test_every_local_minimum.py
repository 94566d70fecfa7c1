"""The abstract's local minima, literally."""

from __future__ import annotations

from typing import Any

ENTRY = "every-local-minimum"
SLOW = ("quadratic",)


def test_default(decided: Any) -> None:
    result = decided()
    assert result.finding.verdict == result.expected == "refuted"
    assert result.finding.values["objective"] == "1/2"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
