"""The probability statements."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed.bound_probability import least_samples, mean_size

ENTRY = "bound-probability"


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


def test_numbers() -> None:
    assert mean_size(2) == Fraction(1, 2)
    assert mean_size(4) == Fraction(3, 8)
    assert (least_samples("D"), least_samples("F")) == (1142, 129)


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
