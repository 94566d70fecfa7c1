"""Dual bounds that are found: exact values known in closed form, and weak duality against random points."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from numerics.global_optima import MODELS, dual_bound
from numerics.global_optima_training import train
from verify.optimum import drawn
from verify.recheck.optimum import Instance, objective


@pytest.mark.parametrize("model", MODELS)
def test_bound_and_training_meet(model: str) -> None:
    instance = drawn(model, 3, 2, 2, Fraction(1, 2), 1)
    dual = dual_bound(instance)
    assert dual is not None
    ends = train(instance, 4, 8, 0)
    values = [objective(instance, end.point) for end in ends]
    assert min(values) >= dual.bound
    if model != "relu":
        assert min(values) - dual.bound < Fraction(1, 10**6)


def test_known_values() -> None:
    one = [[Fraction(1)], [Fraction(-1)]]
    relu = Instance("relu", [one], [[[Fraction(1)], [Fraction(1)]]], Fraction(1, 2), {}, Fraction(0))
    dual = dual_bound(relu)
    assert dual is not None
    assert Fraction(3, 4) - dual.bound < Fraction(1, 10**8)
    assert dual.bound <= Fraction(3, 4)


def test_no_random_point_is_below_the_bound() -> None:
    rng = random.Random(0)
    instance = drawn("matrix-mask", 3, 2, 2, Fraction(2), 3)
    dual = dual_bound(instance)
    assert dual is not None
    for _ in range(50):
        a = [[Fraction(rng.randint(-8, 8), 4) for _ in range(2)]]
        weights = [[Fraction(rng.randint(-8, 8), 4) for _ in range(2)] for _ in range(2)]
        assert objective(instance, {"a": [a], "W": [weights]}) >= dual.bound
