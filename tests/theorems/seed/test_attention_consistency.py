"""Consistency of self-attention: sample sizes."""

from __future__ import annotations

from typing import Any

from theorems.seed.attention_consistency import threshold, tokens

ENTRY = "attention-consistency"


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


def test_numbers() -> None:
    assert (threshold(), tokens()) == (8912, 8913)


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
