"""Products of factors without ridge."""

from __future__ import annotations

from typing import Any

ENTRY = "zero-factors"
SLOW = ("three factors, local minimum",)


def test_local_minima_fit(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
