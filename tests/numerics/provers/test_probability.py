"""Probability claims end to end: decided, certified, rechecked; with twins that must go the other way."""

import json
from fractions import Fraction

import pytest

from numerics.budget import Budget
from numerics.finding import Finding
from numerics.provers import probability_sampled
from numerics.provers.probability import decide
from verify.certificate import certificate
from verify.claim import Claim, claim_from_data
from verify.recheck import recheck

C = [["1", "1"], ["1", "-1"], ["1", "1"], ["1", "-1"]]

NOISE = {
    "id": "noise-event-quarter",
    "random": {"e": "rademacher[4]"},
    "constants": {"C": C},
    "claim": {"probability": "max(abs(C.T @ e))/4 > 1/2", "at_most": "1/4"},
}


def claim(kind: str, text: str, relation: str, threshold: str, **random: str) -> Claim:
    return claim_from_data({"id": "x", "random": random, "claim": {kind: text, relation: threshold}})


def decided(made: Claim, **options) -> Finding:
    """Decide, and put evidence through the checker as a file would be."""
    found = decide(made, budget=Budget.of(60), seed=options.pop("seed", 0), **options)
    if found.kind is not None:
        data = json.loads(json.dumps(certificate(made, found.verdict, found.kind, found.evidence or {}, {})))
        outcome = recheck(data)
        assert outcome.accepted, outcome.reason
    assert (found.kind is not None) == (found.verdict in ("proved", "refuted"))
    return found


# --- finite laws ---


@pytest.mark.parametrize(
    ("relation", "threshold", "verdict"),
    [
        ("at_most", "1/4", "proved"), ("at_most", "1/5", "refuted"), ("below", "1/4", "refuted"),
        ("below", "26/100", "proved"), ("at_least", "1/4", "proved"), ("above", "1/4", "refuted"),
        ("above", "24/100", "proved"), ("at_least", "251/1000", "refuted"),
    ],
)  # fmt: skip
def test_noise_event_and_its_twins(relation, threshold, verdict):
    made = claim_from_data({**NOISE, "claim": {"probability": NOISE["claim"]["probability"], relation: threshold}})
    found = decided(made)
    assert (found.verdict, found.level) == (verdict, "exact")
    assert found.values == {"probability": "1/4"}


@pytest.mark.parametrize(("n", "p"), [(3, 2), (3, 9), (4, 3), (5, 4)])
def test_hard_mask_threshold(n, p):
    """Some wrong one-hot mask with sign fits n samples with probability 1 - (1 - 2^(1-n))^(p-1)."""
    exact = 1 - (1 - Fraction(2, 2**n)) ** (p - 1)
    text = f"max(abs(X[:, 1:].T @ X[:, 0])) >= {n}"
    found = decided(claim("probability", text, "at_most", str(exact), X=f"rademacher[{n},{p}]"))
    assert (found.verdict, found.values["probability"]) == ("proved", str(exact))
    found = decided(claim("probability", text, "below", str(exact), X=f"rademacher[{n},{p}]"))
    assert found.verdict == "refuted"


def test_sample_size_threshold_of_the_hard_mask():
    """129 columns, failure probability 1/8: eleven samples suffice, ten do not. By symmetry the true column is 1."""
    for n, verdict in ((11, "proved"), (10, "refuted")):
        text = f"max(abs(X.T @ ones({n}))) >= {n}"
        found = decided(claim("probability", text, "at_most", "1/8", X=f"rademacher[{n},128]"))
        assert (found.verdict, found.level) == (verdict, "exact")


@pytest.mark.slow
def test_sample_size_threshold_of_a_wide_hard_mask():
    """1025 columns, failure probability 1/16: fifteen samples suffice, fourteen do not."""
    for n, verdict in ((15, "proved"), (14, "refuted")):
        text = f"max(abs(X.T @ ones({n}))) >= {n}"
        found = decided(claim("probability", text, "at_most", "1/16", X=f"rademacher[{n},1024]"))
        assert (found.verdict, found.level) == (verdict, "exact")
        assert "+/-" in found.values["probability"]


def test_many_signs_through_two_sums():
    signs = ", ".join("1" if i % 3 else "-1" for i in range(64))
    text = f"maximum(abs(sum(e)), abs(e @ [{signs}])) >= 24"
    found = decided(claim("probability", text, "at_most", "1/100", e="rademacher[64]"))
    assert (found.verdict, found.level) == ("proved", "exact")
    found = decided(claim("probability", text, "at_most", "1/200", e="rademacher[64]"))
    assert found.verdict == "refuted"


def test_expectations():
    found = decided(claim("expectation", "max(c) - min(c)", "at_least", "3/2", c="choice(0, 3)[2]"))
    assert (found.verdict, found.level, found.values) == ("proved", "exact", {"expectation": "3/2"})
    found = decided(claim("expectation", "exp(e)", "at_most", "3/2", e="rademacher"))
    assert (found.verdict, found.level) == ("refuted", "ball")
    assert found.values["expectation"].startswith("1.5430806")


def test_undefined_outcomes_are_undecided():
    found = decided(claim("probability", "log(e) > 0", "at_most", "1", e="rademacher"))
    assert found.verdict == "undecided"
    assert "undefined" in str(found.reason)


def test_a_tie_of_balls_is_undecided():
    found = decided(claim("expectation", "softmax(c)[0]", "at_most", "1/3", c="choice(1, 2)[3]"))
    assert found.verdict == "undecided"
    assert "1/3" in str(found.reason)


# --- continuous laws ---

GAUSSIAN = "max(abs(x)) > 3"


def test_gaussian_maximum_is_supported():
    found = decided(claim("probability", GAUSSIAN, "at_most", "1/20", x="normal[8]"))
    assert (found.verdict, found.level) == ("supported", "statistical")
    assert set(found.values) >= {"samples", "hits", "estimate", "interval", "confidence"}
    assert abs(float(Fraction(found.values["estimate"])) - 0.0214) < 0.003
    assert found.reason is None


@pytest.fixture
def few_samples(monkeypatch):
    """Keep replays short."""
    monkeypatch.setattr(probability_sampled, "MOST_SAMPLES", 1 << 12)


@pytest.mark.parametrize(
    ("text", "relation", "threshold", "random"),
    [
        (GAUSSIAN, "at_most", "1/100", {"x": "normal[8]"}),
        (GAUSSIAN, "at_least", "1/20", {"x": "normal[8]"}),
        ("u[0]**2 + u[1]**2 < 1", "above", "83/100", {"u": "uniform(-1, 1)[2]"}),
        ("sum(k) > 1650000", "below", "2/5", {"k": "integers(0, 99999)[33]"}),
    ],
)
@pytest.mark.usefixtures("few_samples")
def test_false_claims_are_refuted_with_their_confidence(text, relation, threshold, random):
    found = decided(claim("probability", text, relation, threshold, **random))
    assert (found.verdict, found.level, found.kind) == ("refuted", "statistical", "confidence")
    assert found.values["confidence"] == "1/1000"
    assert "1/1000" in str(found.reason)


@pytest.mark.parametrize("relation", ["at_most", "below", "at_least", "above"])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.usefixtures("few_samples")
def test_claims_on_the_boundary_are_never_refuted_here(relation, seed):
    found = decided(claim("probability", "x > 0", relation, "1/2", x="normal"), seed=seed)
    assert found.verdict == "supported"
    assert "threshold" in str(found.reason)


@pytest.mark.usefixtures("few_samples")
def test_continuous_laws_are_never_proved():
    for threshold in ("1", "2"):
        found = decided(claim("probability", "x**2 >= 0", "at_most", threshold, x="normal"))
        assert found.verdict == "supported"


@pytest.mark.usefixtures("few_samples")
def test_bounded_expectations():
    text = "softmax(x)[0]*tanh(x[1])"
    assert decided(claim("expectation", text, "at_most", "1/10", x="normal[3]")).verdict == "supported"
    found = decided(claim("expectation", text, "at_least", "1/10", x="normal[3]"))
    assert (found.verdict, found.kind) == ("refuted", "confidence")
    found = decided(claim("expectation", "sum(u**2)", "at_most", "1/2", u="uniform(0, 1)[3]"))
    assert found.verdict == "refuted"
    assert found.values["range"] == "[0, 3]"


@pytest.mark.usefixtures("few_samples")
def test_unbounded_expectations_are_never_refuted():
    found = decided(claim("expectation", "sum(x**2)", "at_most", "4", x="normal[3]"))
    assert found.verdict == "supported"
    assert "not a bound" in found.values["interval"]
    found = decided(claim("expectation", "sum(x**2)", "at_most", "2", x="normal[3]"))
    assert found.verdict == "undecided"
    assert "no proved bound" in str(found.reason)


@pytest.mark.usefixtures("few_samples")
def test_undefined_samples_are_reported():
    for kind, text in (("probability", "log(x) > -3"), ("expectation", "sqrt(x)")):
        found = decided(claim(kind, text, "at_most", "0", x="normal"))
        assert found.verdict == "undecided"
        assert "undefined" in str(found.reason)
        assert int(found.values["undefined"]) > 1000


@pytest.mark.usefixtures("few_samples")
def test_overflow_is_not_undefined():
    found = decided(claim("probability", "exp(1000*x) > exp(999*x)", "at_most", "3/5", x="normal"))
    assert found.verdict == "supported"
    assert abs(float(Fraction(found.values["estimate"])) - 0.5) < 0.05


@pytest.mark.parametrize(
    ("relation", "threshold", "verdict"),
    [("at_most", "1/100", "refuted"), ("at_least", "9/10", "refuted"), ("at_most", "3/5", "supported")],
)
@pytest.mark.usefixtures("few_samples")
def test_floats_that_are_wrong_are_not_believed(relation, threshold, verdict):
    """In floats the event never happens; its probability is 1/2."""
    made = claim("probability", "(u + 10**18) - 10**18 > 1/2", relation, threshold, u="uniform(0, 1)")
    found = decided(made)
    assert found.verdict == verdict
    assert abs(float(Fraction(found.values["estimate"])) - 0.5) < 0.05


@pytest.mark.usefixtures("few_samples")
def test_events_finer_than_the_draws_are_not_judged():
    text = f"cos({2**53}*2*3.141592653589793238462643383279502884*u) > 0"
    found = [
        decided(claim("probability", text, relation, threshold, u="uniform(0, 1)"))
        for relation, threshold in (("at_most", "1/10"), ("at_least", "9/10"))
    ]
    assert {one.verdict for one in found} <= {"supported", "undecided"}
    assert any("uncertain" in str(one.reason) for one in found)


# --- manners ---


@pytest.mark.usefixtures("few_samples")
def test_same_seed_same_finding():
    made = claim("probability", "x > 1", "at_most", "1/5", x="normal")
    assert decided(made, seed=4) == decided(made, seed=4)
    assert decided(made, seed=4).values != decided(made, seed=5).values


@pytest.mark.usefixtures("few_samples")
def test_smaller_confidence_gives_a_wider_interval():
    made = claim("probability", "x > 1", "at_most", "1/5", x="normal")
    wide = decided(made, confidence=Fraction(1, 10**6)).values["interval"]
    narrow = decided(made, confidence=Fraction(1, 100)).values["interval"]
    low, high = (json.loads(text) for text in (wide, narrow))
    assert low[0] < high[0] < high[1] < low[1]


def test_misuse_raises():
    plain = claim_from_data(
        {"id": "x", "parameters": {"a": "real"}, "claim": {"every": "point", "satisfies": "a**2 >= 0"}}
    )
    made = claim("probability", "x > 0", "at_most", "1", x="normal")
    with pytest.raises(ValueError, match="not a probability claim"):
        decide(plain, budget=Budget.of(1), seed=0)
    for confidence in (Fraction(0), Fraction(2, 3)):
        with pytest.raises(ValueError, match="confidence"):
            decide(made, budget=Budget.of(1), seed=0, confidence=confidence)
    with pytest.raises(ValueError, match="seed"):
        decide(made, budget=Budget.of(1), seed=-1)


@pytest.mark.usefixtures("few_samples")
def test_a_loose_confidence_refutes_nothing():
    made = claim("probability", "x > 0", "at_most", "1/4", x="normal")
    assert decided(made, confidence=Fraction(1, 100)).verdict == "refuted"
    found = decided(made, confidence=Fraction(1, 20))
    assert found.verdict == "undecided"
    assert "1/100" in str(found.reason)


def test_no_budget_is_undecided():
    made = claim("probability", "x > 0", "at_most", "1", x="normal")
    found = decide(made, budget=Budget.of(0), seed=0)
    assert found.verdict == "undecided"
    assert "budget" in str(found.reason)


def test_only_real_arithmetic():
    data = {**NOISE, "arithmetic": "float64"}
    assert decided(claim_from_data(data)).verdict == "undecided"


def test_numbers_beyond_floats_are_undecided():
    made = claim("expectation", f"u*1{'0' * 350}", "at_most", "0", u="uniform(0, 1)")
    assert decided(made).verdict == "undecided"
