"""Training from many starts: all stationary points of a landscape that is known, sorted by curvature."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.budget import Budget
from numerics.training.starts import starting_points, train
from verify.claim import Claim, claim_from_data


def claim(objective: str, **parameters: str) -> Claim:
    data = {"id": "c", "parameters": parameters, "objective": {"minimise": objective},
            "claim": {"every": "local minimum", "satisfies": "objective < 9"}}  # fmt: skip
    return claim_from_data(data)


def test_two_wells_of_different_depth() -> None:
    found = train(claim("(q**2 - 1)**2 + q/4", q="real"), 64, seed=0, budget=Budget.of(20))
    assert found.converged == 64
    assert found.steepest <= 1e-10
    assert [kind.index for kind in found.minima] == [0, 0]
    assert found.best is not None
    assert found.best.x[0] == pytest.approx(-1.03, abs=0.01)
    assert [kind.x[0] > 0 for kind in found.bad] == [True]
    assert sum(found.indices.values()) == 64
    assert len(found.losses) == sum(kind.count for kind in found.minima)


def test_the_origin_is_a_saddle_that_only_the_start_at_zero_ends_in() -> None:
    found = train(claim("(q*k - 1)**2", q="real", k="real"), 50, seed=0, budget=Budget.of(20))
    assert [(kind.value, kind.index) for kind in found.kinds if kind.index] == [(1.0, 1)]
    assert found.bad == ()
    assert found.best is not None
    assert found.best.value == pytest.approx(0, abs=1e-15)


def test_starts_repeat_and_have_zero_blocks() -> None:
    one = claim("sum(w**2) + q**2", w="real[3]", q="real")
    points = starting_points(one, 200, 1)
    assert np.array_equal(points, starting_points(one, 200, 1))
    assert not points[0].any()
    assert ((points[:, :3] == 0).all(axis=1) & (points[:, 3] != 0)).any()


def test_no_budget_still_gives_what_is_under_way() -> None:
    found = train(claim("(q**2 - 1)**2", q="real"), 600, seed=0, budget=Budget.of(0))
    assert 0 < found.started <= 256
