"""One-hot mask on random signs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed.hard_mask_samples import failure

ENTRY = "hard-mask-samples"


def test_default(decided: Any) -> None:
    result = decided()
    assert result.finding.verdict == "proved"
    assert Fraction(result.finding.values["probability"]) == failure(4, 4) == Fraction(169, 512)


def test_threshold() -> None:
    assert failure(15, 1025) <= Fraction(1, 16) < failure(14, 1025)


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
