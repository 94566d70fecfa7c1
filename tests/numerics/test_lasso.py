"""The lasso: exact solutions, exact gaps, and the rounded fallback."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from numerics import lasso
from numerics.lasso import evaluated, lasso_path, prediction_error, residual_correlation, solve_exactly
from numerics.moments import Moments, column_vector, moments_of
from verify.data import Column


def problem(rows: int = 20, count: int = 5, seed: int = 0) -> Moments:
    rng = np.random.default_rng(seed)
    table = rng.integers(-9, 10, (count, rows))
    target = 3 * table[0] - 2 * table[1] + rng.integers(-5, 6, rows)
    columns = [Column(f"x{j}", tuple(row.tolist())) for j, row in enumerate(table)]
    return moments_of(columns, target.tolist(), 4)


@pytest.mark.parametrize("penalty", [Fraction(5), Fraction(1), Fraction(1, 10), Fraction(1, 1000)])
def test_exact_solution_has_gap_zero(penalty: Fraction) -> None:
    moments = problem()
    gram, correlation, _ = moments.floats
    start = lasso_path(gram, correlation, np.array([float(penalty)]))[0]
    solution = solve_exactly(moments, penalty, start)
    assert solution.gap == 0
    assert solution.unique
    assert np.allclose([float(v) for v in solution.coordinates], start, atol=1e-9)
    for value, h in zip(solution.coordinates, residual_correlation(moments, solution.point), strict=True):
        assert abs(h) <= penalty
        assert value == 0 or h == penalty * (1 if value > 0 else -1)


def test_support_is_corrected_from_a_bad_start() -> None:
    moments, penalty = problem(), Fraction(1, 10)
    bad = np.array([-1.0, 0.0, 1.0, -1.0, 0.0])
    assert solve_exactly(moments, penalty, bad).gap == 0


def test_gap_bounds_every_better_point() -> None:
    moments, penalty = problem(seed=1), Fraction(1, 2)
    gram, correlation, _ = moments.floats
    best = solve_exactly(moments, penalty, lasso_path(gram, correlation, np.array([0.5]))[0])
    rng = np.random.default_rng(2)
    for _ in range(20):
        other = evaluated(moments, penalty, column_vector([Fraction(int(v), 8) for v in rng.integers(-9, 10, 5)]))
        assert other.value >= best.value >= other.bound
        distance = prediction_error(moments, other.point, best.point)
        assert distance <= 2 * (other.value - best.value) <= 2 * other.gap


def test_rounded_where_the_exact_one_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    moments, penalty = problem(), Fraction(1, 10)
    gram, correlation, _ = moments.floats
    start = lasso_path(gram, correlation, np.array([0.1]))[0]
    monkeypatch.setattr(lasso, "MAX_EXACT_SUPPORT", 0)
    solution = solve_exactly(moments, penalty, start)
    assert 0 < solution.gap < Fraction(1, 10**9)
    assert not solution.unique


def test_zero_above_the_largest_correlation() -> None:
    moments = problem()
    top = max(abs(h) for h in residual_correlation(moments, column_vector([0] * 5)))
    solution = solve_exactly(moments, top, np.zeros(5))
    assert solution.support == []
    assert solution.gap == 0


def test_duplicate_columns_have_many_solutions() -> None:
    rows = tuple(range(6))
    moments = moments_of([Column("a", rows), Column("b", rows)], [2 * v for v in rows], 1)
    gram, correlation, _ = moments.floats
    solution = solve_exactly(moments, Fraction(1, 2), lasso_path(gram, correlation, np.array([0.5]))[0])
    assert not solution.unique
    assert solution.gap < Fraction(1, 10**9)
