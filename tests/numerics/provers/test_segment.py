"""Anchors are tried in a sensible order, and implausible ones are dropped before any proof."""

from __future__ import annotations

from numerics.budget import Budget
from numerics.provers.segment import _choices, _plausible, decide
from verify.claim import Claim, claim_from_data
from verify.recheck.segment import anchors_of, slope_claim


def claim(text: str, **parameters: str) -> Claim:
    return claim_from_data({"id": "s", "parameters": parameters, "claim": {"every": "point", "satisfies": text}})


def test_pairs_come_before_points() -> None:
    choices = list(_choices(claim("abs(tanh(x) - tanh(y)) <= abs(x - y)", x="real", y="real")))
    assert choices[:2] == [{"x": "y"}, {"y": "x"}]
    assert {"x": ["0"], "y": ["0"]} in choices
    assert all("z" not in c for c in _choices(claim("x <= 1", x="[0, 1]", z="real")))


def test_implausible_slopes_are_seen_in_floats() -> None:
    for text, expected in (("sin(x) <= x", True), ("x <= sin(x)", False)):
        problem = claim(text, x="nonnegative")
        slope = slope_claim(problem, anchors_of(problem, {"x": ["0"]}))
        assert _plausible(slope, 0) is expected


def test_nothing_is_found_for_false_claims_in_time() -> None:
    assert decide(claim("tanh(x) >= x", x="nonnegative"), Budget.of(1)) is None
