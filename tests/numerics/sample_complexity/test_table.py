"""Tables as exact designs."""

from __future__ import annotations

from fractions import Fraction as Q

import pytest

from numerics.sample_complexity.table import design_of, digits
from verify.data import Column, Data
from verify.errors import InvalidInput


def test_columns_are_centred_and_near_unit_size() -> None:
    columns = (Column("x", tuple(range(10))), Column("y", (5,) * 10), Column("z", (0, 1) * 5))
    design = design_of(Data("t.csv", "0" * 64, columns, "z"), 4, 1, Q(1, 100), 0)
    assert (len(design.rows), design.size) == (4, 1)  # y is constant, z the target
    assert [row[0] for row in design.rows] == [Q(v - 4, 4) for v in range(4)]
    assert design.target == tuple(row[0] * design.teacher[0] for row in design.rows)


def test_digits_and_too_large_a_teacher() -> None:
    assert design_of(digits(), 8, 3, Q(1, 100), 1).size == 61
    with pytest.raises(InvalidInput, match="k=99"):
        design_of(digits(), 8, 99, Q(1, 100), 1)
