"""Least numbers of samples: right at the number, wrong just before."""

from __future__ import annotations

from fractions import Fraction as Q

from numerics.sample_complexity.gaussian import Gaussian, _least
from verify.recheck import sample_size

MODEL = Gaussian(5000, 2, Q(1, 4), Q(1), Q(1, 10), Q(1, 20))


def test_attention() -> None:
    found = MODEL.samples_attention()
    assert found is not None
    n, tau = found
    assert float(sample_size.attention_error(n, 5000, 2, Q(1, 4), Q(1, 20), tau)) <= 0.1
    before = MODEL.attention_error(n - 1)
    assert before is None or before[0] > 0.1


def test_baselines_are_ordered() -> None:
    row, every = MODEL.samples_baseline("row-space"), MODEL.samples_baseline("equivariant")
    assert row is not None
    assert every is not None
    assert 4000 < every[0] < row[0] < 4500  # p (1 - epsilon/r2) = 4500 in expectation
    after = sample_size.baseline_probability(row[0] + 1, 5000, Q(1), Q(1, 10), "row-space")
    assert float(after) > 0.05


def test_nothing_to_compare_beyond_the_norm() -> None:
    assert Gaussian(50, 2, Q(1, 4), Q(1), Q(2), Q(1, 20)).samples_baseline("row-space") is None


def test_bisection() -> None:
    assert _least(lambda n: n >= 37, 1000) == 37
    assert _least(lambda n: True, 1000) == 1
    assert _least(lambda n: False, 1000) is None
