"""The search for critical points: covers, regions, clusters."""

from fractions import Fraction

import numpy as np

from numerics.budget import Budget
from numerics.landscape import clusters, outward, refined, search
from verify.claim import claim_from_data
from verify.expr.tape import trace

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
