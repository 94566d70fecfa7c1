"""Training: gradients against differences, end points dyadic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from numerics.global_optima_training import GRADIENTS, _flat, _problem, _shapes, train
from verify.optimum import drawn


@pytest.mark.parametrize("model", list(GRADIENTS))
def test_gradient(model: str) -> None:
    problem = _problem(drawn(model, 4, 3, 2, Fraction(1, 3), 5))
    shapes = _shapes(problem, 2)
    flat = np.random.default_rng(0).standard_normal(sum(int(np.prod(s)) for s in shapes.values()))
    _, slope = _flat(problem, shapes, flat)
    step = 1e-6
    for place in range(len(flat)):
        move = np.eye(len(flat))[place] * step
        difference = (_flat(problem, shapes, flat + move)[0] - _flat(problem, shapes, flat - move)[0]) / (2 * step)
        assert abs(difference - slope[place]) < 1e-3 * max(1.0, abs(slope[place]))


def test_end_points_are_dyadic_and_sorted() -> None:
    ends = train(drawn("mask", 3, 2, 1, Fraction(1), 0), 1, 4, 0)
    assert [end.loss for end in ends] == sorted(end.loss for end in ends)
    assert all(v.denominator & (v.denominator - 1) == 0 for v in ends[0].point["a"][0][0])
