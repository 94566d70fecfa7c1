"""Attacks on proofs by derivatives along segments: jumps, anchors outside, assumptions, undefined stretches."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from numerics.budget import Budget
from numerics.provers import emptiness, segment
from verify.certificate import certificate
from verify.claim import Claim, claim_from_data
from verify.errors import Rejected
from verify.expr.numpy_reading import compile_numpy
from verify.recheck import Outcome, recheck
from verify.recheck.segment import anchors_of, base_claim, slope_claim, without_maxima


@pytest.fixture(autouse=True)
def by_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave Lipschitz inequalities to the method under test."""
    monkeypatch.setattr(segment.chord, "decide", lambda problem, budget: None)


def claim(text: str, assume: Any = None, **parameters: str) -> Claim:
    data = {"id": "s", "parameters": parameters or {"x": "real"}, "assume": assume or {}}
    return claim_from_data({**data, "claim": {"every": "point", "satisfies": text}})


def outcome(problem: Claim, evidence: Any, verdict: str = "proved") -> Outcome:
    return recheck(certificate(problem, verdict, "segment", evidence, {}))


TRUE = [
    ("abs(sigmoid(x) - sigmoid(y)) <= abs(x - y)/4", {"x": "real", "y": "real"}),
    ("exp(x) >= 1 + x + x**2/2", {"x": "nonnegative"}),
    ("softplus(x) <= relu(x) + log(2)", {"x": "real"}),
    ("tanh(x) <= x", {"x": "nonnegative"}),
    ("abs(tanh(x) - tanh(y)) <= abs(x - y)", {"x": "[-1, 1]", "y": "[-1, 1]"}),
    ("max([x, y]) <= abs(x) + abs(y)", {"x": "real", "y": "real"}),
]

FALSE = [
    ("abs(sigmoid(x) - sigmoid(y)) <= abs(x - y)/5", {"x": "real", "y": "real"}),
    ("exp(x) >= 1 + x + x**2/2", {"x": "real"}),
    ("softplus(x) <= relu(x) + 6931/10000", {"x": "real"}),
    ("tanh(x) >= x - x**3/4", {"x": "nonnegative"}),
    ("sin(x) >= x/2", {"x": "nonnegative"}),
    ("sign(x) <= x", {"x": "nonnegative"}),
    ("where(x > 1, 2, 0) <= x*x", {"x": "nonnegative"}),
    ("log(x)*0 <= x + 1", {"x": "[-1, 1]"}),
    ("sqrt(x) <= 10 + x", {"x": "[-1, 1]"}),
    ("-1/x <= 0", {"x": "[-1, 1]"}),
    ("max([x, y]) <= abs(x)", {"x": "real", "y": "real"}),
]


@pytest.mark.parametrize(("text", "parameters"), TRUE)
def test_true_inequalities_are_proved(text: str, parameters: dict[str, str]) -> None:
    problem = claim(text, **parameters)
    found = segment.decide(problem, Budget.of(10))
    assert found is not None
    assert outcome(problem, found.evidence).accepted
    assert not outcome(problem, found.evidence, "vacuous").accepted
    assert not outcome(problem, found.evidence, "refuted").accepted


@pytest.mark.parametrize(("text", "parameters"), FALSE)
def test_false_inequalities_are_not(text: str, parameters: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "_plausible", lambda problem, seed: True)
    assert segment.decide(claim(text, **parameters), Budget.of(0.7)) is None


def test_evidence_for_another_claim_is_rejected() -> None:
    for good, bad in ((0, 0), (1, 1), (3, 3)):
        text, parameters = TRUE[good]
        found = segment.decide(claim(text, **parameters), Budget.of(10))
        assert found is not None
        other, more = FALSE[bad]
        assert not outcome(claim(other, **more), found.evidence).accepted


def test_anchors_lie_in_the_domain() -> None:
    problem = claim("x <= y + 1", x="[0, 1]", y="[-1, 1]", z="[0, 1][2]")
    for bad in (
        {},
        {"x": "y"},
        {"x": ["2"]},
        {"x": "x"},
        {"x": "z"},
        {"x": ["0", "0"]},
        {"w": ["0"]},
        {"x": "y", "y": "x"},
    ):
        with pytest.raises(Rejected):
            anchors_of(problem, bad)
    assert anchors_of(problem, {"y": "x"})
    assert anchors_of(problem, {"x": ["1/2"]})
    with pytest.raises(Rejected):
        anchors_of(claim("x >= 0", x="positive"), {"x": ["0"]})


def test_assumptions_on_the_way_are_dropped() -> None:
    problem = claim("x <= 3", {"small": "x <= 2", "other": "y >= 0"}, x="real", y="real")
    anchors = anchors_of(problem, {"x": ["0"]})
    assert [name for name, _ in base_claim(problem, anchors).assumptions] == ["other"]
    assert [name for name, _ in slope_claim(problem, anchors).assumptions] == ["other", "apart"]


def test_only_lower_ends_go_upward() -> None:
    problem = claim("x*y >= -1", x="[0, 1]", y="real")
    for anchors, accepted in (({"x": ["0"]}, True), ({"x": ["1"]}, False), ({"y": ["0"]}, False)):
        found = anchors_of(problem, anchors)
        if accepted:
            assert slope_claim(problem, found, upward=True)
        else:
            with pytest.raises(Rejected):
                slope_claim(problem, found, upward=True)


def test_the_slope_claim_watches_where_formulas_are_defined() -> None:
    problem = claim("log(x) <= x", x="positive")
    slope = slope_claim(problem, anchors_of(problem, {"x": ["1"]}))
    assert emptiness.decide(slope, "proved", Budget.of(5))[0] is not None
    wide = claim("log(x) <= x", x="[-1, 5]")
    slope = slope_claim(wide, anchors_of(wide, {"x": ["1"]}))
    assert emptiness.decide(slope, "proved", Budget.of(2))[0] is None


@pytest.mark.parametrize(
    "text", ["max([x, y, x*y]) <= 0", "maximum(x, y) - min([x, -y]) <= 0", "sum(max([[x, y], [y, 1]], 1)) <= 0"]
)
def test_maxima_are_rewritten_without_change(text: str) -> None:
    problem = claim(text, x="real", y="real")
    assert problem.satisfies is not None
    root = problem.satisfies.args[0]
    before, after = (compile_numpy([expr], problem.symbols) for expr in (root, without_maxima(root)))
    rng = np.random.default_rng(0)
    for _ in range(20):
        x, y = rng.normal(size=2)
        assert float(before(x, y)[0]) == pytest.approx(float(after(x, y)[0]))


def test_equalities_and_objectives_are_refused() -> None:
    anchors = {"x": ["0"]}
    proof = {"kind": "emptiness", "evidence": {"cases": []}}
    for text in ("x == x", "x <= 1 or x > 1", "not x > 1"):
        assert not outcome(
            claim(text), {"anchors": anchors, "free": False, "upward": False, "base": proof, "slope": proof}
        ).accepted
    assert Fraction(1) == 1
