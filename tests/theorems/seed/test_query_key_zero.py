"""Query and key zero: as bad as mean pooling."""

from __future__ import annotations

from typing import Any

from theorems.seed.query_key_zero import pooling_loss

ENTRY = "query-key-zero"
SLOW = ("one half",)


def test_the_value_is_that_of_mean_pooling(decided: Any) -> None:
    result = decided()
    assert result.finding.verdict == result.expected == "refuted"
    assert result.finding.witness == {"w": "3/2", "q": "0", "k": "0"}
    assert result.finding.values["objective"] == str(pooling_loss()) == "9/32"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
