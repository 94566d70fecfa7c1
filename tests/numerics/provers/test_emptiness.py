"""Trees for true claims, none for false ones; everything that comes out is accepted by the checker."""

from __future__ import annotations

from typing import Any

import pytest

from numerics.budget import Budget
from numerics.provers.emptiness import decide, prove_cases
from verify.certificate import certificate
from verify.claim import Claim, claim_from_data
from verify.recheck import recheck


def claim(
    satisfies: str, every: str = "point", *, parameters: Any = None, objective: str | None = None, **more: Any
) -> Claim:
    data = {
        "id": "e",
        "parameters": parameters or {"x": "real", "y": "real"},
        "claim": {"every": every, "satisfies": satisfies},
        **more,
    }
    if objective is not None:
        data["objective"] = {"minimise": objective}
    return claim_from_data(data)


TRUE = [
    claim("x**2 + y**2 >= 2*x*y"),
    claim("x**4 + y**4 + 1 > x*y"),
    claim("exp(x) + exp(-x) >= 2"),
    claim("abs(x + y) <= abs(x) + abs(y)"),
    claim("x >= 0", "stationary point", objective="(x - 1)**2 + y**2"),
    claim("objective == 0", "local minimum", objective="(x*y - 1)**2"),
    claim("x == 0 and y == 0", "global minimum", objective="x**2 + x*y + y**2"),
]

FALSE = [
    claim("x**2 + y**2 >= 3*x*y"),
    claim("x**4 + y**4 > x*y"),
    claim("exp(x) + exp(-x) > 2"),
    claim("abs(x + y) == abs(x) + abs(y)"),
    claim("x > 1", "stationary point", objective="(x - 1)**2 + y**2"),
    claim("objective == 0", "stationary point", objective="(x*y - 1)**2"),
    claim("x > 0", "global minimum", objective="x**2 + x*y + y**2"),
    claim("objective > 0", "local minimum", objective="(x*y - 1)**2"),
    claim("x/y == x*(1/y)"),
    claim("log(x) <= x"),
]


@pytest.mark.parametrize("stated", TRUE, ids=lambda c: c.data["claim"]["satisfies"])
def test_true_claims_are_proved_with_a_certificate(stated: Claim) -> None:
    finding, prover = decide(stated, "proved", Budget.of(20))
    assert finding is not None, prover.open_branches
    assert recheck(certificate(stated, "proved", "emptiness", finding.evidence or {}, {})).accepted
    assert not recheck(certificate(stated, "vacuous", "emptiness", finding.evidence or {}, {})).accepted


@pytest.mark.parametrize("stated", FALSE, ids=lambda c: c.data["claim"]["satisfies"])
def test_false_claims_are_not_proved(stated: Claim) -> None:
    finding, prover = decide(stated, "proved", Budget.of(2))
    assert finding is None
    assert prover.open_branches


@pytest.mark.parametrize(
    ("stated", "empty"),
    [
        (claim("x > 0", assume={"a": "x**2 + y**2 < 1", "b": "x + y > 3"}), True),
        (claim("x > 0", assume={"a": "x**2 + y**2 < 1", "b": "x + y > 1"}), False),
        (claim("x > 0", "stationary point", objective="exp(x) + y**2"), True),
        (claim("x > 0", "stationary point", objective="exp(x) - x + y**2"), False),
        (claim("x > 0", "local minimum", objective="x**3 + y**2"), True),
        (claim("x > 0", "second-order point", objective="x**3 + y**2"), False),
        (claim("x > 0"), False),
    ],
)
def test_emptiness_of_the_hypotheses(stated: Claim, empty: bool) -> None:
    finding, _ = decide(stated, "vacuous", Budget.of(10 if empty else 2))
    assert (finding is not None) is empty


def test_an_ended_budget_proves_nothing() -> None:
    finding, prover = decide(TRUE[1], "proved", Budget.of(-1))
    assert finding is None
    assert prover.open_branches
    assert prove_cases(TRUE[1], "proved", Budget.of(-1)) is None


def test_there_is_a_tree_for_every_case() -> None:
    trees = prove_cases(claim("x**2 >= 0 and y**2 >= 0"), "proved", Budget.of(10))
    assert trees is not None
    assert len(trees) == 2
