"""Bands and sign tests, exactly; what is supported and what is not."""

from __future__ import annotations

from fractions import Fraction as Q

import numpy as np
import pytest

from numerics.sample_complexity.ledger import Cell, Entry
from numerics.sample_complexity.summary import (
    BETTER,
    MIXED,
    NEITHER,
    WORSE,
    Point,
    band_ranks,
    curve,
    outcomes,
    point,
    samples_needed,
    sign_test,
)


def entries(first: dict[int, list[float]], second: dict[int, list[float]]) -> dict[Cell, Entry]:
    found = {}
    for name, errors in (("mask", first), ("ridge", second)):
        for n, values in errors.items():
            for seed, value in enumerate(values):
                cell = Cell("e", name, n, seed)
                found[cell] = Entry(cell, value, 0.5, 0.1, 0.1)
    return found


def test_band_ranks() -> None:
    assert band_ranks(5) is None  # 1 - 2/32 = 0.9375
    assert band_ranks(6) == 1  # 1 - 2/64 = 0.96875
    assert band_ranks(16) == 4  # 1 - 2 * 697/65536
    assert band_ranks(16, Q(99, 100)) == 3


def test_bands_cover_the_median() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(600):
        found = point(1, list(rng.exponential(size=16)), [0.0] * 16)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= np.log(2) <= found.high
    assert covered / 600 > 0.94


def test_sign_test() -> None:
    assert sign_test(16, 0) == Q(17, 2**17 - 1)
    assert sign_test(0, 0) == 1
    assert sign_test(3, 3) == 1
    grid = np.linspace(0.5, 1, 200_001)
    direct = 2**9 * np.trapezoid(grid**7 * (1 - grid), grid)
    assert float(1 / sign_test(7, 1)) == pytest.approx(direct, rel=1e-8)


def test_the_likelihood_ratio_is_a_supermartingale() -> None:
    """While both sides win alike, its expectation after one more seed is exactly what it was."""
    for wins, losses in ((9, 1), (6, 2), (12, 0)):
        after = (1 / sign_test(wins + 1, losses) + 1 / sign_test(wins, losses + 1)) / 2
        assert after == 1 / sign_test(wins, losses)


@pytest.mark.parametrize(("first", "second", "word"), [
    ({1: [1.0] * 20}, {1: [2.0] * 20}, BETTER),
    ({1: [2.0] * 20}, {1: [1.0] * 20}, WORSE),
    ({1: [1.0] * 8}, {1: [2.0] * 8}, NEITHER),
    ({1: [1.0] * 20}, {1: [1.0] * 20}, NEITHER),
    ({1: [1.0] * 20, 2: [2.0] * 20}, {1: [2.0] * 20, 2: [1.0] * 20}, MIXED),
    ({1: [1.0] * 13 + [3.0] * 7}, {1: [2.0] * 20}, NEITHER),
])  # fmt: skip
def test_outcomes(first: dict[int, list[float]], second: dict[int, list[float]], word: str) -> None:
    (found,) = outcomes(entries(first, second), "e", "mask", ["ridge"], len(first), Q(1, 1000))
    assert found.word == word


def test_more_tests_need_more_seeds() -> None:
    data = entries({1: [1.0] * 15}, {1: [2.0] * 15})
    assert outcomes(data, "e", "mask", ["ridge"], 1, Q(1, 1000))[0].word == BETTER
    assert outcomes(data, "e", "mask", ["ridge"], 7, Q(1, 1000))[0].word == NEITHER


def test_only_seeds_of_both_are_compared() -> None:
    found = outcomes(entries({1: [1.0] * 20}, {1: [2.0] * 3}), "e", "mask", ["ridge"], 1, Q(1, 1000))
    assert found[0].duels[0].wins == 3


def test_curve_and_samples_needed() -> None:
    points = curve(entries({4: [3.0] * 6, 8: [1.0] * 6}, {}), "e", "mask")
    assert [p.samples for p in points] == [4, 8]
    spread = [Point(4, 6, 2, 1, 3, 0), Point(8, 6, 1, 0.5, 1.5, 0), Point(16, 6, 0.2, 0.1, 0.4, 0)]
    assert samples_needed(spread, 1.0) == (4, 16)
    assert samples_needed(spread, 0.05) == (None, None)
