"""The enumeration checker accepts what is true, and no changed number makes it accept what is false."""

import copy
import itertools
from fractions import Fraction

import pytest

from verify.certificate import certificate
from verify.claim import claim_from_data
from verify.recheck import recheck

C = [["1", "1"], ["1", "-1"], ["1", "1"], ["1", "-1"]]


def quarter(verdict: str = "proved", relation: str = "at_most", threshold: str = "1/4", **changed):
    data = {
        "id": "noise", "random": {"e": "rademacher[4]"}, "constants": {"C": C},
        "claim": {"probability": "max(abs(C.T @ e))/4 > 1/2", relation: threshold},
    }  # fmt: skip
    evidence = {
        "strategy": "joint", "order": [0, 1, 2, 3], "precision": 64, "favourable": "4", "outcomes": "16", **changed,
    }  # fmt: skip
    return certificate(claim_from_data(data), verdict, "enumeration", evidence, {})


def mean(verdict: str = "proved", **changed):
    data = {
        "id": "mean", "random": {"c": "choice(0, 1, 1)[2]"},
        "claim": {"expectation": "(c[0] + 2*c[1])**2 - c[1]", "at_most": "40/9"},
    }  # fmt: skip
    evidence = {"strategy": "terms", "order": [1, 0], "precision": 64, "value": "40/9", "outcomes": "9", **changed}
    return certificate(claim_from_data(data), verdict, "enumeration", evidence, {})


def ball(verdict: str = "proved", **changed):
    data = {
        "id": "ball", "random": {"e": "rademacher"}, "claim": {"expectation": "exp(e)", "below": "8/5"},
    }  # fmt: skip
    evidence = {"strategy": "joint", "order": [0], "precision": 64, "enclosure": ["15/10", "16/10"], **changed}
    return certificate(claim_from_data(data), verdict, "enumeration", evidence, {})


@pytest.mark.parametrize(
    ("relation", "threshold", "verdict"),
    [
        ("at_most", "1/4", "proved"), ("at_most", "1/5", "refuted"), ("below", "1/4", "refuted"),
        ("at_least", "1/4", "proved"), ("above", "1/4", "refuted"), ("above", "1/5", "proved"),
    ],
)  # fmt: skip
def test_true_verdicts_are_accepted_and_their_opposites_rejected(relation, threshold, verdict):
    opposite = {"proved": "refuted", "refuted": "proved"}[verdict]
    assert recheck(quarter(verdict, relation, threshold)).accepted
    assert not recheck(quarter(opposite, relation, threshold)).accepted


def test_expectations_and_balls():
    assert recheck(mean()).accepted
    assert recheck(mean(strategy="moments")).accepted
    assert recheck(mean(strategy="joint")).accepted
    assert recheck(ball()).accepted
    assert not recheck(mean("refuted")).accepted
    assert not recheck(ball("refuted")).accepted


@pytest.mark.parametrize("made", [quarter, mean, ball])
@pytest.mark.parametrize(
    "changed",
    [
        {"order": []}, {"order": [0, 0, 1, 2]}, {"order": [0, 1, 2, 3, 4]}, {"order": "0123"}, {"order": [-1]},
        {"strategy": "guess"}, {"strategy": ["joint"]}, {"precision": 1}, {"precision": 10**6}, {"precision": "64"},
        {"enclosure": ["5", "6"]}, {"enclosure": ["0"]}, {"enclosure": [0, 100]}, {"enclosure": ["100", "0"]},
    ],
)  # fmt: skip
def test_malformed_evidence_is_rejected(made, changed):
    assert not recheck(made(**changed)).accepted


@pytest.mark.parametrize("verdict", ["vacuous", "supported", "undecided"])
def test_other_verdicts_are_rejected(verdict):
    assert not recheck(quarter(verdict)).accepted


def test_other_claims_are_rejected():
    plain = claim_from_data(
        {"id": "x", "parameters": {"a": "real"}, "claim": {"every": "point", "satisfies": "a**2 >= 0"}}
    )
    assert not recheck(certificate(plain, "proved", "enumeration", quarter()["evidence"], {})).accepted
    continuous = {"id": "x", "random": {"e": "normal"}, "claim": {"probability": "e > 0", "at_most": 1}}
    evidence = {"strategy": "joint", "order": [0], "precision": 64, "favourable": "1", "outcomes": "2"}
    assert not recheck(certificate(claim_from_data(continuous), "proved", "enumeration", evidence, {})).accepted


def test_undefined_outcomes_are_rejected():
    data = {"id": "x", "random": {"e": "rademacher"}, "claim": {"probability": "log(e) < 1", "at_most": 1}}
    for favourable in ("0", "1", "2"):
        evidence = {"strategy": "joint", "order": [0], "precision": 64, "favourable": favourable, "outcomes": "2"}
        assert not recheck(certificate(claim_from_data(data), "proved", "enumeration", evidence, {})).accepted


# --- every single number changed ---


def places(data, path=()):
    """Yield the paths of all leaves of JSON data."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from places(value, (*path, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from places(value, (*path, number))
    else:
        yield path


def variants(leaf):
    """Yield other numbers in place of a number; nothing for plain text."""
    if isinstance(leaf, int):
        yield from (leaf + 1, leaf - 1, 2 * leaf + 5)
    elif leaf.lstrip("-").replace("/", "").isdigit():
        value = Fraction(leaf)
        yield from (str(value + 1), str(-value), str(value / 2), str(value + Fraction(1, 1000)), str(value * 3))


def changed_at(data, path, value, rehash: bool):
    out = copy.deepcopy(data)
    target = out
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    if rehash:
        out["sha256"] = claim_from_data(out["claim"]).sha256
    return out


def truth_quarter(claim) -> tuple[Fraction, str, Fraction]:
    """The probability by listing 16 outcomes with fractions, straight from the numbers in the claim."""
    matrix = [[Fraction(entry) for entry in row] for row in dict(claim["constants"])["C"]]
    hits = 0
    for signs in itertools.product((-1, 1), repeat=4):
        sums = [sum(s * row[j] for s, row in zip(signs, matrix, strict=True)) for j in range(2)]
        hits += max(map(abs, sums)) / 4 > Fraction(1, 2)
    (relation,) = set(claim["claim"]) - {"probability"}
    return Fraction(hits, 16), relation, Fraction(claim["claim"][relation])


RELATIONS = {
    "at_most": lambda a, b: a <= b, "at_least": lambda a, b: a >= b, "below": lambda a, b: a < b,
    "above": lambda a, b: a > b,
}  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "relation", "threshold"), [("proved", "at_most", "1/4"), ("refuted", "below", "1/4")]
)
def test_every_changed_number_is_rejected_or_still_proves(verdict, relation, threshold):
    original = quarter(verdict, relation, threshold)
    assert recheck(original).accepted
    seen = accepted = 0
    for path in places(original):
        leaf = original
        for key in path:
            leaf = leaf[key]
        if path[0] not in ("claim", "evidence"):
            continue
        for value in variants(leaf):
            for rehash in (False, True):
                mutant = changed_at(original, path, value, rehash)
                seen += 1
                if recheck(mutant).accepted:
                    accepted += 1
                    value_now, relation_now, threshold_now = truth_quarter(mutant["claim"])
                    assert RELATIONS[relation_now](value_now, threshold_now) is (verdict == "proved")
                    assert mutant["claim"] == original["claim"] or rehash
    assert seen > 100
    assert 0 < accepted < seen / 4


@pytest.mark.parametrize(("made", "key"), [(quarter, "favourable"), (mean, "value"), (quarter, "outcomes")])
def test_any_other_result_is_rejected(made, key):
    right = made()["evidence"][key]
    for shift in (Fraction(1), Fraction(-1), Fraction(1, 10**12)):
        assert not recheck(made(**{key: str(Fraction(right) + shift)})).accepted


def test_outcomes_are_compared():
    assert not recheck(quarter(outcomes="15")).accepted
    assert not recheck(quarter(outcomes=16)).accepted
    assert not recheck(mean(outcomes="8")).accepted


def test_an_enclosure_must_hold_the_value():
    assert recheck(ball(enclosure=["0", "2"])).accepted
    assert not recheck(ball(enclosure=["3/2", "77/50"])).accepted
    assert not recheck(ball(enclosure=["31/20", "16/10"])).accepted
    assert not recheck(mean(value="40/9", enclosure=["5", "6"])).accepted


def test_loads_no_numerical_library():
    import subprocess
    import sys

    code = (
        "import sys, verify.recheck.enumeration, verify.recheck.confidence;"
        "print([m for m in ('numpy', 'scipy', 'sympy', 'cvxpy', 'numerics') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
