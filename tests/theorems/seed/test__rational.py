"""Rational data: linear systems, the lasso, drawn designs."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from theorems.seed._rational import Matrix, Vector, drawn_design, gram, lasso, products, solution
from verify.errors import InvalidInput


def value(design: Matrix, target: Vector, penalty: Fraction, u: Vector) -> Fraction:
    """Return |y - X u|^2/2 + penalty |u|_1."""
    residuals = [
        sum((a * b for a, b in zip(row, u, strict=True)), Fraction(0)) - y
        for row, y in zip(design, target, strict=True)
    ]
    return sum((r * r for r in residuals), Fraction(0)) / 2 + penalty * sum((abs(v) for v in u), Fraction(0))


def test_solution() -> None:
    third = Fraction(1, 3)
    assert solution([[Fraction(0), Fraction(2)], [Fraction(3), Fraction(1)]], [Fraction(2), Fraction(2)]) == [third, 1]
    assert solution([[Fraction(1), Fraction(2)], [Fraction(2), Fraction(4)]], [Fraction(1), Fraction(1)]) is None


@pytest.mark.parametrize("seed", range(1, 8))
def test_no_neighbour_of_the_lasso_solution_is_better(seed: int) -> None:
    design, target = drawn_design(4, 2, seed)
    best = lasso(design, target, Fraction(1))
    level = value(design, target, Fraction(1), best)
    for step in product((-1, 0, 1), repeat=2):
        for size in (Fraction(1, 1000), Fraction(1, 10), Fraction(1)):
            moved = [u + size * s for u, s in zip(best, step, strict=True)]
            assert value(design, target, Fraction(1), moved) > level or not any(step)


def test_soft_threshold() -> None:
    unit = [[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]]
    assert lasso(unit, [Fraction(3), Fraction(-1, 2)], Fraction(1)) == [2, 0]


def test_dependent_columns_are_refused() -> None:
    with pytest.raises(InvalidInput, match="dependent"):
        lasso([[Fraction(1), Fraction(1)]], [Fraction(1)], Fraction(1))


def test_drawn_designs_have_independent_columns() -> None:
    design, target = drawn_design(3, 3, 5)
    assert solution(gram(design), products(design, target)) is not None
    assert drawn_design(3, 3, 5) == (design, target)
