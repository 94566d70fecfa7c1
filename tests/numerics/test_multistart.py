"""Many starts: streaming, classification, copies merged, saddles escaped."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from numerics import multistart
from numerics.multistart import Objective, gathered, kinds, objective_of, residuals, stationary_points
from verify import models
from verify.expr import build
from verify.expr import functions as F
from verify.models._model import ridge


def head() -> Objective:
    """One head of self-attention with ridge on six samples of two tokens: 18 parameters."""
    rng = np.random.default_rng(0)
    model = models.build("self-attention", n=6, T=2, d=2, hidden=2)
    shared = {"X": rng.standard_normal((6, 2, 2)), "y": rng.standard_normal(6)}
    loss = ridge(model.loss, model.parameters, Fraction(1, 100))
    return objective_of(loss, list(model.parameters.values()), shared=shared)


def test_starts_arrive_with_rotations_as_flat_directions() -> None:
    objective = head()
    found = gathered(list(stationary_points(objective, np.random.default_rng(1).standard_normal((60, 18)))))
    assert sorted(found.start) == list(range(60))
    assert found.converged.mean() > 0.9
    good = found.pick(found.converged)
    assert (np.linalg.norm(objective.value_gradient(good.x)[1], axis=1) <= multistart.TOLERANCE).all()
    assert np.median(good.flat) == 2  # rotations of queries with keys, and of values with the readout
    merged = kinds(objective, found)
    assert sum(kind.count for kind in merged) == len(good)
    assert len(merged) < len(good) / 2
    assert [kind.value for kind in merged] == sorted(kind.value for kind in merged)


def well(signature: bool) -> Objective:
    """((x - 1)(x + 1))^2: minima at +-1, a maximum at 0."""
    x = build.symbol("x", ())
    made = objective_of(F.power(x * x - 1, 2), [x])
    return made if signature else Objective(made.value_gradient, made.hessian)


@pytest.mark.parametrize("signature", [True, False])
def test_copies_with_equal_predictions_are_one_kind(signature: bool) -> None:
    objective = well(signature)
    found = gathered(list(stationary_points(objective, np.array([[2.0], [-2.0], [0.5], [0.0]]))))
    lowest, highest = kinds(objective, found)
    assert (lowest.count, lowest.index, highest.count, highest.index) == (3, 0, 1, 1)
    assert highest.value == 1


def test_perfect_fits_are_one_kind_although_their_residuals_are_noise() -> None:
    a, b = build.symbol("a", ()), build.symbol("b", ())
    objective = objective_of(F.power(a * b - 1, 2), [a, b])
    found = gathered(list(stationary_points(objective, np.random.default_rng(0).uniform(0.3, 2, (30, 2)))))
    (only,) = kinds(objective, found)
    assert only.count == 30


def test_escape_goes_on_below_a_saddle() -> None:
    objective = well(True)
    start = np.array([[0.0]])
    (stayed,) = stationary_points(objective, start)
    (escaped,) = stationary_points(objective, start, escape=True)
    assert stayed.index[0] == 1
    assert escaped.index[0] == 0
    assert escaped.value[0] < 1e-15
    assert escaped.start[0] == 0


def test_blocks_stream_and_agree_with_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    objective, starts = well(True), np.linspace(-2, 2, 10)[:, None]
    (whole,) = stationary_points(objective, starts)
    monkeypatch.setattr(multistart, "BLOCK_ENTRIES", 3)
    parts = list(stationary_points(objective, starts))
    assert [len(part) for part in parts] == [3, 3, 3, 1]
    both = gathered(parts)
    np.testing.assert_allclose(both.x[np.argsort(both.start)], whole.x[np.argsort(whole.start)], atol=1e-9)


def test_nothing_begins_when_time_is_over() -> None:
    assert list(stationary_points(well(True), np.ones((5, 1)), going=lambda: False)) == []
    assert kinds(well(True), gathered(list(stationary_points(well(True), np.full((2, 1), np.nan))))) == []


def test_residuals_are_what_is_squared_without_ridge() -> None:
    w, x = build.symbol("w", (3,)), build.symbol("x", (4, 3))
    inside = x @ w - 1
    loss = F.sum(F.power(inside, 2)) / 2 + F.sum(F.power(w, 2)) / 100
    assert residuals(loss) == [inside]
    assert residuals(F.sum(F.exp(w))) == []
