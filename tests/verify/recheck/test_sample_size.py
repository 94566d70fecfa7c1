"""The checker of numbers of samples: formulas against simulation, boundaries, and changed numbers."""

from __future__ import annotations

from fractions import Fraction as Q
from math import sqrt
from typing import Any

import numpy as np
import pytest
from scipy import stats

from theorems.seed import _one_hot_samples, _separation_samples
from verify.certificate import claim_hash
from verify.errors import Rejected
from verify.recheck import recheck
from verify.recheck import sample_size as checker


def gaussian(**given: str) -> dict[str, Any]:
    question = _separation_samples.samples
    found = _separation_samples.gaussian(question.values_of({"instance": "gaussian", **given}))
    assert found.certificate is not None
    return dict(found.certificate)


def one_hot(**given: str) -> dict[str, Any]:
    question = _one_hot_samples.samples
    (found,) = question.compare(question.values_of(given), None, None, 0)  # type: ignore[arg-type]
    assert found.certificate is not None
    return dict(found.certificate)


def with_instance(data: dict[str, Any], **changes: str) -> dict[str, Any]:
    claim = {**data["claim"], "instance": {**data["claim"]["instance"], **changes}}
    return {**data, "claim": claim, "sha256": claim_hash(claim)}


def test_defaults_are_accepted() -> None:
    assert recheck(gaussian()).accepted
    assert recheck(gaussian(family="row-space")).accepted
    assert recheck(one_hot()).accepted


def test_one_hot_boundaries() -> None:
    data = one_hot()
    instance = data["claim"]["instance"]
    assert (instance["samples_attention"], instance["samples_baseline"]) == ("15", "896")
    assert not recheck(with_instance(data, samples_attention="14")).accepted
    assert not recheck(with_instance(data, samples_baseline="897")).accepted
    assert not recheck(with_instance(data, family="equivariant")).accepted


def test_one_hot_error_by_enumeration() -> None:
    n, p = 3, 3
    signs = np.array(np.meshgrid(*[[-1, 1]] * (n * p))).reshape(n * p, -1).T.reshape(-1, n, p)
    wrong = (np.abs(np.einsum("bi,bij->bj", signs[:, :, 0], signs[:, :, 1:])) == n).any(axis=1)
    assert 2 * Q(int(wrong.sum()), len(signs)) == checker.one_hot_error(n, p)


@pytest.mark.parametrize("change", [
    {"samples_attention": "2600"}, {"samples_baseline": "8850"}, {"samples_baseline": "9999"}, {"k": "5"},
    {"level": "1/3"}, {"epsilon": "9/100"}, {"teacher_norm": "1/10"}, {"delta": "1"}, {"k": "20000"}, {"p": "9000"},
    {"delta": "0"}, {"level": "0"}, {"samples_attention": "9000", "samples_baseline": "8000"}, {"family": "everything"},
    {"law": "one-hot"}, {"p": "10000.5"}, {"samples_attention": "-3"},
], ids=str)  # fmt: skip
def test_false_numbers_are_rejected(change: dict[str, str]) -> None:
    assert not recheck(with_instance(gaussian(), **change)).accepted


def tokens(**given: str) -> dict[str, Any]:
    question = _separation_samples.samples
    found = _separation_samples.tokens(question.values_of({"instance": "tokens", **given}))
    assert found.certificate is not None
    return dict(found.certificate)


def test_tokens() -> None:
    data = tokens()
    assert recheck(data).accepted
    assert data["claim"]["instance"]["samples_attention"] == "17"
    for change in ({"samples_attention": "16"}, {"samples_baseline": "1000"}, {"width": "17"}, {"tokens": "55"},
                   {"epsilon": "1"}, {"teacher_norm": "1/10"}, {"delta": "0"}, {"law": "gaussian"}):  # fmt: skip
        assert not recheck(with_instance(data, **change)).accepted, change
    assert not recheck({**data, "evidence": {"middle": "1/20"}}).accepted


def test_only_the_relevant_token_fits_one_sample_more_than_its_width() -> None:
    rng = np.random.default_rng(4)
    x, teacher = rng.standard_normal((5, 6, 4)), rng.standard_normal(4)  # 5 samples of 6 tokens of 4 numbers
    y = x[:, 2] @ teacher
    defects = [np.linalg.norm(x[:, t] @ np.linalg.lstsq(x[:, t], y, rcond=None)[0] - y) for t in range(6)]
    assert [t for t, defect in enumerate(defects) if defect < 1e-9] == [2]
    exact = [np.linalg.norm(x[:4, t] @ np.linalg.lstsq(x[:4, t], y[:4], rcond=None)[0] - y[:4]) for t in range(6)]
    assert max(exact) < 1e-9  # one sample less: every token fits


def test_other_verdicts_and_evidence_are_rejected() -> None:
    data = gaussian()
    assert not recheck({**data, "verdict": "refuted"}).accepted
    assert not recheck({**data, "evidence": {"tau": "-1", "middle": data["evidence"]["middle"]}}).accepted
    assert not recheck({**data, "evidence": {**data["evidence"], "middle": "1/10"}}).accepted
    assert not recheck({**data, "evidence": {**data["evidence"], "middle": "2"}}).accepted


def test_any_tau_is_sound() -> None:
    """The width is an upper bound for every tau, so every tau gives a valid error, the best one the least."""
    errors = []
    for tau in (Q(1), Q(2), Q(5, 2), Q(3), Q(4)):
        try:
            errors.append(float(checker.attention_error(4000, 10_000, 3, Q(1, 4), Q(1, 20), tau)))
        except Rejected:
            errors.append(float("inf"))
    assert min(errors) < 0.1 < max(errors)


def test_row_space_probability_is_the_beta_law() -> None:
    rng = np.random.default_rng(0)
    n, p, draws = 6, 10, 4000
    x = rng.standard_normal((draws, n, p))
    inside = np.einsum("bpn,bn->bp", np.linalg.pinv(x), x[:, :, 0])[:, 0]
    share = np.mean(1 - inside <= 0.3)
    value = float(checker.baseline_probability(n, p, Q(1), Q(3, 10), "row-space"))
    assert value == pytest.approx(stats.beta((p - n) / 2, n / 2).cdf(0.3), abs=1e-12)
    assert abs(share - value) < 5 * sqrt(value / draws)


def test_equivariant_bound_is_above_what_the_best_guess_reaches() -> None:
    """The best an equivariant procedure can do without data (n small): guess a direction, cap of the sphere."""
    rng = np.random.default_rng(1)
    p, epsilon = 6, 0.5
    v = rng.standard_normal((20_000, p))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    centre = np.zeros(p)
    centre[0] = sqrt(1 - epsilon)
    share = np.mean(((v - centre) ** 2).sum(axis=1) <= epsilon)
    cap = float(checker._beta(Q(1, 2), p - 1, 1)) / 2
    assert share == pytest.approx(cap, abs=0.01)
    bounds = [
        float(checker.baseline_probability(1, p + 1, Q(1), Q(1, 2), "equivariant", middle))
        for middle in (Q(6, 10), Q(7, 10), Q(8, 10), Q(9, 10))
    ]
    assert min(bounds) > share


def test_the_restricted_eigenvalue_holds_on_drawn_designs() -> None:
    """Gordon's bound against the worst direction found in the cone, on designs small enough to search."""
    rng = np.random.default_rng(2)
    n, p, k = 400, 20, 1
    low = float(checker._mean_norm(n) - checker._width(p, k, checker._ball(Q(1)))) - 3.0
    assert low > 0
    for _ in range(5):
        x = rng.standard_normal((n, p))
        d = rng.standard_normal((3000, p)) * rng.random((3000, p)) ** 3
        d[:, 0] = np.sign(d[:, 0]) * np.maximum(np.abs(d[:, 0]), np.abs(d[:, 1:]).sum(axis=1) / 3)
        d /= np.linalg.norm(d, axis=1, keepdims=True)
        assert np.linalg.norm(d @ x.T, axis=1).min() > low
    assert float(checker._mean_norm(n)) == pytest.approx(sqrt(n - 0.5), rel=1e-4)


def test_the_excess_of_a_gaussian_over_tau() -> None:
    tau = 1.3
    grid = np.linspace(tau, 12, 200_001)
    direct = 2 * np.trapezoid((grid - tau) ** 2 * stats.norm.pdf(grid), grid)
    assert float(checker._width(2, 1, checker._ball(Q(13, 10)))) ** 2 == pytest.approx(
        (1 + 3 * tau) ** 2 + direct, rel=1e-8
    )


def test_the_statement_has_to_be_this_one() -> None:
    data = gaussian()
    claim = {**data["claim"], "statement": {**data["claim"]["statement"], "mode": "always"}}
    assert not recheck({**data, "claim": claim, "sha256": claim_hash(claim)}).accepted
