"""The search for critical points: covers, regions, clusters."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from numerics.budget import Budget
from numerics.compiler import compiler
from numerics.landscape import clusters, outward, refined, search
from numerics.landscape_engine import Engine, engine
from verify.claim import claim_from_data
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr
from verify.expr.tape import trace
from verify.expr.tape_system import system

CLAIM = claim_from_data(
    {
        "id": "x",
        "parameters": {"x": "[-2, 2]", "y": "[-2, 2]"},
        "objective": {"minimise": "(x**2 - 1)**2 + (y - x/3)**2"},
        "claim": {"every": "stationary point", "satisfies": "0 < 1"},
    }
)
LOW, HIGH = [Fraction(-2)] * 2, [Fraction(2)] * 2


def test_the_cover_is_a_whole_tree() -> None:
    found = search(CLAIM, LOW, HIGH, Budget.of(20), max_nodes=100_000)
    waiting = 1
    for level in found.levels:
        assert len(level) == 2 * waiting
        waiting = 2 * sum(mark not in "ero" for mark in level[1::2])
    assert waiting == 0
    assert len(found.regions) == 3
    assert found.open_boxes.shape == (0, 4)


def test_a_search_that_is_cut_short_leaves_the_rest_open() -> None:
    found = search(CLAIM, LOW, HIGH, Budget.of(-1), max_nodes=0)
    volume = sum((row[2:] - row[:2]).prod() for row in found.open_boxes)
    assert sum(level[1::2].count("o") for level in found.levels) == len(found.open_boxes)
    assert 0 <= volume <= 16


def test_points_are_refined_to_many_digits() -> None:
    assert CLAIM.objective is not None
    point = refined(trace(CLAIM.objective, tuple(CLAIM.symbols)), np.array([1.0001, 0.3332]))
    assert point is not None
    assert abs(point[1] - Fraction(1, 3)) < Fraction(1, 10**29)


def test_ends_that_are_no_floats_are_rounded_outward() -> None:
    low, high = outward(Fraction(1, 3), Fraction(2, 3))
    assert Fraction(low) < Fraction(1, 3)
    assert Fraction(2, 3) < Fraction(high)
    assert outward(Fraction(-4), Fraction(1, 2)) == (-4.0, 0.5)


def test_boxes_that_touch_are_one_cluster() -> None:
    boxes = np.array([[0.0, 0, 1, 1], [5, 5, 6, 6], [1, 1, 2, 2], [2, 0, 3, 1]])
    assert clusters(boxes, np.ones(2)) == (((0, 0), (3, 2)), ((5, 5), (6, 6)))


def examined(root: Expr, arrays: tuple[Expr, ...], compiled: bool) -> tuple[Any, Any, Any]:
    """The marks of some boxes, what is left of them, and zeros that Newton's method reaches."""
    found = engine(system(trace(root, arrays)), [], compiled)
    rng = np.random.default_rng(5)
    low = rng.uniform(-3, 3, (2, 333))
    high = low + rng.uniform(0, 1, (2, 333)) ** 3 * 3
    seen = found.examine(np.stack([-low, high], axis=1))
    zeros = found.roots(rng.uniform(-2, 2, (2, 40)), np.full((2, 1), 6.0))
    single = found.single(np.stack([-(low - 1), low + 1], axis=1))
    return np.stack([seen.empty, seen.programs, seen.axes, single]), seen.boxes, np.unique(zeros[0].round(6))


X = build.symbol("x", (2,))
A, B = X[0], X[1]


@pytest.mark.skipif(compiler() is None, reason="there is no C compiler")
@pytest.mark.parametrize(
    "root",
    [
        (A**2 - 1) ** 2 + (B - A / 3) ** 2 + A**5 / 50,
        F.tanh(A * 3) * F.tanh(B) + F.sigmoid(A * 2 - B) * B + F.softplus(A * B) + (A**2 + B**2) / 3,
        F.exp(A * B / 3) + F.log(12 + A * B) - F.sqrt(20 + A) + B**2 / (9 + B),
        F.sin(3 * A) * F.cos(2 * B) + F.erf(A * B),
        F.relu(A - 1) ** 2 + F.absolute(B) + (A - 2) ** 2 + F.relu(B - A),
        1 / A + A + B**2,
    ],
)
def test_compiled_code_agrees_with_numpy(root: Expr) -> None:
    ours, plain = examined(root, (X,), True), examined(root, (X,), False)
    assert (ours[0] != plain[0]).any(axis=0).mean() < 0.01
    boxes = np.array([[[-0.5, 1.0, -3.0], [0.5, -0.25, 3.5]], [[1.0, 2.0, 2.0], [1.0, -1.0, 2.0]]])
    compiled, numpy = (engine(system(trace(root, (X,))), [], flag).enclosures(boxes) for flag in (True, False))
    for one, other in zip(compiled, numpy, strict=True):
        known = ~np.isnan(one)
        np.testing.assert_allclose(one[known], other[known], rtol=1e-7, atol=1e-7)
    alike = (ours[0] == plain[0]).all(axis=0) & (ours[0][0] == 0)
    np.testing.assert_allclose(ours[1][:, :, alike], plain[1][:, :, alike], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(ours[2], plain[2], atol=1e-7)


@pytest.mark.skipif(compiler() is None, reason="there is no C compiler")
def test_compiled_code_leaves_what_overflows() -> None:
    ours, plain = (examined(F.exp(F.exp(9 * A)) + B**2, (X,), flag)[0] for flag in (True, False))
    assert not (ours[0] > plain[0]).any()
    assert ours[0].any()


def test_without_a_compiler_the_same_is_found() -> None:
    results = [search(CLAIM, LOW, HIGH, Budget.of(20), max_nodes=10**5, compiled=flag) for flag in (None, False)]
    assert results[0].levels == results[1].levels
    assert len(results[0].regions) == len(results[1].regions) == 3


def test_steps_that_are_not_compiled_fall_back_to_numpy() -> None:
    root = F.dot(F.sparsemax(F.stack([A + 9, B])), F.stack([A, B])) ** 2
    assert type(engine(system(trace(root, (X,))), [])) is Engine
    if compiler() is not None:
        with pytest.raises(ValueError, match="not compiled"):
            engine(system(trace(root, (X,))), [], True)
