"""Theorem B with tolerance: its constants."""

from __future__ import annotations

from typing import Any

ENTRY = "restricted-convexity-tolerance"
SLOW = ("l1 sharp", "l1")


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
