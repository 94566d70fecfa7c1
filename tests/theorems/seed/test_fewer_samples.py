"""The abstract's sample complexity, literally."""

from __future__ import annotations

from typing import Any

ENTRY = "fewer-samples"
SLOW = ("lasso",)


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "refuted"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
