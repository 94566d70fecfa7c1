"""Enumeration finds a plan that is fast, and gives up where none is."""

from fractions import Fraction

import pytest

from numerics.budget import Budget
from numerics.provers import probability_exact
from numerics.provers.probability_exact import enumerated, plans
from verify.chance.exact import JOINT, MOMENTS, TERMS, prepared
from verify.claim import Claim, claim_from_data
from verify.recheck import enumeration


def claim(kind: str, text: str, threshold: str = "1/2", **random: str) -> Claim:
    return claim_from_data({"id": "x", "random": random, "claim": {kind: text, "at_most": threshold}})


def test_plans_are_permutations_of_the_entries_that_occur():
    made = claim("expectation", "abs(e[2]) + max([e[1], e[3]])", e="rademacher[5]")
    found = list(plans(prepared(made)))
    assert {plan.strategy for plan in found} == {JOINT, TERMS, MOMENTS}
    assert all(sorted(plan.order) == [1, 2, 3] for plan in found)
    assert [plan.strategy for plan in plans(prepared(claim("probability", "e > 0", e="rademacher")))] == [JOINT]


@pytest.mark.parametrize(
    ("text", "strategy"),
    [
        ("sum((e @ [1/3, 2/7, 5/11, 1/13, 3/17, 9/19, 2/23])**2)", MOMENTS),
        ("sum(abs(e))*e[0]", JOINT),
        ("sum(abs(e - 1))", TERMS),
    ],
)
def test_the_first_fast_plan_is_taken(text, strategy):
    found = enumerated(claim("expectation", text, e="rademacher[7]"), Budget.of(60))
    assert found is not None
    assert found.evidence is not None
    assert found.evidence["strategy"] == strategy


def test_terms_where_the_whole_is_too_large(monkeypatch):
    monkeypatch.setattr(probability_exact, "LIMITS", (1 << 16,))
    weights = [[3**i if i % 5 == j else 0 for i in range(40)] for j in range(5)]
    rows = " + ".join(f"max([e @ {row}, 1])" for row in weights)
    found = enumerated(claim("expectation", rows, "100", e="rademacher[40]"), Budget.of(60))
    assert found is not None
    assert found.evidence is not None
    assert found.evidence["strategy"] == TERMS


def test_too_large_is_left_to_sampling(monkeypatch):
    monkeypatch.setattr(probability_exact, "LIMITS", (1 << 12,))
    text = f"e @ {[3**i for i in range(30)]} > 5"
    assert enumerated(claim("probability", text, e="rademacher[30]"), Budget.of(60)) is None
    assert enumerated(claim("probability", "x > 0", x="normal"), Budget.of(60)) is None


def test_no_time_is_left_to_sampling():
    assert enumerated(claim("probability", "e > 0", e="rademacher"), Budget.of(-1)) is None


def test_precision_is_raised_until_balls_decide():
    text = "exp(e/10**30) - 1 > 10**(-30)"
    found = enumerated(claim("probability", text, e="rademacher"), Budget.of(60))
    assert found is not None
    assert (found.verdict, found.level, found.values["probability"]) == ("proved", "ball", "1/2")
    assert found.evidence is not None
    assert found.evidence["precision"] > 64


@pytest.mark.parametrize(
    ("kind", "text", "threshold"),
    [("probability", "sum(e) > 2", "1/2"), ("expectation", "max([e @ [1, 2, 3, 4, 5], 1/3])", "1")],
)
def test_long_numbers_are_enclosed(kind, text, threshold, monkeypatch):
    monkeypatch.setattr(probability_exact, "LONGEST", 3)
    made = claim(kind, text, threshold, e="rademacher[5]")
    found = enumerated(made, Budget.of(60))
    assert found is not None
    assert found.evidence is not None
    assert set(found.evidence) == {"strategy", "order", "precision", "enclosure"}
    enumeration.check(made, found.verdict, dict(found.evidence))


def test_balls_are_enclosed():
    made = claim("expectation", "exp(e)", "2", e="rademacher")
    found = enumerated(made, Budget.of(60))
    assert found is not None
    assert found.evidence is not None
    low, high = (Fraction(end) for end in found.evidence["enclosure"])
    assert float(low) == pytest.approx(1.5430806348152437)
    assert 0 < high - low < Fraction(1, 10**9)
    enumeration.check(made, "proved", dict(found.evidence))
