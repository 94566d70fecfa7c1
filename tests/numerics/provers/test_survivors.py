"""Algebraic counterexamples from what the case distinction could not exclude."""

from __future__ import annotations

from typing import Any

import pytest

from numerics.budget import Budget
from numerics.provers.emptiness import decide
from numerics.provers.survivors import refutation_at_extremes, refutation_from
from verify.certificate import certificate
from verify.claim import claim_from_data
from verify.recheck import recheck


def refutation(satisfies: str, objective: str | None, every: str, **more: Any) -> tuple[Any, Any]:
    data = {
        "id": "s",
        "parameters": {"x": "real", "y": "real"},
        "claim": {"every": every, "satisfies": satisfies},
        **more,
    }
    if objective is not None:
        data["objective"] = {"minimise": objective}
    claim = claim_from_data(data)
    finding, prover = decide(claim, "proved", Budget.of(5))
    assert finding is None
    return claim, refutation_from(claim, prover.survivors, Budget.of(20))


@pytest.mark.parametrize(
    ("satisfies", "objective", "every"),
    [
        ("x < 1", "(x**2 - 2)**2 + (y - x)**2", "stationary point"),
        ("x > 1", "(x**2 - 2)**2 + (y - x)**2", "second-order point"),
        ("objective > 1", "x**4 - 3*x + y**2", "strict local minimum"),
        ("x < 0", "(x**2 - 2)**2 + (y - x)**2", "global minimum"),
    ],
)
def test_algebraic_points_refute(satisfies: str, objective: str, every: str) -> None:
    claim, finding = refutation(satisfies, objective, every)
    assert finding is not None
    assert finding.verdict == "refuted"
    assert set(finding.witness) == {"x", "y"}
    assert recheck(certificate(claim, "refuted", "witness", finding.evidence, {})).accepted


def test_nothing_survives_nothing_is_refuted() -> None:
    claim, _ = refutation("x < 1", "(x**2 - 2)**2 + (y - x)**2", "stationary point")
    assert refutation_from(claim, [], Budget.of(5)) is None


def test_an_inequality_that_fails_at_an_irrational_point_only() -> None:
    claim = claim_from_data(
        {"id": "z", "parameters": {"x": "real"}, "claim": {"every": "point", "satisfies": "(x**2 - 2)**2 > 0"}}
    )
    found = refutation_at_extremes(claim, Budget.of(5))
    assert found is not None
    assert found.verdict == "refuted"
    true = claim_from_data(
        {"id": "z", "parameters": {"x": "real"}, "claim": {"every": "point", "satisfies": "(x**2 - 2)**2 >= 0"}}
    )
    assert refutation_at_extremes(true, Budget.of(5)) is None
