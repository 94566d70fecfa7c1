"""Exact confidence limits against independent computations."""

from fractions import Fraction
from math import comb

import pytest

from verify.chance.limits import (
    Averages,
    mean_contradicts,
    mean_exceeds,
    mean_interval,
    probability_contradicts,
    probability_interval,
    tail_at_most,
)


def exact_tail(n: int, hits: int, p: Fraction) -> Fraction:
    return sum((comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(hits, n + 1)), Fraction(0))


@pytest.mark.parametrize(("n", "p"), [(20, Fraction(1, 10)), (50, Fraction(1, 2)), (200, Fraction(1, 300))])
@pytest.mark.parametrize("level", [Fraction(1, 100), Fraction(1, 2000)])
def test_tails_are_exact(n, p, level):
    for hits in range(n + 2):
        assert tail_at_most(n, hits, p, level) == (exact_tail(n, hits, p) <= level)


def test_tail_on_the_level_itself():
    assert tail_at_most(10, 10, Fraction(1, 2), Fraction(1, 1024) + Fraction(1, 10**30))
    assert not tail_at_most(10, 10, Fraction(1, 2), Fraction(1, 1024) - Fraction(1, 10**30))


def test_tails_at_the_ends():
    level = Fraction(1, 1000)
    assert not tail_at_most(5, 0, Fraction(0), level)
    assert tail_at_most(5, 1, Fraction(0), level)
    assert not tail_at_most(5, 5, Fraction(1), level)
    assert tail_at_most(5, 6, Fraction(1), level)


def test_clopper_pearson_interval():
    """Limits of 7 in 50 at 1/1000 by bisecting the exact tails."""
    low, high = probability_interval(50, 7, 43, Fraction(1, 1000))
    half, step = Fraction(1, 2000), Fraction(1, 1 << 20)
    assert exact_tail(50, 7, low) <= half < exact_tail(50, 7, low + step)
    assert exact_tail(50, 43, 1 - high) <= half < exact_tail(50, 43, 1 - high + step)
    assert low < Fraction(7, 50) < high


def test_intervals_without_hits_or_misses():
    assert probability_interval(100, 0, 100, Fraction(1, 1000))[0] == 0
    assert probability_interval(100, 100, 0, Fraction(1, 1000))[1] == 1
    assert probability_interval(100, 0, 0, Fraction(1, 1000)) == (0, 1)


@pytest.mark.parametrize(("relation", "good", "bad"), [("<=", "1/5", "1/20"), ("<", "1/5", "1/20"),
                                                       (">=", "1/20", "1/5"), (">", "1/20", "1/5")])  # fmt: skip
def test_probability_contradictions(relation, good, bad):
    args = (1000, 100, 900, Fraction(1, 1000))
    assert not probability_contradicts(relation, Fraction(good), *args)
    assert not probability_contradicts(relation, Fraction(1, 10), *args)
    assert probability_contradicts(relation, Fraction(bad), *args)


def test_uncertain_samples_count_for_the_claim():
    assert probability_contradicts("<=", Fraction(1, 20), 1000, 100, 900, Fraction(1, 1000))
    assert not probability_contradicts("<=", Fraction(1, 20), 1000, 60, 900, Fraction(1, 1000))
    assert probability_contradicts(">=", Fraction(1, 5), 1000, 100, 900, Fraction(1, 1000))
    assert not probability_contradicts(">=", Fraction(1, 5), 1000, 100, 830, Fraction(1, 1000))


def test_impossible_thresholds_need_no_samples():
    none = (10, 0, 0, Fraction(1, 1000))
    assert probability_contradicts("<=", Fraction(-1, 10), *none)
    assert probability_contradicts("<", Fraction(0), *none)
    assert not probability_contradicts("<=", Fraction(0), *none)
    assert probability_contradicts(">", Fraction(1), *none)
    assert not probability_contradicts(">=", Fraction(1), *none)
    assert not probability_contradicts("<=", Fraction(2), *none)


def averages(n: int, mean: str, square: str) -> Averages:
    return Averages(n, Fraction(mean), Fraction(mean), Fraction(square))


def test_means_of_indicators_are_judged_like_probabilities():
    """Hoeffding's bound exceeds the exact binomial tail, so it excludes less than Clopper and Pearson."""
    sample = averages(1000, "1/10", "1/10")
    low, high = mean_interval((Fraction(0), Fraction(1)), sample, Fraction(1, 1000))
    exact_low, exact_high = probability_interval(1000, 100, 900, Fraction(1, 1000))
    assert low < exact_low
    assert exact_high < high
    assert high - low < 2 * (exact_high - exact_low)


def test_small_variance_gives_a_short_interval():
    low, high = mean_interval((Fraction(0), Fraction(1)), averages(10_000, "1/2", "1/4"), Fraction(1, 1000))
    assert high - low < Fraction(1, 200)
    wide = mean_interval((Fraction(0), Fraction(1)), averages(10_000, "1/2", "1/2"), Fraction(1, 1000))
    assert wide[1] - wide[0] > Fraction(1, 50)


def test_mean_limit_of_a_half_by_exact_powers():
    """exp(-n KL(1/2 || t)) = (4 t (1-t))^(n/2), compared with half of the level without logarithms."""
    sample, level = averages(1000, "1/2", "1/2"), Fraction(1, 2000)
    for t, excluded in ((Fraction("0.4358"), True), (Fraction("0.4359"), False)):
        assert ((4 * t * (1 - t)) ** 500 <= level / 2) is excluded
        assert mean_exceeds(sample, t, level) is excluded


def test_mean_contradictions_mirror_and_scale():
    sample, bounds, confidence = averages(4000, "3/4", "5/8"), (Fraction(-2), Fraction(2)), Fraction(1, 1000)
    low, high = mean_interval(bounds, sample, confidence)
    assert low < 1 < high
    for step in (-1, 1):
        near = Fraction(step, 10_000)
        assert mean_contradicts("<=", low + near, bounds, sample, confidence) is (step < 0)
        assert mean_contradicts(">=", high + near, bounds, sample, confidence) is (step > 0)


def test_mean_thresholds_outside_the_range():
    sample, bounds = averages(10, "1/2", "1/2"), (Fraction(0), Fraction(3))
    assert mean_contradicts("<=", Fraction(-1), bounds, sample, Fraction(1, 100))
    assert mean_contradicts("<", Fraction(0), bounds, sample, Fraction(1, 100))
    assert not mean_contradicts("<=", Fraction(3), bounds, sample, Fraction(1, 100))
    assert mean_contradicts(">=", Fraction(4), bounds, sample, Fraction(1, 100))
    assert not mean_contradicts(">", Fraction(0), bounds, averages(10, "0", "0"), Fraction(1, 100))


def test_wider_knowledge_of_a_mean_excludes_less():
    exact = averages(5000, "1/2", "3/8")
    wide = Averages(5000, Fraction(2, 5), Fraction(3, 5), Fraction(3, 8))
    unit = (Fraction(0), Fraction(1))
    low, high = mean_interval(unit, exact, Fraction(1, 1000))
    wide_low, wide_high = mean_interval(unit, wide, Fraction(1, 1000))
    assert wide_low < low
    assert high < wide_high
