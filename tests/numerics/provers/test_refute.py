"""Counterexamples are certified before they are returned, simple where possible, and repeatable."""

from __future__ import annotations

from typing import Any

import pytest

from numerics.budget import Budget
from numerics.provers.refute import Refuter
from verify.certificate import certificate
from verify.claim import Claim, claim_from_data
from verify.recheck import recheck


def claim(
    satisfies: str, every: str = "point", *, parameters: Any = None, objective: str | None = None, **more: Any
) -> Claim:
    within = {"within": more.pop("within")} if "within" in more else {}
    data = {"id": "f", "parameters": parameters or {"x": "real", "y": "real"},
            "claim": {"every": every, "satisfies": satisfies, **within}, **more}  # fmt: skip
    if objective is not None:
        data["objective"] = {"minimise": objective}
    return claim_from_data(data)


FALSE = {
    "point": claim("x**2 + y**2 > 2*x*y"),
    "transcendental": claim("tanh(x) + y**2 >= -1/2"),
    "domain": claim("x + y <= 3", parameters={"x": "[0, 2]", "y": "[0, 2]"}),
    "assumption": claim("x < 2", assume={"a": "x + y == 3"}),
    "stationary": claim("objective > 0", "stationary point", objective="(x*y - 1)**2"),
    "saddle": claim("objective < 1", "stationary point", objective="(x*y - 1)**2"),
    "minimum modulo symmetry": claim("x > 0", "local minimum", objective="(x*y - 1)**2"),
    "box": claim("x > 1", "local minimum", objective="exp(x) - 2*x + y**2"),
    "degenerate": claim("x != 0", "strict local minimum", objective="x**4 + y**2"),
    "global": claim("x > 0", "global minimum", objective="(x**2 - 1)**2 + y**2"),
    "near": claim("x > 0", "stationary point", objective="exp(x) + y**2", within="1/100"),
    "flat": claim("x > 0", "local minimum", objective="relu(x)**2 + y**2"),
}

TRUE = {
    "point": claim("x**2 + y**2 >= 2*x*y"),
    "stationary": claim("objective <= 1", "stationary point", objective="(x*y - 1)**2"),
    "minimum": claim("objective <= 0", "local minimum", objective="(x*y - 1)**2"),
    "boundary": claim(
        "x == 5", "local minimum", objective="(x - 5)**2 + y**2", parameters={"x": "[0, 1]", "y": "real"}
    ),
    "kink": claim("x != 0", "stationary point", objective="abs(x) + y**2"),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_claims_are_refuted_with_a_certificate(name: str) -> None:
    stated = FALSE[name]
    finding = Refuter(stated, Budget.of(20), 0).find()
    assert finding is not None
    assert finding.verdict == "refuted"
    assert finding.level in ("exact", "ball")
    assert set(finding.witness or {}) == set(stated.entry_names)
    assert recheck(certificate(stated, "refuted", "witness", finding.evidence or {}, {})).accepted


@pytest.mark.parametrize("name", TRUE)
def test_true_claims_are_not(name: str) -> None:
    assert Refuter(TRUE[name], Budget.of(2), 0).find() is None


def test_the_seed_decides() -> None:
    found = [Refuter(FALSE["transcendental"], Budget.of(20), 7).find() for _ in range(2)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].evidence == found[1].evidence


def test_an_ended_budget_finds_nothing() -> None:
    assert Refuter(FALSE["degenerate"], Budget.of(-1), 0).find() is None
