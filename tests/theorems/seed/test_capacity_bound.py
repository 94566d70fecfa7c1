"""Capacity in the number of kept inputs."""

from __future__ import annotations

from typing import Any

ENTRY = "capacity-bound"
SLOW = ("twenty", "l1")


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
