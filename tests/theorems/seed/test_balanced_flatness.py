"""Sharpness of balanced minima."""

from __future__ import annotations

from typing import Any

ENTRY = "balanced-flatness"
SLOW = ("ninth", "not balanced", "large weights")


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
