"""Trained logits with fixed values."""

from __future__ import annotations

from typing import Any

ENTRY = "fixed-values"
SLOW = ("strict promise",)


def test_default(decided: Any) -> None:
    result = decided()
    assert result.finding.verdict == result.expected == "refuted"
    assert result.finding.witness["s"].startswith("2.197")


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
