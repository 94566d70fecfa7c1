"""Empty sign patterns: the weights that cancel are exact."""

from __future__ import annotations

from fractions import Fraction

import pytest

from numerics import global_optima_cells
from numerics.global_optima_cells import cells
from verify.errors import InvalidInput


def test_weights_of_empty_patterns_cancel() -> None:
    table = [[Fraction(1, 3), Fraction(1, 7)], [Fraction(-2, 3), Fraction(1, 5)], [Fraction(1, 9), Fraction(-4, 7)]]
    pending, empty = [(cells(table), ())], 0
    while pending:
        node, signs = pending.pop()
        if node[0] == "split":
            pending += [(node[1], (*signs, 1)), (node[2], (*signs, -1))]
        elif node[0] == "empty":
            empty += 1
            for k in range(2):
                assert sum(w * s * row[k] for w, s, row in zip(node[1], signs, table, strict=False)) == 0
    assert empty > 0


def test_too_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(global_optima_cells, "MAX_CELLS", 3)
    with pytest.raises(InvalidInput):
        cells([[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]])
