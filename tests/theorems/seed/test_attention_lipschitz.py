"""Self-attention as a function of its parameters."""

from __future__ import annotations

from typing import Any

ENTRY = "attention-lipschitz"
SLOW = ("variance", "value")


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
