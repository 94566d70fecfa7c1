"""Limited-memory BFGS in batches."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.quasi_newton import Array, descend


def rosenbrock(x: Array) -> tuple[Array, Array]:
    a, b = x[:, 0], x[:, 1]
    value = (1 - a) ** 2 + 100 * (b - a**2) ** 2
    return value, np.stack([-2 * (1 - a) - 400 * a * (b - a**2), 200 * (b - a**2)], axis=1)


def always() -> bool:
    return True


def test_every_start_reaches_the_minimum() -> None:
    starts = np.random.default_rng(0).uniform(-2, 2, (50, 2))
    ends = descend(rosenbrock, starts, tolerance=1e-8, steps=500, going=always)
    assert np.abs(ends - 1).max() < 1e-6


def test_a_start_is_not_moved_by_the_others() -> None:
    starts = np.random.default_rng(1).uniform(-2, 2, (9, 2))
    together = descend(rosenbrock, starts, tolerance=1e-6, steps=60, going=always)
    for row in range(9):
        alone = descend(rosenbrock, starts[row : row + 1], tolerance=1e-6, steps=60, going=always)
        np.testing.assert_allclose(together[row], alone[0], rtol=1e-6)


def test_values_never_rise() -> None:
    starts = np.random.default_rng(2).uniform(-2, 2, (20, 2))
    before = rosenbrock(starts)[0]
    for steps in (1, 5, 20):
        after = rosenbrock(descend(rosenbrock, starts, tolerance=1e-12, steps=steps, going=always))[0]
        assert (after <= before).all()


def test_a_start_that_is_undefined_stays() -> None:
    def log(x: Array) -> tuple[Array, Array]:
        return np.log(x[:, 0]) ** 2, 2 * np.log(x) / x

    ends = descend(log, np.array([[-1.0], [5.0]]), tolerance=1e-9, steps=100, going=always)
    assert ends[0, 0] == -1
    assert ends[1, 0] == pytest.approx(1)


def test_it_ends_when_told() -> None:
    starts = np.array([[-1.2, 1.0]])
    np.testing.assert_array_equal(descend(rosenbrock, starts, tolerance=0, steps=50, going=lambda: False), starts)
