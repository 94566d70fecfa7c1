"""Candidates are simple, and curvature is compared as the literal says."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.provers.candidates import (
    complexity,
    curvature_excess,
    inside,
    promising,
    simple_violations,
    within_defect,
)
from numerics.search import landscape
from verify.claim import claim_from_data
from verify.logic import cases


def test_the_simplest_violations_come_first() -> None:
    found = simple_violations(lambda x: (1 - np.abs(x).sum(axis=1))[:, None], np.full(2, -np.inf), np.full(2, np.inf))
    assert len(found) == 3
    assert np.abs(found[0]).sum() == 1.5
    assert not len(simple_violations(lambda x: np.ones((len(x), 1)), np.zeros(1), np.ones(1)))


def test_simple_numbers_are_less_complex() -> None:
    assert complexity(np.array([1.0, 0.5])) < complexity(np.array([1.0, 0.123]))


@pytest.mark.parametrize(
    ("text", "signs"), [("max_curvature <= 5", (-1, 1)), ("min_curvature > 5", (1, 1)), ("x < 1", None)]
)
def test_curvature_is_compared_in_floats(text: str, signs: tuple[int, int] | None) -> None:
    claim = claim_from_data(
        {"id": "c", "parameters": {"x": "real", "y": "real"}, "objective": {"minimise": "x**4 + y**2"},
         "claim": {"every": "stationary point", "satisfies": text}}
    )  # fmt: skip
    ((literal,),) = cases(claim.satisfies)  # type: ignore[arg-type]
    excess = curvature_excess(claim, landscape(claim), literal, np.array([[0.0, 0.0], [1.0, 0.0]]))
    if signs is None:
        assert excess is None
    else:
        assert excess is not None
        assert tuple(np.sign(excess)) == signs


def test_promising_points_meet_the_hypotheses_and_violate_the_conclusion() -> None:
    claim = claim_from_data(
        {"id": "c", "parameters": {"x": "[-2, 2]"}, "objective": {"minimise": "x**4 - 2*x**2"},
         "claim": {"every": "local minimum", "satisfies": "x > 0"}}
    )  # fmt: skip
    land = landscape(claim)
    assert promising(claim, land, np.array([[-1.0], [0.0], [1.0]])).tolist() == [[-1.0]]
    assert inside(claim, np.array([[-3.0], [2.0]])).tolist() == [[2.0]]
    assert within_defect(claim) == []
