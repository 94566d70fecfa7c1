"""Bad minima: certified where they exist, never where they do not, and shrunk."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as Q

import numpy as np
import pytest

from numerics.budget import Budget
from numerics.training.bad_minima import bad_minimum, certified, claims, shrunk, threshold_between
from numerics.training.problem import Problem, problem_of_model
from numerics.training.starts import train
from verify.certificate import certificate
from verify.recheck import recheck

WELLS = Problem("wells", {"q": "real"}, {}, {}, "(q**2 - 1)**2 + q/4")


def accepted(bad: object) -> bool:
    return all(
        recheck(certificate(claim, finding.verdict, str(finding.kind), finding.evidence or {}, {})).accepted
        for claim, finding in claims(bad)  # type: ignore[arg-type]
    )


def test_the_higher_well_is_certified() -> None:
    trained = train(WELLS.claim(), 32, seed=0, budget=Budget.of(20))
    (bad,) = certified(WELLS, trained, Budget.of(20))
    assert bad.best < float(bad.threshold) < bad.value
    assert bad.minimum[1].level == "ball"
    assert accepted(bad)


@pytest.mark.parametrize(("objective", "x"), [
    ("(q**2 - 1)**2", 1.0),  # both wells are equally deep
    ("(q**2 - 1)**2", 0.0),  # a maximum
    ("q**3 - 3*q", 3.0),  # not stationary
    ("q**3", 0.0),  # a saddle
])  # fmt: skip
def test_what_is_no_bad_minimum_is_not_certified(objective: str, x: float) -> None:
    """Lies about the candidate (its value, the best) do not help: the certificate decides."""
    problem = replace(WELLS, minimise=objective)
    assert bad_minimum(problem, np.array([x]), 0.5, np.array([-1.0]), -0.5, Budget.of(8), 0) is None


@pytest.mark.slow
def test_a_free_mask_with_decay_on_all_blocks_collapses_and_shrinks() -> None:
    problem = problem_of_model("free-mask", {"n": 2, "p": 2, "m": 1}, Q(1, 20), 0)
    trained = train(problem.claim(), 64, seed=0, budget=Budget.of(30))
    (bad,) = certified(problem, trained, Budget.of(20), most=1)
    assert bad.minimum[1].level == "exact"
    assert set((bad.minimum[1].witness or {}).values()) == {"0"}
    simple = shrunk(bad, Budget.of(60))
    assert simple.problem.sizes is not None
    assert [simple.problem.sizes[key] for key in "npm"] == [1, 1, 1]
    assert accepted(simple)


def test_without_decay_on_all_blocks_there_is_none() -> None:
    problem = Problem("product", {"a": "real", "w": "real"}, {}, {}, "(a*w - 1)**2/2 + (a**2 + w**2)/20")
    trained = train(problem.claim(), 64, seed=0, budget=Budget.of(20))
    assert trained.bad == ()


def test_thresholds_are_simple_and_between() -> None:
    assert threshold_between(0.2, 1.5) == 1
    assert threshold_between(0.0, 1e-3) < Q(1, 1000)
    assert threshold_between(-1.0, 1.0) == 0
