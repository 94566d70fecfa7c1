"""Planted false claims are found, certified and shrunk; true ones are never refuted."""

from fractions import Fraction

import pytest

from numerics.attack import Family, attack
from verify.certificate import certificate
from verify.claim import claim_from_data
from verify.recheck import recheck


def claim(satisfies, parameters, *, every="point", minimise=None, assume=None, **more):
    data = {"id": "planted", "parameters": parameters, "claim": {"every": every, "satisfies": satisfies}, **more}
    if minimise:
        data["objective"] = {"minimise": minimise}
    if assume:
        data["assume"] = assume
    return claim_from_data(data)


def attacked(one, *, seconds=6.0, seed=0):
    return attack(Family(one.sha256, lambda values: one), seconds=seconds, seed=seed)


FALSE = {
    "a wrong constant": claim("sum(x**3) >= 4*x[0]*x[1]*x[2]", {"x": "nonnegative[3]"}),
    "a tie": claim("x[0] != x[1] or x[0]*x[1] <= 100", {"x": "real[2]"}),
    "a thin region": claim("x**2 >= 1/10000", {"x": "[-100, 100]"}),
    "an end of the interval": claim("x < 3", {"x": "[0, 3]"}),
    "under a hypothesis": claim("x <= 1", {"x": "real", "y": "real"}, assume={"circle": "x**2 + y**2 <= 2"}),
    "transcendental": claim("exp(x) >= 1 + x + x**2/2", {"x": "real"}),
    "a saddle": claim("objective < 1/2", {"w": "real", "q": "real"}, every="stationary point",
                      minimise="(w*tanh(q) - 1)**2/2"),
    "a second minimum": claim("objective <= 0", {"x": "real"}, every="local minimum", minimise="(x**2 - 1)**2 + (x - 1)**2/100"),
}  # fmt: skip

TRUE = {
    "means": claim("sum(x**3) >= 3*x[0]*x[1]*x[2]", {"x": "nonnegative[3]"}),
    "equality at the end": claim("x <= 3", {"x": "[0, 3]"}),
    "softmax": claim("max(softmax(s)) <= 1", {"s": "real[3]"}),
    "tight": claim("exp(x) >= 1 + x", {"x": "real"}),
    "minima": claim("objective <= 0", {"w": "real", "a": "real"}, every="local minimum", minimise="(w*a - 1)**2"),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_planted_false_claim_is_refuted_with_a_certificate(name):
    outcome = attacked(FALSE[name])
    assert outcome.finding is not None
    assert outcome.finding.verdict == "refuted"
    data = certificate(FALSE[name], "refuted", outcome.finding.kind, outcome.finding.evidence, {})
    assert recheck(data).accepted


@pytest.mark.parametrize("name", TRUE)
def test_a_true_claim_is_not_refuted(name):
    outcome = attacked(TRUE[name], seconds=0.7)
    assert outcome.finding is None
    assert outcome.examples > 0


def test_witnesses_are_simple():
    witness = attacked(FALSE["a wrong constant"]).finding.witness
    assert set(witness.values()) <= {"0", "1"}


def test_instances_and_points_shrink_together():
    def family(values):
        n = values["n"]
        return claim(f"sum(x**2) <= {n} - 1 or {n} < 3", {"x": f"[0, 1][{n}]"})

    outcome = attack(Family("sizes", family, {"n": [1, 2, 3, 4, 5]}), seconds=8, seed=0)
    assert outcome.settings == {"n": "3"}
    assert all(Fraction(x) <= 1 for x in outcome.finding.witness.values())


@pytest.mark.parametrize("more", [{"arithmetic": "float64"}])
def test_what_has_no_points_is_said(more):
    outcome = attacked(claim("x == x", {"x": "[0, 1]"}, **more), seconds=1)
    assert outcome.finding is None
    assert "not attacked" in outcome.reason
