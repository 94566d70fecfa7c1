"""The compatibility constant against directions of the cone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from numerics.compatibility import UNIT, compatibility, lower_bound, sign_patterns
from numerics.moments import Moments, moments_of
from verify.data import Column


def design(rows: int, count: int, seed: int) -> Moments:
    rng = np.random.default_rng(seed)
    table = rng.integers(-9, 10, (count, rows)) + 6 * rng.integers(-1, 2, rows)
    return moments_of([Column(f"x{j}", tuple(row.tolist())) for j, row in enumerate(table)], [0] * rows, 1)


def ratios(moments: Moments, support: list[int], count: int, seed: int) -> np.ndarray:
    """k d^T G d/|d_S|_1^2 for random directions of the cone, many on its boundary."""
    gram, _, _ = moments.floats
    rng = np.random.default_rng(seed)
    rest = [j for j in range(len(gram)) if j not in support]
    out = []
    for _ in range(count):
        d = np.zeros(len(gram))
        d[support] = rng.dirichlet(np.ones(len(support))) * rng.choice([-1, 1], len(support))
        d[rest] = rng.dirichlet(np.ones(len(rest))) * rng.choice([-1, 1], len(rest)) * 3 * rng.uniform() ** 0.3
        out.append(len(support) * d @ gram @ d)
    return np.array(out)


@pytest.mark.parametrize(("rows", "count", "support"), [(8, 3, [1]), (12, 4, [0, 2]), (5, 7, [3]), (9, 6, [0, 1, 5])])
def test_no_direction_is_below_and_some_are_close(rows: int, count: int, support: list[int]) -> None:
    moments = design(rows, count, rows)
    value, vectors = compatibility(moments, support)
    assert len(vectors) == 2 ** (len(support) - 1)
    sampled = ratios(moments, support, 20_000, 1)
    assert float(value) <= sampled.min() + 1e-9
    assert sampled.min() <= float(value) + 0.2


def test_one_column_beside_another() -> None:
    """For G = [[1, r], [r, 1]] and S = {0} the minimum is at d = (1, -r): 1 - r^2."""
    moments = moments_of([Column("a", (1, 1, -1, -1)), Column("b", (1, 1, 1, -3))], [0] * 4, 1)
    gram, _, _ = moments.floats
    value, _ = compatibility(moments, [0])
    assert float(value) == pytest.approx(1 - gram[0, 1] ** 2, abs=1e-4)


def test_any_vector_gives_a_valid_bound() -> None:
    moments, rng = design(10, 4, 3), np.random.default_rng(0)
    least = ratios(moments, [0, 1], 5000, 2).min() / 2
    for _ in range(20):
        vector = [int(v) for v in rng.integers(-UNIT, UNIT, 4)]
        bounds = [lower_bound(moments.gram, [0, 1], signs, vector) for signs in sign_patterns(2)]
        assert float(min(bounds)) <= least


def test_large_supports_are_left_out() -> None:
    assert compatibility(design(20, 9, 0), list(range(7))) == (Fraction(0), [])
