"""Float searches: what they return is stationary, lies in the domain, and is repeatable."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from numerics.budget import Budget
from numerics.search import batch_function, domain, feasible_points, landscape, merged, split, starts, stationary_points
from verify.claim import Claim, claim_from_data


def claim(objective: str, parameters: Any = None) -> Claim:
    return claim_from_data({
        "id": "s", "parameters": parameters or {"x": "real", "y": "real"}, "objective": {"minimise": objective},
        "claim": {"every": "stationary point", "satisfies": "objective > 0"},
    })  # fmt: skip


HIMMELBLAU = claim("(x**2 + y - 11)**2 + (x + y**2 - 7)**2")
BOXED = claim("sum(x**2) + p", {"x": "[-1, 2][2]", "p": "positive"})


def test_the_landscape_has_the_right_derivatives() -> None:
    land = landscape(HIMMELBLAU)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 2)) * 2
    h = 1e-6
    for axis in range(2):
        step = np.eye(2)[axis] * h
        assert np.allclose(
            (land.value(x + step) - land.value(x - step)) / (2 * h), land.gradient(x)[:, axis], rtol=1e-4, atol=1e-3
        )
        slopes = (land.gradient(x + step) - land.gradient(x - step)) / (2 * h)
        assert np.allclose(slopes, land.hessian(x)[:, axis], rtol=1e-4, atol=1e-3)
    with pytest.raises(ValueError):
        landscape(
            claim_from_data({"id": "p", "parameters": {"x": "real"}, "claim": {"every": "point", "satisfies": "x > 0"}})
        )


def test_all_nine_stationary_points_are_found() -> None:
    land = landscape(HIMMELBLAU)
    begin = starts(HIMMELBLAU, 256, np.random.default_rng(0))
    found = merged(stationary_points(land, begin, minima=False, budget=Budget.of(20)), 1e-4)
    assert len(found) == 9
    assert np.abs(land.gradient(found)).max() < 1e-6
    minima = merged(stationary_points(land, begin, minima=True, budget=Budget.of(20)), 1e-4)
    lowest = minima[land.value(minima) < 1e-10]
    assert len(lowest) == 4


def test_an_ended_budget_gives_only_what_is_stationary() -> None:
    land = landscape(HIMMELBLAU)
    begin = starts(HIMMELBLAU, 32, np.random.default_rng(0))
    found = stationary_points(land, begin, minima=True, budget=Budget.of(-1))
    assert np.abs(land.gradient(found)).max(initial=0) < 1e-6


def test_starts_are_repeatable_and_lie_in_the_domain() -> None:
    first, second = (starts(BOXED, 500, np.random.default_rng(3)) for _ in range(2))
    assert (first == second).all()
    assert first.shape == (500, 3)
    low, high = domain(BOXED)
    assert (first >= low).all()
    assert (first <= high).all()
    assert low[2] > 0
    assert np.isinf(high[2])


def test_points_are_split_by_parameter() -> None:
    points = np.arange(6.0).reshape(2, 3)
    x, p = split(BOXED, points)
    assert x.tolist() == [[0, 1], [3, 4]]
    assert p.tolist() == [2, 5]
    (values,) = batch_function(BOXED, [BOXED.objective])(points)  # type: ignore[list-item]
    assert values.tolist() == [3, 30]


def test_near_duplicates_are_merged() -> None:
    points = np.array([[1.0, 1.0], [1.0, 1.0 + 1e-9], [0.0, 0.0], [3.0, 4.0]])
    assert merged(points).tolist() == [[0, 0], [1, 1], [3, 4]]
    assert merged(np.zeros((0, 2))).shape == (0, 2)


def test_feasible_points_come_best_first() -> None:
    def defects(x: Any) -> Any:
        return np.stack([np.abs(x[:, 0] - 3) - 0.1, x[:, 1] ** 2 - 0.01, np.where(x[:, 0] < -5, np.nan, -1)], axis=1)

    rng = np.random.default_rng(0)
    low, high = np.full(2, -10.0), np.full(2, 10.0)
    found = feasible_points(defects, rng.uniform(-10, 10, (200, 2)), low, high, rng=rng, budget=Budget.of(20))
    worst = defects(found).max(axis=1)
    assert worst[0] <= 0
    assert (np.diff(worst) >= 0).all()
    assert (found >= low).all()
    assert (found <= high).all()


def test_far_points_do_not_warn() -> None:
    steep = claim("exp(x) - 2*x + y**2")
    land = landscape(steep)
    stationary_points(land, starts(steep, 256, np.random.default_rng(0)), minima=True, budget=Budget.of(-1))
