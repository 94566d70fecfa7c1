"""Weight decay on three factors."""

from __future__ import annotations

from typing import Any

ENTRY = "weight-decay-collapse"
SLOW = ("decay at the threshold", "tiny decay")


def test_the_origin_is_the_witness(decided: Any) -> None:
    result = decided()
    assert result.finding.verdict == result.expected == "refuted"
    assert result.finding.witness == {"v": "0", "w": "0", "a": "0"}


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
