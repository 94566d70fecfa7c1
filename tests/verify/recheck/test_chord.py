"""Lipschitz inequalities follow from the derivative claim exactly; what is not of that form is refused."""

from __future__ import annotations

from typing import Any

import pytest

from numerics.budget import Budget
from numerics.provers import chord as prover
from verify.claim import Claim, claim_from_data
from verify.errors import Rejected
from verify.recheck.chord import check, derivative_claim

PAIR = {"x": "real[2]", "z": "real[2]"}


def claim(satisfies: str, parameters: dict[str, str] | None = None, **more: Any) -> Claim:
    data = {"id": "q", "parameters": parameters or PAIR, "claim": {"every": "point", "satisfies": satisfies}}
    return claim_from_data({**data, **more})


def conditions(problem: Claim) -> int:
    assert problem.satisfies is not None
    return len(problem.satisfies.args) if problem.satisfies.op == "and" else 1


@pytest.mark.parametrize(
    ("satisfies", "count"),
    [
        ("norm1(softmax(x) - softmax(z)) <= norminf(x - z)", 2),  # corners (1, 1), (1, -1); even
        ("norm1(softmax(x) - softmax(z)) <= norm1(z - x)/2", 2),
        ("norm(softmax(z) - softmax(x)) <= 9/10*norm(x - z)", 2),  # squares, and 0 <= 9/10
        ("max(softmax(x) - softmax(z)) <= norm1(x - z)", 4),  # not even: all corners
        ("norm1(tanh(x) - tanh(z)) + 2*abs(tanh(x[0]) - tanh(z[0])) <= 4*norminf(x - z)", 2),
    ],
)
def test_the_derivative_at_corners(satisfies: str, count: int) -> None:
    problem = derivative_claim(claim(satisfies), "x", "z")
    assert conditions(problem) == count
    found = prover.decide(claim(satisfies), Budget.of(10))
    assert found is not None
    assert found.evidence is not None
    check(claim(satisfies), "proved", found.evidence)


@pytest.mark.parametrize(
    "satisfies",
    [
        "norm1(softmax(x) - softmax(z)) <= 99/100*norminf(x - z)",
        "norm1(softmax(x) - softmax(z)) <= 49/100*norm1(x - z)",
        "max(softmax(z) - softmax(x)) <= 24/100*norm1(x - z)",
        "norm(softmax(x) - softmax(z)) <= -norm(x - z)",
        "norm(tanh(x) - tanh(z)) <= 99/100*norm(x - z)",
    ],
)
def test_false_ones_are_not_proved(satisfies: str) -> None:
    derivative_claim(claim(satisfies), "x", "z")  # of the form, but false
    assert prover.decide(claim(satisfies), Budget.of(2)) is None


@pytest.mark.parametrize(
    "satisfies",
    [
        "norm1(softmax(x) - softmax(z)) < norminf(x - z)",  # false where x = z
        "norm1(softmax(x) - softmax(2*z)) <= norminf(x - z)",  # no difference of the same function
        "norm1(softmax(x) + softmax(z)) <= norminf(x - z)",
        "norm1(softmax(x) - softmax(z)) <= norminf(x + z)",
        "norm1(softmax(x) - softmax(z)) <= norminf(x - z)**2",
        "norm1(softmax(x) - softmax(z)) <= norminf(x)*norminf(x - z)",
        "norm1(softmax(x) - softmax(z)) <= norminf(x - z) + 1",
        "norm1(softmax(x) - softmax(z)) + 1 <= 2*norminf(x - z)",  # not homogeneous
        "norm1(softmax(x) - softmax(z))**2 <= norminf(x - z)",
        "-norm1(softmax(x) - softmax(z)) <= norminf(x - z)",  # concave
        "norm1(softmax(x) - softmax(z)) - norminf(tanh(x) - tanh(z)) <= norminf(x - z)",
        "max(x)*norm1(tanh(x) - tanh(z)) <= norminf(x - z)",
        "abs(abs(sin(x[0]) - sin(z[0])) - abs(cos(x[0]) - cos(z[0]))) <= norminf(x - z)",  # neither convex nor concave
        "abs(abs(x[0]) - abs(z[0])) <= norminf(x - z)",  # kinks
        "abs(norm(x) - norm(z)) <= norm(x - z)",
        "abs(relu(x[0]) - relu(z[0])) <= norminf(x - z)",
        "abs(sign(x[0]) - sign(z[0])) <= norminf(x - z)",
        "abs(1/x[0] - 1/z[0]) <= norminf(x - z)",  # the segment may cross the pole
        "abs(log(x[0]) - log(z[0])) <= norminf(x - z)",
        "min(tanh(x) - tanh(z)) <= norminf(x - z)",  # concave
    ],
)
def test_other_forms_are_refused(satisfies: str) -> None:
    for start, end in (("x", "z"), ("z", "x")):
        with pytest.raises(Rejected):
            derivative_claim(claim(satisfies), start, end)


def test_domains_must_agree_and_hypotheses_about_the_segment_are_not_used() -> None:
    text = "abs(x**2 - z**2) <= 2*abs(x - z)"
    inside = claim(text, {"x": "[-1, 1]", "z": "[-1, 1]"})
    assert prover.decide(inside, Budget.of(10)) is not None
    with pytest.raises(Rejected):
        derivative_claim(claim(text, {"x": "[-1, 1]", "z": "[-2, 1]"}), "x", "z")
    apart = claim(text, {"x": "real", "z": "real"}, assume={"far": "x**2 >= 4", "same": "x**2 == z**2"})
    assert derivative_claim(apart, "x", "z").assumptions == ()
    assert prover.decide(apart, Budget.of(2)) is None  # between the ends the slope is small, outside it is not


def test_evidence_for_another_claim_is_rejected() -> None:
    true, false = (claim(f"norm1(tanh(x) - tanh(z)) <= {c}*norm1(x - z)") for c in ("1", "9/10"))
    found = prover.decide(true, Budget.of(10))
    assert found is not None
    assert found.evidence is not None
    with pytest.raises(Rejected):
        check(false, "proved", found.evidence)
    with pytest.raises(Rejected):
        check(true, "vacuous", found.evidence)
    for change in ({"from": "z", "to": "z"}, {"from": "y"}, {"from": 0}, {"proof": {"kind": "chord", "evidence": {}}}):
        with pytest.raises(Rejected):
            check(true, "proved", {**found.evidence, **change})
