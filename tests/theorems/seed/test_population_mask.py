"""Population loss of a linear mask."""

from __future__ import annotations

from typing import Any

ENTRY = "population-mask"


def test_default(decided: Any) -> None:
    result = decided()
    assert result.finding.verdict == "proved"
    assert result.details["tables"][0]["rows"][0][:4] == ["bound", "(1/2) k t^2 with k = 2, t = 1/2", "1/4", "1/4"]


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
