"""Mask with ridge: the lasso solution at every local minimum."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from theorems.seed._rational import drawn_design, lasso, products
from verify.errors import InvalidInput

ENTRY = "mask-ridge"
SLOW = ("three inputs", "constant")


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_lasso_solution_meets_its_conditions(seed: int) -> None:
    design, target = drawn_design(5, 3, seed)
    u = lasso(design, target, Fraction(1, 3))
    fitted = [sum((x * v for x, v in zip(row, u, strict=True)), Fraction(0)) for row in design]
    pairs = zip(products(design, fitted), products(design, target), strict=True)
    slopes = [a - b for a, b in pairs]
    for value, slope in zip(u, slopes, strict=True):
        assert slope == -Fraction(1, 3) * (1 if value > 0 else -1) if value else abs(slope) <= Fraction(1, 3)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_drawn_designs(decided: Any, seed: str) -> None:
    assert decided(seed=seed, n="3").finding.verdict == "proved"


def test_too_few_rows() -> None:
    with pytest.raises(InvalidInput, match="below p=3"):
        drawn_design(2, 3, 1)


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)
