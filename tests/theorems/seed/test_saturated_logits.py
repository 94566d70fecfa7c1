"""Saturated logits."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed.saturated_logits import largest_loss

ENTRY = "saturated-logits"


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


def test_largest_loss() -> None:
    assert 0.0055 < largest_loss(Fraction(1, 100)) < 0.0057


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
