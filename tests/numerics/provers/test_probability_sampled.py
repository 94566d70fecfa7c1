"""The plan is fixed before looking, and errors stay below the stated confidence."""

from fractions import Fraction

import pytest

from numerics.budget import Budget, OutOfTime
from numerics.provers import probability_sampled
from numerics.provers.probability_sampled import FEWEST_SAMPLES, MOST_SAMPLES, planned, sampled
from verify.claim import Claim, claim_from_data

LEVEL = Fraction(1, 100)


def claim(kind: str, text: str, relation: str = "at_most", threshold: str = "1/2", **random: str) -> Claim:
    return claim_from_data({"id": "x", "random": random, "claim": {kind: text, relation: threshold}})


def test_the_number_of_samples_depends_on_the_expression_alone():
    small = claim("probability", "x[0] > 0", x="normal[2]")
    assert planned(small, 0, LEVEL).samples == planned(small, 5, LEVEL / 10).samples == MOST_SAMPLES
    large = claim("probability", "sum(x @ x) > 0", x="normal[30,30]")
    assert FEWEST_SAMPLES <= planned(large, 0, LEVEL).samples < MOST_SAMPLES


def test_what_cannot_be_replayed_is_only_sampled(monkeypatch):
    monkeypatch.setattr(probability_sampled, "FEWEST_SAMPLES", 64)
    huge = claim("probability", "max(x @ x) > 0", "at_least", "1/2", x="normal[70,70]")
    plan = planned(huge, 0, LEVEL)
    assert plan.replayed is None
    found = sampled(huge, Budget.of(60), 0, LEVEL)
    assert (found.verdict, found.level) == ("supported", "sampled")
    false = claim("probability", "max(x @ x) > 0", "at_most", "1/2", x="normal[70,70]")
    found = sampled(false, Budget.of(60), 0, LEVEL)
    assert found.verdict == "undecided"
    assert "replayed" in str(found.reason)


@pytest.mark.parametrize(
    ("kind", "text", "threshold", "law"),
    [
        ("probability", "x > 0", "1/2", "normal"),
        ("probability", "x < 1/20", "1/20", "uniform(0, 1)"),
        ("expectation", "x", "0", "uniform(-1, 1)"),
        ("expectation", "where(x < 1/50, 1, 0)", "1/50", "uniform(0, 1)"),
    ],
)
@pytest.mark.parametrize("relation", ["at_most", "at_least"])
def test_true_claims_are_refuted_less_often_than_stated(kind, text, threshold, law, relation, monkeypatch):
    """On the boundary, over 100 seeds: the errors of all seeds together stay below one per cent."""
    monkeypatch.setattr(probability_sampled, "MOST_SAMPLES", 256)
    made = claim(kind, text, relation, threshold, x=law)
    verdicts = [sampled(made, Budget.of(60), seed, LEVEL).verdict for seed in range(100)]
    assert verdicts.count("supported") == 100


def test_enough_false_claims_are_refuted(monkeypatch):
    monkeypatch.setattr(probability_sampled, "MOST_SAMPLES", 1024)
    for kind, text, threshold in (("probability", "x > 0", "3/10"), ("expectation", "tanh(x) + 1", "3/5")):
        made = claim(kind, text, "at_most", threshold, x="normal")
        verdicts = [sampled(made, Budget.of(60), seed, LEVEL).verdict for seed in range(5)]
        assert verdicts == ["refuted"] * 5


def test_time_is_checked():
    with pytest.raises(OutOfTime):
        sampled(claim("probability", "x > 0", x="normal"), Budget.of(-1), 0, LEVEL)


def test_effort_names_what_was_fixed():
    found = sampled(claim("probability", "x > 3", x="normal"), Budget.of(60), 7, LEVEL)
    assert found.effort == {"samples": str(MOST_SAMPLES), "seed": "7", "confidence": "1/100"}
