"""Objectives over a square and their flat families, for the tests of landscapes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from numerics.budget import Budget
from numerics.landscape_families import Families, fields_of
from verify.claim import Claim, claim_from_data
from verify.expr.tape import trace
from verify.expr.tape_system import system
from verify.recheck.batch.contract import Contractor


def _problem(objective: str) -> Claim:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    data = {"id": "x", "parameters": {"x": "[-2, 2]", "y": "[-2, 2]"}, "objective": {"minimise": objective}}
    return claim_from_data({**data, "claim": claim})


def _searched(objective: str) -> Families:
    claim = _problem(objective)
    assert claim.objective is not None
    contractor = Contractor(system(trace(claim.objective, tuple(claim.symbols))), [])
    families = Families(contractor, fields_of(claim, 0), np.full(2, -2.0), np.full(2, 2.0))
    rng = np.random.default_rng(0)
    families.look(4 * rng.random((2, 20)) - 2, Budget.of(20))
    return families


@pytest.fixture
def problem() -> Callable[[str], Claim]:
    """Return what makes a claim about an objective in x and y over [-2, 2]^2."""
    return _problem


@pytest.fixture
def searched() -> Callable[[str], Families]:
    """Return what searches the families of such an objective."""
    return _searched
