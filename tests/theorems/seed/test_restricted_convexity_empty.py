"""Where restricted strong convexity is empty."""

from __future__ import annotations

from typing import Any

ENTRY = "restricted-convexity-empty"


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "vacuous"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
