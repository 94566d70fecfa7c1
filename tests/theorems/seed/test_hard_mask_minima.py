"""Hard masks have bad local minima."""

from __future__ import annotations

from typing import Any

ENTRY = "hard-mask-minima"


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "refuted"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
