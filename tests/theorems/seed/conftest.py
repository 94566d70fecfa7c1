"""What every entry that is a family of claims is tested for: its instance, its certificate, its neighbours.

A test module names its entry in ``ENTRY``. ``instance`` is the default instance, decided and rechecked; ``neighbour`` runs
over its small cases and twins, those named in ``SLOW`` among the slow tests.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from numerics.budget import Budget
from verify.catalogue import find
from verify.claim import canonical, claim_from_data
from verify.pipeline import decide
from verify.recheck import recheck
from verify.theorem import TheoremResult

BUDGET = 60
"""Seconds; far above what an instance takes, so that a loaded machine changes no verdict."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "neighbour" in metafunc.fixturenames:
        theorem = find(metafunc.module.ENTRY)
        slow = getattr(metafunc.module, "SLOW", ())
        items = [*theorem.cases, *theorem.twins]
        assert set(slow) <= {item.name for item in items}
        marked = [pytest.param(item, marks=[pytest.mark.slow] if item.name in slow else []) for item in items]
        metafunc.parametrize("neighbour", marked, ids=[item.name for item in items])


@pytest.fixture
def decided(request: pytest.FixtureRequest) -> Callable[..., TheoremResult]:
    """Decide an instance of the module's entry and recheck its certificate."""
    module: ModuleType = request.module

    def check(**settings: str) -> TheoremResult:
        result = find(module.ENTRY).check(settings, budget=Budget.of(BUDGET))
        data = result.certificate({"seed": 0})
        assert data is not None, result.finding.reason
        outcome = recheck(json.loads(canonical(data)))
        assert (outcome.accepted, outcome.verdict) == (True, result.finding.verdict), outcome.reason
        return result

    return check


@pytest.fixture
def as_expected() -> Callable[[Any], None]:
    """Check that a case or twin comes out as it says."""

    def check(item: Any) -> None:
        verdict = decide(claim_from_data(item.claim), budget=BUDGET)
        assert verdict.verdict == item.expected, verdict.reason

    return check
