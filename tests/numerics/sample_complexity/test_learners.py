"""Learners under one protocol: each is what it says, and none sees the test samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from numerics.sample_complexity.experiments import experiment
from numerics.sample_complexity.learners import LEARNERS, Learner, learner, measure
from verify.errors import InvalidInput

SAMPLE = experiment("sparse").draw(32, 0)
ONE = np.array([0.1])


def fitted(name: str) -> np.ndarray:
    """Return the coefficients of a linear learner, read off from predictions on unit vectors."""
    x, y = SAMPLE.inputs, SAMPLE.targets
    found: np.ndarray = learner(name).fit(x, y, ONE, np.eye(x.shape[1]), SAMPLE.tokens, 0)[0]
    return found


def test_the_trained_mask_is_the_lasso() -> None:
    assert fitted("mask") == pytest.approx(fitted("lasso"), abs=2e-3)


def test_ridge_and_minimum_norm() -> None:
    x, y = SAMPLE.inputs, SAMPLE.targets
    size = 0.1 * np.mean(x**2)
    direct = np.linalg.solve(x.T @ x / 32 + size * np.eye(60), x.T @ y / 32)
    assert fitted("ridge") == pytest.approx(direct)
    assert x @ fitted("minimum norm") == pytest.approx(y)
    assert fitted("minimum norm") == pytest.approx(np.linalg.pinv(x) @ y)


def test_all_learners_choose_among_as_many_penalties() -> None:
    counts = {name: len(one.penalties) for name, one in LEARNERS.items()}
    assert set(counts.values()) == {8, 1}
    assert [name for name, count in counts.items() if count == 1] == ["minimum norm"]


def test_the_penalty_is_chosen_without_test_samples() -> None:
    worse = replace(SAMPLE, test_targets=-SAMPLE.test_targets)
    one = learner("ridge")
    assert measure(one, SAMPLE, 0).penalty == measure(one, worse, 0).penalty
    assert measure(one, SAMPLE, 0).error < measure(one, worse, 0).error


def test_divergence_is_not_chosen() -> None:
    def fit(x: np.ndarray, y: np.ndarray, penalties: np.ndarray, test: np.ndarray, *_: object) -> np.ndarray:
        return np.where(penalties[:, None] < 1, np.nan, 0.0) * np.ones(len(test))

    assert measure(Learner("odd", False, fit, (0.5, 2.0)), SAMPLE, 0).penalty == 2.0


def test_a_fit_that_diverges_on_the_test_samples_has_an_infinite_error() -> None:
    def fit(x: np.ndarray, y: np.ndarray, penalties: np.ndarray, test: np.ndarray, *_: object) -> np.ndarray:
        return np.full((1, len(test)), np.nan)

    found = measure(Learner("odd", False, fit, (1.0,)), SAMPLE, 0)
    assert (found.error, found.wrong) == (float("inf"), 1.0)


def test_unknown_learner() -> None:
    with pytest.raises(InvalidInput, match="'forest'"):
        learner("forest")
