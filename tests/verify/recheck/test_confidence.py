"""The checker of statistical refutations: it draws again, counts again, and judges with exact tails."""

from fractions import Fraction
from math import comb

import pytest

from verify.certificate import certificate
from verify.chance.cells import CELLS, generator
from verify.chance.limits import share
from verify.chance.replay import counts, moments, sampler
from verify.claim import Claim, claim_from_data
from verify.recheck import recheck

SAMPLES = 1024


def coin(relation: str = "at_most", threshold: str = "1/10") -> Claim:
    claim = {"probability": "u < 1/4", relation: threshold}
    return claim_from_data({"id": "coin", "random": {"u": "uniform(0, 1)"}, "claim": claim})


def evidence(claim: Claim, seed: int = 0, samples: int = SAMPLES, **changed):
    found = counts(sampler(claim), samples, seed)
    return {
        "samples": samples, "seed": seed, "confidence": "1/1000", "hits": found.hits, "misses": found.misses, **changed,
    }  # fmt: skip


def accepted(claim: Claim, data, verdict: str = "refuted") -> bool:
    return recheck(certificate(claim, verdict, "confidence", data, {})).accepted


@pytest.mark.parametrize(
    ("relation", "threshold"), [("at_most", "1/10"), ("below", "1/10"), ("at_least", "2/5"), ("above", "2/5")]
)
def test_contradicted_claims_are_refuted(relation, threshold):
    claim = coin(relation, threshold)
    assert accepted(claim, evidence(claim))


@pytest.mark.parametrize(
    ("relation", "threshold"), [("at_most", "1/4"), ("at_most", "3/10"), ("at_least", "1/4"), ("above", "1/5")]
)
@pytest.mark.parametrize("seed", range(3))
def test_true_claims_are_not_refuted(relation, threshold, seed):
    claim = coin(relation, threshold)
    assert not accepted(claim, evidence(claim, seed))


def test_only_refutations():
    claim = coin()
    for verdict in ("proved", "vacuous", "supported"):
        assert not accepted(claim, evidence(claim), verdict)


def direct_counts(claim: Claim, data) -> tuple[int, int]:
    """Count hits by comparing the generator's integers, without balls."""
    source = generator(claim, data["seed"])
    hits = sum(4 * (int(source.random() * CELLS) + 1) <= CELLS for _ in range(data["samples"]))
    return hits, data["samples"] - hits


def exact_tail(n: int, hits: int, p: Fraction) -> Fraction:
    return sum((comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(hits, n + 1)), Fraction(0))


@pytest.mark.parametrize("key", ["samples", "seed", "confidence", "hits", "misses"])
def test_every_changed_number_is_rejected_or_still_proves(key):
    claim = coin()
    original = evidence(claim)
    seen = []
    for shift in (1, -1, 2, 7, -7, 100):
        value = original[key]
        data = {**original, key: str(Fraction(value) * (1 + shift)) if key == "confidence" else value + shift}
        seen.append(accepted(claim, data))
        if seen[-1]:
            hits, misses = direct_counts(claim, data)
            level = share(Fraction(data["confidence"]), data["seed"], data["samples"])
            assert data["hits"] <= hits
            assert data["misses"] <= misses
            assert 0 < Fraction(data["confidence"]) <= Fraction(1, 100)
            assert exact_tail(data["samples"], hits, Fraction(1, 10)) <= level / 2
    assert not all(seen)


def test_invented_counts_are_rejected():
    claim = coin("at_most", "1/4")
    honest = evidence(claim)
    assert not accepted(claim, {**honest, "hits": SAMPLES // 2, "misses": SAMPLES // 2})
    assert not accepted(claim, {**honest, "hits": SAMPLES})


def test_changed_claims_need_other_samples():
    """The claim is part of what seeds the generator."""
    claim, other = coin(), coin("at_most", "9/100")
    assert evidence(claim)["hits"] != evidence(other)["hits"]


def test_later_seeds_have_to_show_more():
    """The shares of all seeds and sizes add up to the confidence."""
    whole = Fraction(1, 1000)
    parts = sum(share(whole, seed, 1 << size) for seed in range(50) for size in range(21))
    assert parts == whole * Fraction(50, 51)
    assert share(whole, 3, 64) < share(whole, 2, 64)
    for samples in (0, 3, 1000, 1 << 21):
        with pytest.raises(ValueError, match="power of two"):
            share(whole, 0, samples)


@pytest.mark.parametrize("confidence", ["0", "-1/1000", "1/99", "1", "0.1"])
def test_confidence_is_bounded(confidence):
    claim = coin("at_most", "1/100")
    assert not accepted(claim, evidence(claim, confidence=confidence))


@pytest.mark.parametrize(
    "changed", [{"samples": 0}, {"samples": 1 << 21}, {"samples": "1024"}, {"seed": -1}, {"hits": None}, {"misses": -1}]
)
def test_malformed_evidence_is_rejected(changed):
    claim = coin("at_most", "1/100")
    assert accepted(claim, evidence(claim))
    assert not accepted(claim, {**evidence(claim), **changed})


def test_too_much_work_is_refused():
    claim = claim_from_data(
        {"id": "x", "random": {"x": "normal[1000]"}, "claim": {"probability": "sum(x) > 0", "at_most": "1/100"}}
    )
    data = {"samples": 1 << 20, "seed": 0, "confidence": "1/1000", "hits": 0, "misses": 0}
    outcome = recheck(certificate(claim, "refuted", "confidence", data, {}))
    assert "too many" in str(outcome.reason)


# --- expectations ---


def average(relation: str = "at_most", threshold: str = "1/2") -> Claim:
    claim = {"expectation": "3*u**2", relation: threshold}
    return claim_from_data({"id": "average", "random": {"u": "uniform(0, 1)"}, "claim": claim})


def average_evidence(claim: Claim, **changed):
    found = moments(sampler(claim), (Fraction(0), Fraction(3)), 2048, 0)
    middle, square = (Fraction(str(float(ball.mid()))) for ball in (found.mean, found.square))
    tiny = Fraction(1, 10**9)
    return {
        "samples": 2048, "seed": 0, "confidence": "1/1000", "range": ["0", "3"],
        "mean": [str(middle - tiny), str(middle + tiny)], "square": str(square + tiny), **changed,
    }  # fmt: skip


@pytest.mark.parametrize(("relation", "threshold"), [("at_most", "1/2"), ("at_least", "3/2")])
def test_contradicted_expectations_are_refuted(relation, threshold):
    claim = average(relation, threshold)
    assert accepted(claim, average_evidence(claim))


@pytest.mark.parametrize(("relation", "threshold"), [("at_most", "1"), ("at_least", "1"), ("below", "11/10")])
def test_true_expectations_are_not_refuted(relation, threshold):
    claim = average(relation, threshold)
    assert not accepted(claim, average_evidence(claim))


def test_ranges_must_be_proved():
    claim = average()
    for ends in (["0", "2"], ["1/10", "3"], ["3", "0"], ["0", "0"]):
        assert not accepted(claim, average_evidence(claim, range=ends))
    unbounded = claim_from_data(
        {"id": "x", "random": {"x": "normal"}, "claim": {"expectation": "x**2", "at_most": "1/10"}}
    )
    data = average_evidence(claim, range=["0", "100"], mean=["0", "1"], square="1")
    assert not accepted(unbounded, data)


@pytest.mark.parametrize(
    "changed",
    [
        {"mean": ["9/10", "1"]}, {"mean": ["0", "1/100"]}, {"mean": ["-1", "1"]}, {"mean": ["1", "0"]},
        {"square": "0"}, {"square": "-1"}, {"mean": ["0", "2"]},
    ],
)  # fmt: skip
def test_averages_must_be_those_of_the_samples(changed):
    claim = average()
    assert not accepted(claim, average_evidence(claim, **changed))


def test_wider_averages_prove_less():
    claim = average()
    assert accepted(claim, average_evidence(claim, square="1"))
    assert not accepted(claim, average_evidence(claim, mean=["1/7", "1"], square="1"))
