"""Trust-region Newton in batches, with negative curvature."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.trust_region import Array, Ended, minimise


def double_well(x: Array) -> tuple[Array, Array]:
    """(a^2 - 1)^2/4 + b^2: a saddle at 0, minima at a = +-1."""
    a, b = x[:, 0], x[:, 1]
    return (a**2 - 1) ** 2 / 4 + b**2, np.stack([a * (a**2 - 1), 2 * b], axis=1)


def bend(x: Array) -> Array:
    out = np.zeros((len(x), 2, 2))
    out[:, 0, 0], out[:, 1, 1] = 3 * x[:, 0] ** 2 - 1, 2
    return out


def ends(function, hessian, starts: Array, **options: float) -> dict[int, tuple[Array, Ended]]:  # type: ignore[no-untyped-def]
    found: dict[int, tuple[Array, Ended]] = {}

    def done(rows: Array, ended: Ended) -> None:
        for place, row in enumerate(rows):
            assert row not in found
            found[int(row)] = (ended.x[place], Ended(*(getattr(ended, n)[place : place + 1] for n in vars(ended))))

    settings = {"tolerance": 1e-10, "steps": 100, "going": lambda: True, "done": done, **options}
    minimise(function, hessian, starts, **settings)
    return found


def test_starts_reach_minima_to_high_precision() -> None:
    starts = np.random.default_rng(0).uniform(-3, 3, (40, 2))
    found = ends(double_well, bend, starts)
    assert len(found) == 40
    for x, ended in found.values():
        assert abs(abs(x[0]) - 1) < 1e-9
        assert ended.slope[0] <= 1e-10
        assert ended.index[0] == 0
        assert ended.flat[0] == 0


def test_negative_curvature_leaves_a_saddle_that_is_not_met_exactly() -> None:
    ((x, ended),) = ends(double_well, bend, np.array([[1e-7, 0.5]])).values()
    assert abs(abs(x[0]) - 1) < 1e-9
    assert ended.index[0] == 0


def test_an_exact_saddle_is_an_end_of_index_one() -> None:
    ((x, ended),) = ends(double_well, bend, np.array([[0.0, 0.0]])).values()
    np.testing.assert_array_equal(x, 0)
    assert ended.index[0] == 1


def test_orbits_count_as_flat() -> None:
    def product(x: Array) -> tuple[Array, Array]:
        r = x[:, 0] * x[:, 1] - 1
        return r**2 / 2, np.stack([r * x[:, 1], r * x[:, 0]], axis=1)

    def second(x: Array) -> Array:
        a, b = x[:, 0], x[:, 1]
        off = 2 * a * b - 1
        return np.stack([np.stack([b**2, off], 1), np.stack([off, a**2], 1)], 1)

    starts = np.random.default_rng(1).uniform(0.5, 2, (20, 2))
    for x, ended in ends(product, second, starts).values():
        assert x[0] * x[1] == pytest.approx(1)
        assert (ended.index[0], ended.flat[0]) == (0, 1)


def test_steps_and_time_end_it_where_it_is() -> None:
    starts = np.array([[2.5, 2.0]])
    ((x, _),) = ends(double_well, bend, starts, steps=0).values()
    np.testing.assert_array_equal(x, starts[0])
    ((x, _),) = ends(double_well, bend, starts, going=lambda: False).values()
    np.testing.assert_array_equal(x, starts[0])


def test_overflow_ends_a_start() -> None:
    def steep(x: Array) -> tuple[Array, Array]:
        return np.exp(x[:, 0] ** 2), 2 * x * np.exp(x**2)

    found = ends(steep, lambda x: np.full((len(x), 1, 1), np.inf), np.array([[40.0]]))
    assert not np.isfinite(found[0][1].value[0])
