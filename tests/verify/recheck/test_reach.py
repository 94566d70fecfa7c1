"""Attacks on covers of unbounded domains: missing sides, infima that are not attained, points that are not excluded."""

from __future__ import annotations

from typing import Any

import pytest

from numerics.budget import Budget
from numerics.provers import reach
from verify.certificate import certificate
from verify.claim import Claim, claim_from_data
from verify.recheck import Outcome, recheck


def claim(objective: str, satisfies: str, every: str = "global minimum", domain: str = "real", **more: Any) -> Claim:
    return claim_from_data(
        {"id": "r", "parameters": {"x": domain, **more}, "objective": {"minimise": objective},
         "claim": {"every": every, "satisfies": satisfies}}
    )  # fmt: skip


def outcome(problem: Claim, verdict: str, cuts: list[int], below: Any = (("0",),)) -> Outcome:
    return recheck(certificate(problem, verdict, "reach", {"cuts": cuts, "below": [list(p) for p in below]}, {}))


def found(problem: Claim, goal: str, seconds: float = 4.0) -> bool:
    finding, _ = reach.decide(problem, goal, Budget.of(seconds))
    if finding is None:
        return False
    assert recheck(certificate(problem, goal, "reach", finding.evidence, {})).accepted  # type: ignore[arg-type]
    return True


PARABOLA = claim("x**2", "x < 1")


def test_both_sides_of_the_line_are_covered() -> None:
    # cut at 0; [0, inf) at 1; (-inf, 0] at -1
    assert outcome(PARABOLA, "proved", [0, 0, -1, -1, 0, 0, -1, 0, -1, -1, -1]).accepted
    for cuts in (
        [],
        [-1],
        [0, -1],
        [0, -1, -1],
        [0, 0, -1, -1, 0, -1],
        [0, 0, -1, -1, 0, -1, -1, -1],
        [1, -1, -1],
        [True],
    ):
        assert not outcome(PARABOLA, "proved", cuts).accepted


def test_points_to_compare_with_lie_in_the_domain() -> None:
    problem = claim("-x", "x == 1", domain="[0, 1]")
    assert outcome(problem, "proved", [-1]).accepted
    assert not outcome(problem, "proved", [-1], (("2",),)).accepted
    assert not outcome(problem, "proved", [-1], (("0", "0"),)).accepted
    for low in (("0",), ("-1",)):
        assert not outcome(claim("x", "x > 5", domain="positive"), "refuted", [0, -1, -1], (low,)).accepted


@pytest.mark.parametrize(
    ("objective", "satisfies", "every"),
    [
        ("cos(3*x) + x**2/4", "abs(x) >= 9/10", "global minimum"),
        ("(tanh(x) - 1)**2/2 + x**2/20", "x > 1/2 and x < 2", "stationary point"),
        ("x**4/4 - x", "x > 9/10", "local minimum"),
        ("log(1 + exp(x)) + x**2", "x < 0", "global minimum"),
        ("abs(x - 1) + x**2/8", "x > 1/2", "global minimum"),
        ("exp(x) - 2*x", "x > 0 and x < 1", "global minimum"),
    ],
)
def test_unbounded_claims_are_proved(objective: str, satisfies: str, every: str) -> None:
    assert found(claim(objective, satisfies, every), "proved")


@pytest.mark.parametrize(
    ("objective", "satisfies", "every"),
    [
        ("cos(3*x) + x**2/4", "abs(x) >= 1", "global minimum"),
        ("(tanh(x) - 1)**2/2 + x**2/20", "x > 11/10", "stationary point"),
        ("exp(x)", "x > 0", "point of no interest"),
        ("cos(x)", "abs(x) < 10", "stationary point"),
        ("abs(x)", "x != 0", "global minimum"),
        ("sin(x)", "abs(x) <= 100", "global minimum"),
    ],
)
def test_false_claims_are_not(objective: str, satisfies: str, every: str) -> None:
    if every == "point of no interest":
        every = "global minimum"
        assert not found(claim(objective, satisfies, every), "refuted", 1.0)  # the infimum is not attained
        return
    assert not found(claim(objective, satisfies, every), "proved", 1.0)


def test_a_global_minimum_is_located() -> None:
    assert found(claim("cos(3*x) + x**2/4", "abs(x) > 11/10"), "refuted")
    assert not found(claim("cos(3*x) + x**2/4", "abs(x) < 11/10"), "refuted", 1.0)
    assert found(claim("-tanh(x)", "x < 9/10", domain="[-1, 1]"), "refuted")


@pytest.mark.parametrize(
    ("objective", "domain"),
    [("exp(-x)", "nonnegative"), ("x", "positive"), ("where(x > 0, x, 1)", "[-1, 1]"), ("1/x", "[-1, 1]"), ("log(x)", "[0, 1]"),
     ("exp(x)", "real"), ("sign(x)*x + sign(x)", "[-1, 1]")],
)  # fmt: skip
def test_what_has_no_minimum_refutes_nothing(objective: str, domain: str) -> None:
    assert not found(claim(objective, "x > 500", domain=domain), "refuted", 1.0)


def test_only_global_minima_are_located() -> None:
    problem = claim("x**2", "x > 3", "local minimum")
    assert not outcome(problem, "refuted", [0, 0, -1, -1, 0, -1, -1]).accepted
    assert not outcome(PARABOLA, "supported", [-1]).accepted


def test_nothing_is_vacuous_with_a_minimum() -> None:
    assert not found(PARABOLA, "vacuous", 1.0)
    assert found(claim("x", "x > 3", "stationary point"), "vacuous")
