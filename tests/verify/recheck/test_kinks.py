"""Attacks at kinks: one-sided derivatives, Clarke's subdifferential and flat lines prove true claims and no others."""

from __future__ import annotations

from typing import Any

import pytest

from numerics.budget import Budget
from numerics.provers import emptiness
from verify.certificate import certificate
from verify.claim import Claim, claim_from_data
from verify.recheck import Outcome, recheck


def claim(objective: str, satisfies: str, every: str, **parameters: str) -> Claim:
    return claim_from_data(
        {"id": "k", "parameters": parameters or {"x": "real"}, "objective": {"minimise": objective},
         "claim": {"every": every, "satisfies": satisfies}}
    )  # fmt: skip


MINIMUM, STRICT, CLARKE, STATIONARY = (
    "local minimum", "strict local minimum", "clarke stationary point", "stationary point"
)  # fmt: skip

TRUE = [
    ("abs(x)", "x == 0", MINIMUM, {}),
    ("(x - 2)**2/2 + abs(x)", "x == 1", MINIMUM, {}),
    ("abs(x)", "x == 0", CLARKE, {}),
    ("max([x, -2*x])", "x == 0", CLARKE, {}),
    ("abs(x) + abs(y - 1)", "x == 0 and y == 1", CLARKE, {"x": "real", "y": "real"}),
    ("(relu(w) - 1)**2", "objective == 0", STRICT, {"w": "real"}),
    ("(x*y)**2", "x > 0", STRICT, {"x": "real", "y": "real"}),
    ("(x - y)**2 + y*0", "x > 5", STRICT, {"x": "real", "y": "real"}),
]

FALSE = [
    ("abs(x)", "x != 0", MINIMUM, {}),
    ("-abs(x)", "x != 0", CLARKE, {}),
    ("(x - 1/2)**2/2 + abs(x)", "x == 1/2", MINIMUM, {}),
    ("(x - 1/2)**2/2 + abs(x)", "x == 1/2", CLARKE, {}),
    ("abs(x) - 2*abs(y)", "x != 0", CLARKE, {"x": "real", "y": "real"}),
    ("abs(x*y) + (x - y)**2*0", "x != 0", CLARKE, {"x": "real", "y": "real"}),
    ("(relu(w) - 1)**2", "objective == 0", MINIMUM, {"w": "real"}),
    ("(x*y)**2 + x**2 + y**2", "x > 0", STRICT, {"x": "real", "y": "real"}),
    ("relu(x)**2 + relu(-x)", "x > 0", STRICT, {}),
    ("relu(x)*x", "x > 0", STATIONARY, {}),
    ("where(x > 0, x, x + 1)", "x > 0", MINIMUM, {}),
    ("where(x >= 0, x, x + 1)", "x > 0", MINIMUM, {}),
    ("x - sign(x)", "x > 5", MINIMUM, {}),
    ("sqrt(abs(x))", "x != 0", MINIMUM, {}),
    ("abs(x)*log(2 + x)", "x != 0", CLARKE, {}),
    ("max([x, y, -x - y])", "x != 0", CLARKE, {"x": "real", "y": "real"}),
    ("sum((sparsemax([x, 0]) - [1/2, 1/2])**2)", "x != 1", CLARKE, {}),
]
"""Each has a point that the claim speaks of and that violates the conclusion; at a jump, too."""

JUMPS = FALSE[10], FALSE[12]
"""Here no local minimum is at the jump from the side that the formula takes; the claims must stay unproved anyway."""


@pytest.mark.parametrize(("objective", "satisfies", "every", "parameters"), TRUE)
def test_true_claims_are_proved(objective: str, satisfies: str, every: str, parameters: dict[str, str]) -> None:
    problem = claim(objective, satisfies, every, **parameters)
    found, prover = emptiness.decide(problem, "proved", Budget.of(6))
    assert found is not None, prover.open_branches
    assert outcome(problem, "proved", found.evidence).accepted


@pytest.mark.parametrize(("objective", "satisfies", "every", "parameters"), [f for f in FALSE if f not in JUMPS])
def test_false_claims_are_not_proved(objective: str, satisfies: str, every: str, parameters: dict[str, str]) -> None:
    problem = claim(objective, satisfies, every, **parameters)
    for goal in ("proved", "vacuous"):
        assert emptiness.decide(problem, goal, Budget.of(0.7))[0] is None


def outcome(problem: Claim, verdict: str, evidence: Any, kind: str = "emptiness") -> Outcome:
    return recheck(certificate(problem, verdict, kind, evidence, {}))


PLAIN = {"node": "plain", "constraint": ["none", 0], "ideal": []}
X = [["1", {"x": 1}]]


def split(zero: Any) -> dict[str, Any]:
    closed = {"node": "identity", "scale": "1", "positive": [], "squares": [], "forms": [], "ideal": []}
    return {"node": "split", "poly": X, "positive": closed, "zero": zero, "negative": closed}


def test_a_derivative_is_not_used_for_other_claims() -> None:
    for every in ("global minimum", CLARKE):
        problem = claim("abs(x)", "x > 1", every, x="[-1, 1]")
        tree = {"node": "direction", "velocity": ["1"], "tree": PLAIN}
        assert not outcome(problem, "proved", {"cases": [split(tree)]}).accepted
    minimum = claim("abs(x)", "x > 1", MINIMUM)
    tree = {"node": "clarke", "velocity": ["1"], "trees": [PLAIN, PLAIN]}
    assert not outcome(minimum, "proved", {"cases": [split(tree)]}).accepted
    flat = {"node": "flat", "velocity": ["1"], "cofactors": []}
    assert not outcome(minimum, "proved", {"cases": [flat]}).accepted


def test_every_piece_needs_its_tree() -> None:
    problem = claim("abs(x)", "x > 1", CLARKE)
    for trees in ([], [PLAIN], [PLAIN, PLAIN, PLAIN]):
        tree = {"node": "clarke", "velocity": ["1"], "trees": trees}
        found = outcome(problem, "proved", {"cases": [split(tree)]})
        assert not found.accepted


def test_a_flat_line_moves() -> None:
    problem = claim("x**2", "x > 1", STRICT)
    for velocity in (["0"], ["1"], []):
        flat = {"node": "flat", "velocity": velocity, "cofactors": []}
        assert not outcome(problem, "proved", {"cases": [flat]}).accepted


def clarke(weights: list[str], directions: list[list[str]], x: str = "0") -> dict[str, Any]:
    point = {"point": {"coordinates": {"x": x}}, "symmetries": [], "fixed": []}
    return {**point, "clarke": {"weights": weights, "directions": directions}}


def test_limiting_gradients_combine_to_zero() -> None:
    problem = claim("-abs(x)", "x != 0", CLARKE)
    assert outcome(problem, "refuted", clarke(["1/2", "1/2"], [["1"], ["-1"]]), "witness").accepted
    for bad in (
        clarke(["1/3", "2/3"], [["1"], ["-1"]]), clarke(["1", "1"], [["1"], ["-1"]]),
        clarke(["3/2", "-1/2"], [["1"], ["-1"]]), clarke(["1"], [["0"]]), clarke([], []), clarke(["1"], [["1"]]),
        clarke(["1/2", "1/2"], [["1"], ["1"]]), clarke(["1/2", "1/2"], [["1"], ["-1"]], "1"),
        clarke(["1/2", "1/2"], [["1"]]), clarke(["1/2", "1/2"], [["1", "1"], ["-1", "1"]]),
    ):  # fmt: skip
        assert not outcome(problem, "refuted", bad, "witness").accepted


@pytest.mark.parametrize(
    "objective", ["where(x > 0, x, -x)", "x*sign(x)", "sqrt(x**2)*1 + sign(x)", "abs(x) + sign(x)"]
)
def test_no_limiting_gradients_at_what_may_jump(objective: str) -> None:
    problem = claim(objective, "x != 0", CLARKE)
    assert not outcome(problem, "refuted", clarke(["1/2", "1/2"], [["1"], ["-1"]]), "witness").accepted


def test_a_ray_along_a_kink_says_nothing() -> None:
    problem = claim("abs(x) - abs(y) - x", "x != 0", CLARKE, x="real", y="real")
    point = {"point": {"coordinates": {"x": "0", "y": "0"}}, "symmetries": [], "fixed": []}
    along = {**point, "clarke": {"weights": ["1"], "directions": [["1", "0"]]}}
    across = {**point, "clarke": {"weights": ["1/2", "1/2"], "directions": [["1", "1"], ["1", "-1"]]}}
    assert not outcome(problem, "refuted", along, "witness").accepted
    assert outcome(problem, "refuted", across, "witness").accepted
