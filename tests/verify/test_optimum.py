"""Global optima from data to certificates."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR
from fractions import Fraction
from pathlib import Path

import pytest

from numerics.global_optima import dual_bound
from verify.claim import claim_from_data
from verify.data import Column, Data
from verify.errors import InvalidInput
from verify.exact import rounded
from verify.optimum import BAD, GLOBAL, OPEN, _short, claim_of, drawn, from_table, optimum
from verify.recheck import recheck_file
from verify.recheck.optimum import Instance

MODELS = ("mask", "matrix-mask", "linear-attention", "quadratic", "relu")


def test_two_units_are_global_one_is_not(tmp_path: Path) -> None:
    """x = +-1, y = 1, penalty 1/2: 3/4 with two units, 7/8 with one."""
    inputs, targets = [[[Fraction(1)], [Fraction(-1)]]], [[[Fraction(1)], [Fraction(1)]]]
    instance = Instance("relu", inputs, targets, Fraction(1, 2), {}, Fraction(0))
    two = optimum(instance, units=2, starts=12, certificates=tmp_path)
    assert [level.verdict for level in two.levels][:2] == [GLOBAL, BAD]
    assert Fraction(two.levels[1].excess or 0) > Fraction(12, 100)
    assert all(recheck_file(path).accepted for path in tmp_path.glob("*.json"))
    one = optimum(instance, units=1, starts=6)
    assert one.levels[0].verdict == OPEN
    assert abs(Fraction(one.levels[0].gap or 0) - Fraction(1, 8)) < Fraction(1, 1000)


@pytest.mark.slow
def test_bad_local_minimum_is_certified(tmp_path: Path) -> None:
    found = optimum(
        drawn("quadratic", 6, 2, 1, Fraction(1, 2), 0), units=1, starts=20, minima=30, certificates=tmp_path
    )
    bad = [level for level in found.levels if level.verdict == BAD]
    assert bad
    assert bad[0].local_minimum == "a local minimum above the best is certified"


@pytest.mark.parametrize("model", MODELS)
def test_claims_are_read(model: str) -> None:
    claim = claim_from_data(claim_of(drawn(model, 3, 2, 2, Fraction(1, 2), 0), Fraction(1), units=2))
    assert claim.id == f"{model}-minima"


def test_short_numbers_are_on_the_right_side() -> None:
    for value in (Fraction(1, 3), Fraction(22, 7), Fraction(1, 10**9), Fraction(3)):
        assert _short(value) < value < _short(value, up=True)
    assert _short(Fraction(0)) == 0


def test_printed_bounds_are_on_the_right_side() -> None:
    for value in (Fraction(2, 3), Fraction(-2, 3), Fraction(10**15 + 7, 10**9), Fraction(1, 7**30)):
        low, high = (Fraction(rounded(value, 3, way)) for way in (ROUND_FLOOR, ROUND_CEILING))
        assert low < value < high
    found = optimum(drawn("mask", 6, 2, 1, Fraction(1, 2), 0), starts=2)
    dual = dual_bound(drawn("mask", 6, 2, 1, Fraction(1, 2), 0))
    assert dual is not None
    assert Fraction(found.bound or "1e9") <= dual.bound


def test_tables() -> None:
    data = Data("t.csv", "0", (Column("x", (1, 2), 2), Column("y", (3, 4))), "y")
    instance = from_table("mask", data, 10, Fraction(1))
    assert instance.inputs == [[[Fraction(1, 2)], [Fraction(1)]]]
    assert instance.targets == [[[Fraction(3)], [Fraction(4)]]]
    with pytest.raises(InvalidInput):
        from_table("linear-attention", data, 10, Fraction(1))
    with pytest.raises(InvalidInput):
        from_table("mask", Data("t.csv", "0", data.columns), 10, Fraction(1))
