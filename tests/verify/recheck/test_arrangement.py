"""Cells of an arrangement: rows that are zero, doubled or dependent."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from numerics.global_optima_cells import cells, leaves, tree_of
from verify.errors import Rejected
from verify.recheck.arrangement import check_cells


def rows(*data: Any) -> list[list[Fraction]]:
    return [[Fraction(v) for v in row] for row in data]


@pytest.mark.parametrize(
    ("table", "count"),
    [
        (rows([1, 0], [0, 1]), 4),
        (rows([1, 0], [0, 1], [1, 1]), 6),
        (rows([1, 0], [2, 0], [-1, 0]), 2),
        (rows([0, 0], [1, 0]), 2),
        (rows([1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]), 14),
        (rows([0]), 1),
    ],
)
def test_the_cells_are_counted(table: Any, count: int) -> None:
    assert len(leaves(cells(table))) == count


def test_a_level_that_is_attained_and_one_below() -> None:
    """v = (1, 1) on rows (1, 0), (0, 1): the largest of u_1 + u_2 over the unit ball is sqrt 2."""
    table, dual = rows([1, 0], [0, 1], [0, 0]), [Fraction(1), Fraction(1), Fraction(7)]
    tree = cells(table)
    above, below = Fraction(14143, 10000), Fraction(14142, 10000)
    check_cells(table, dual, above, tree_of(tree, table, dual, above))
    with pytest.raises(Rejected):
        check_cells(table, dual, below, tree_of(tree, table, dual, below))


def test_sizes_are_compared() -> None:
    with pytest.raises(Rejected):
        check_cells(rows([1]), [], Fraction(1), ["cell", [], []])
    with pytest.raises(Rejected):
        check_cells(rows([1]), [Fraction(1)], Fraction(10), ["cell", [], []])


def test_deep_trees_do_not_exhaust_the_checker() -> None:
    tree: Any = ["cell", [], []]
    for _ in range(3000):
        tree = ["split", tree, ["empty", ["1"]]]
    with pytest.raises(Rejected):
        check_cells(rows([1]), [Fraction(1)], Fraction(10), tree)
