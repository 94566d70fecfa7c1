"""The search finds the extremes of what it bounds, and says when it has not."""

import numpy as np

from numerics.bound import DONE, bounds
from numerics.budget import Budget
from verify.expr import build
from verify.expr import functions as F
from verify.expr.tape import trace
from verify.recheck.batch.relax import Relaxation

X = build.symbol("x", (2,))


def test_extremes_are_found_to_the_width() -> None:
    found = bounds(Relaxation(trace(F.sin(3 * X[0]) * X[1], (X,))), np.ones((2, 2, 1)), 1e-3, Budget.of(20))
    assert -1.001 <= found.low <= -1 <= 1 <= found.high <= 1.001
    assert found.excess is None
    assert found.tree is not None
    assert found.boxes == len(found.tree)
    assert found.tree.count(DONE) == found.boxes // 2 + 1


def test_a_few_boxes_give_bounds_that_are_coarse() -> None:
    relaxation = Relaxation(trace(F.sin(9 * X[0] * X[1]) * F.cos(7 * X[0] - X[1]), (X,)))
    found = bounds(relaxation, np.ones((2, 2, 1)), 1e-9, Budget.of(20), max_nodes=2100)
    assert found.excess is not None
    assert found.tree is not None
    assert found.low < -0.8
    assert found.high > 0.8


def test_a_pole_ends_the_search() -> None:
    found = bounds(Relaxation(trace(1 / X[0] + X[1], (X,))), np.ones((2, 2, 1)), 1e-3, Budget.of(1))
    assert found.tree is None
    assert found.open is not None
    assert abs(found.open[0]).max() < 1e-2
