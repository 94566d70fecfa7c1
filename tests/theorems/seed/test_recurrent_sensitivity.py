"""Recurrent attention: sensitivities."""

from __future__ import annotations

from typing import Any

ENTRY = "recurrent-sensitivity"
SLOW = ("source", "slow")


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
