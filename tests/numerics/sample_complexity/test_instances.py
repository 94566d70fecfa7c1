"""Exact evidence on designs, against floating point."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction as Q

import numpy as np
import pytest

from numerics.sample_complexity import instances as find

ROWS = [[1, 2, 0, -1], [0, 1, 3, 1], [1, 3, 3, 0]]  # the third row is the sum of the others
DESIGN = find.noiseless(ROWS, [1, 0, 0, 2], 3, Q(1, 10))


def test_null_vector_is_the_projection() -> None:
    null = find.null_vector(DESIGN)
    assert null is not None
    x, u = np.array(ROWS, dtype=float), np.array([1.0, 0, 0, 2])
    assert [float(v) for v in null] == pytest.approx(list(u - np.linalg.pinv(x) @ x @ u))
    assert float(find.row_space_error(DESIGN, null)) == pytest.approx(float(np.sum(np.array(null, dtype=float) ** 2)))


def test_ridge_with_and_without_penalty() -> None:
    x, y = np.array(ROWS, dtype=float), np.array([float(v) for v in DESIGN.target])
    for penalty in (Q(0), Q(1, 10)):
        fit = find.best_ridge(DESIGN, [penalty])
        assert fit is not None
        direct = x.T @ np.linalg.pinv(x @ x.T + 3 * float(penalty) * np.eye(3)) @ y
        assert float(fit.error) == pytest.approx(float(np.sum((direct - [1, 0, 0, 2]) ** 2)))


def test_minimum_norm_of_an_inconsistent_target() -> None:
    rows = tuple(tuple(Q(v) for v in row) for row in ROWS)
    design = find.Design(rows, (Q(1), Q(2), Q(-1)), (Q(1), Q(0), Q(0), Q(2)), Q(3), Q(1, 10))
    fit = find.best_ridge(design, [Q(0)])
    assert fit is not None
    direct = np.linalg.pinv(np.array(ROWS, dtype=float)) @ np.array([1.0, 2, -1])
    assert float(fit.error) == pytest.approx(float(np.sum((direct - [1, 0, 0, 2]) ** 2)))


def test_full_rank_has_no_null_vector() -> None:
    assert find.null_vector(find.noiseless([[1, 0], [0, 1]], [1, 1], 1, Q(1, 10))) is None


def lasso_objective(design: find.Design, point: Sequence[Q]) -> Q:
    """Return |y - X u|^2/(2m) + penalty |u|_1, row by row."""
    fits = [sum((Q(v) * u for v, u in zip(row, point, strict=True)), Q(0)) for row in design.rows]
    squares = sum(((fit - y) ** 2 for fit, y in zip(fits, design.target, strict=True)), Q(0))
    return squares / (2 * design.divisor) + design.penalty * sum(map(abs, point), Q(0))


def test_the_lasso_is_exact() -> None:
    design = find.noiseless([[1, 2, 0, -1], [0, 1, 3, 1], [2, -1, 1, 2]], [1, 0, 0, 2], 3, Q(1, 10))
    point = find.lasso_solution(design)
    assert point is not None
    value = lasso_objective(design, point)
    rng = np.random.default_rng(0)
    for _ in range(50):
        other = [u + Q(int(rng.integers(-9, 10)), 100) for u in point]
        assert lasso_objective(design, other) >= value


def test_coherence_constant_of_orthonormal_columns() -> None:
    assert find.coherence_constant(find.noiseless([[1, 0], [0, 1]], [1, 0], 1, Q(1, 10))) == 1
