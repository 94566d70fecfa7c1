"""Matrix mask with ridge: the group lasso."""

from __future__ import annotations

from typing import Any

ENTRY = "matrix-mask-ridge"
SLOW = ("three inputs",)


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
