"""Candidates become findings only where the trusted check accepts them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from numerics.budget import Budget
from numerics.provers.certify import Certifier, rational_evidence
from numerics.search import landscape
from verify.certificate import certificate
from verify.claim import Claim, claim_from_data
from verify.recheck import recheck


def certifier(satisfies: str, every: str = "point", *, objective: str | None = None) -> Certifier:
    data = {"id": "c", "parameters": {"x": "real", "y": "real"}, "claim": {"every": every, "satisfies": satisfies}}
    claim = claim_from_data(data if objective is None else {**data, "objective": {"minimise": objective}})
    return Certifier(claim, Budget.of(20), 0, {})


def accepted(claim: Claim, finding: object) -> bool:
    return recheck(certificate(claim, "refuted", "witness", finding.evidence or {}, {})).accepted  # type: ignore[attr-defined]


def test_exact_points() -> None:
    make = certifier("x + y < 3")
    found = make.at([Fraction(1), Fraction(2)], "by hand")
    assert found is not None
    assert (found.method, found.level) == ("by hand", "exact")
    assert accepted(make.claim, found)
    assert make.at([Fraction(1), Fraction(1)], "by hand") is None
    assert make.reason


def test_points_near_a_float_are_simple_and_shrunk() -> None:
    make = certifier("x**2 + y**2 < 2")
    found = make.near(np.array([1.4142135623730951, 0.70000001]), "near")
    assert found is not None
    assert accepted(make.claim, found)
    assert all(len(str(value)) <= 3 for value in (found.witness or {}).values())
    assert make.near(np.array([0.5, 0.5]), "near") is None


def test_a_point_that_refutes_nothing_is_not_simplified() -> None:
    assert certifier("x < 1").simplified([Fraction(0), Fraction(0)], "none") is None


@pytest.mark.parametrize(
    ("objective", "satisfies", "x", "rational"),
    [
        ("(x - 1)**2 + y**2", "x > 1", (1.0000001, 0.0), True),
        ("(x*y - 1)**2", "x > 0", (-1.0, -1.0), True),  # flat along the rescaling of x and y
        ("exp(x) - 2*x + y**2", "x > 1", (0.6931471805599453, 0.0), False),
    ],
)
def test_minima(objective: str, satisfies: str, x: tuple[float, float], rational: bool) -> None:
    make = certifier(satisfies, "local minimum", objective=objective)
    land, place = landscape(make.claim), np.array(x)
    assert (make.stationary(land, place) is not None) is rational
    boxed = make.in_box(land, place)
    assert boxed is not None
    assert accepted(make.claim, boxed)


def test_saddles_are_no_minima() -> None:
    make = certifier("x > 0", "local minimum", objective="x*y")
    land = landscape(make.claim)
    assert make.stationary(land, np.zeros(2)) is None
    assert make.in_box(land, np.zeros(2)) is None
    assert "Hessian" in make.reason


def test_evidence_names_every_coordinate() -> None:
    evidence = rational_evidence(certifier("x < 1").claim, [Fraction(1, 2), Fraction(3)])
    assert evidence["point"]["coordinates"] == {"x": "1/2", "y": "3"}
