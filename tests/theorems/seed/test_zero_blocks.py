"""Zero blocks: refuted at zero for every model."""

from __future__ import annotations

from typing import Any

ENTRY = "zero-blocks"
SLOW = ("model M1a", "model M1x", "model M1s", "model M2", "model M3", "second-order with a mask")


def test_zero_is_the_witness(decided: Any) -> None:
    result = decided()
    assert result.finding.verdict == result.expected == "refuted"
    assert set(result.finding.witness.values()) == {"0"}
    assert result.finding.values["objective"] == "5/4"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
