"""Training the mask model: derivatives, convergence to the lasso, balance of mask and weights."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.lasso import lasso_path
from numerics.maskmodel import MaskModel, starting_points, train


def model(penalties: list[float], *, p: int = 4, seed: int = 0) -> MaskModel:
    rng = np.random.default_rng(seed)
    design = rng.standard_normal((30, p))
    target = design[:, 0] - 0.5 * design[:, 1] + 0.1 * rng.standard_normal(30)
    gram, correlation = design.T @ design / 30, design.T @ target / 30
    return MaskModel(gram, correlation, float(target @ target / 30), np.array(penalties)[:, None])


def test_gradient_and_hessian_match_differences() -> None:
    objective = model([0.3])
    mask, weight = starting_points(1, 4, seed=3)
    point, step = np.concatenate([mask, weight], axis=1), 1e-5
    gradient, hessian = objective.gradient(mask, weight)[0], objective.hessian(mask, weight)[0]
    for j in range(8):
        ahead, behind = point.copy(), point.copy()
        ahead[0, j] += step
        behind[0, j] -= step
        parts = [(q[:, :4], q[:, 4:]) for q in (ahead, behind)]
        values = [objective.value(*part)[0] for part in parts]
        slopes = [objective.gradient(*part)[0] for part in parts]
        assert (values[0] - values[1]) / (2 * step) == pytest.approx(gradient[j], abs=1e-8)
        assert (slopes[0] - slopes[1]) / (2 * step) == pytest.approx(hessian[j], abs=1e-8)


def test_all_starts_end_at_the_lasso_solution() -> None:
    penalties = [0.4, 0.1, 0.02] * 6
    objective = model(penalties)
    end = train(objective, *starting_points(18, 4, seed=0))
    expected = lasso_path(objective.gram, objective.correlation, np.array(penalties))
    assert np.max(end.gradient) < 1e-10
    assert np.allclose(end.product, expected, atol=1e-8)
    assert np.allclose(np.abs(end.mask), np.abs(end.weight), atol=1e-5)


def test_above_the_largest_slope_everything_decays_to_zero() -> None:
    end = train(model([5.0] * 3), *starting_points(3, 4, seed=0))
    assert np.max(np.abs(end.mask)) < 1e-9
    assert np.max(np.abs(end.weight)) < 1e-9


def test_starts_depend_on_the_seed_alone() -> None:
    first, again, other = (starting_points(3, 4, seed=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
