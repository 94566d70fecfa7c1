"""A cover is accepted only if it covers the domain and every box is excluded for a sound reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from verify.certificate import certificate
from verify.claim import claim_from_data
from verify.expr.ball import precision
from verify.expr.numpy_reading import compile_numpy
from verify.recheck import Outcome, recheck
from verify.recheck.boxes import BOX_PRECISION, Excluder
from verify.recheck.enclosures import Box


def checked(
    satisfies: str,
    cuts: Any,
    *,
    domain: str = "[0, 1]",
    every: str = "point",
    verdict: str = "proved",
    below: Any = (),
    **more: Any,
) -> Outcome:
    data = {"id": "b", "parameters": {"x": domain}, "claim": {"every": every, "satisfies": satisfies}, **more}
    if "objective" in data:
        data["objective"] = {"minimise": data["objective"]}
    return recheck(certificate(claim_from_data(data), verdict, "boxes", {"cuts": list(cuts), "below": list(below)}, {}))


HALVES = [0, -1, -1]
STATEMENT = "exp(x) - x**2 + sin(3*x) > 4/5"


def test_a_cover_is_a_tree_in_preorder() -> None:
    assert checked("x**2 < 2", [-1]).accepted
    assert checked("x**2 < 2", HALVES).accepted
    assert checked("x**2 < 2", [0, 0, -1, -1, -1]).accepted
    for cuts in (
        [],
        [0],
        [0, -1],
        [-1, -1],
        [0, -1, -1, -1],
        [1, -1, -1],
        [-2],
        [True],
        ["-1"],
        [0, -1, 0],
        [None],
        [0.5],
    ):
        assert not checked("x**2 < 2", cuts).accepted


def test_every_box_must_be_excluded() -> None:
    assert not checked("x**2 < 1/2", [-1]).accepted
    assert not checked("x**2 < 1", HALVES).accepted
    assert not checked("x < 1", [0, 0, 0, -1, -1, -1, -1]).accepted
    assert checked("x <= 1", [-1]).accepted


def test_unbounded_domains_have_no_cover() -> None:
    for domain in ("real", "positive", "nonnegative"):
        assert not checked("x**2 >= 0", [-1], domain=domain).accepted


def test_undefined_points_are_not_excluded() -> None:
    assert not checked("1/x > 0", [-1]).accepted
    assert not checked("log(x) < 1", [-1]).accepted
    assert not checked("sqrt(x - 1/2) >= 0", HALVES).accepted
    assert not checked("x >= 0 or 1/x > 0", [-1]).accepted
    assert checked("1/(x + 1) > 0", [-1]).accepted


def test_assumptions_exclude_boxes() -> None:
    assert checked("x > 3/10", HALVES, assume={"a": "x > 6/10"}).accepted
    assert not checked("x > 3/10", HALVES, assume={"a": "x > 4/10"}).accepted
    assert checked("x > 5", [-1], assume={"a": "x > 2"}, verdict="vacuous").accepted
    assert not checked("x > 5", [-1], assume={"a": "x >= 1"}, verdict="vacuous").accepted
    assert not checked("x < 5", [-1], verdict="vacuous").accepted
    assert not checked("x < 5", [-1], verdict="refuted").accepted


def test_slopes_exclude_stationary_points_only_where_the_objective_is_smooth() -> None:
    assert checked("x > 5", [-1], every="stationary point", objective="x + x**2", verdict="vacuous").accepted
    assert checked("x > 5", [-1], every="local minimum", objective="x + x**2").accepted
    assert not checked("x > 5", [-1], every="global minimum", objective="x + x**2").accepted
    assert not checked("x > 5", [-1], every="stationary point", objective="x**2").accepted
    assert not checked("x > 5", [-1], every="local minimum", objective="abs(x) + x/4", domain="[-1, 1]").accepted


def test_nearly_stationary_points_are_excluded_where_the_slope_is_long() -> None:
    def outcome(within: str) -> bool:
        data = {"id": "b", "parameters": {"x": "[1, 2]"}, "objective": {"minimise": "x**2"},
                "claim": {"every": "stationary point", "within": within, "satisfies": "x > 5"}}  # fmt: skip
        return recheck(certificate(claim_from_data(data), "vacuous", "boxes", {"cuts": [-1], "below": []}, {})).accepted

    assert outcome("1")
    assert outcome("19/10")
    assert not outcome("2")
    assert not outcome("3")


def test_curvature_excludes_minima_but_not_stationary_points() -> None:
    data = {"objective": "cos(x)", "domain": "[-1, 1]"}
    assert checked("x > 5", [-1], every="second-order point", **data).accepted
    assert checked("x > 5", [-1], every="strict local minimum", **data).accepted
    assert not checked("x > 5", [-1], every="stationary point", **data).accepted


def test_global_minima_are_compared_with_points_of_the_domain() -> None:
    data = {"objective": "(x - 1/4)**2*(2 - x)", "every": "global minimum"}  # falls again after x = 17/12
    data["domain"] = "[0, 3/2]"
    thirds = [0, -1, 0, -1, -1]
    assert checked("x < 4/5", thirds, below=[["1/4"]], **data).accepted
    assert not checked("x < 4/5", thirds, **data).accepted
    assert not checked("x < 4/5", thirds, below=[["3/2"]], **data).accepted
    assert not checked("x < 4/5", thirds, below=[["5/4"]], **data).accepted
    assert not checked("x < 4/5", thirds, below=[["1/4", "0"]], **data).accepted


CLAIM = claim_from_data({
    "id": "b", "parameters": {"x": "[-2, 2]", "y": "[-2, 2]"}, "assume": {"a": "x**2 + y < 3", "b": "x != y or abs(x) > 1"},
    "claim": {"every": "point", "satisfies": "exp(x*y) + relu(x) > 1/2 and not (x*x == y)"},
})  # fmt: skip
ends = st.tuples(st.integers(-16, 16), st.integers(0, 8)).map(lambda p: (fmpq(p[0], 8), fmpq(p[0] + p[1], 8)))


@given(st.tuples(ends, ends))
def test_truth_on_a_box_is_truth_at_its_points(sides: Any) -> None:
    box = Box((sides[0][0], sides[1][0]), (sides[0][1], sides[1][1]))
    excluder = Excluder(CLAIM, "proved")
    rng = np.random.default_rng(0)
    low, high = (np.array([float(v.p) / float(v.q) for v in end]) for end in (box.low, box.high))
    points = np.vstack([low, high, low + (high - low) * rng.random((30, 2))])
    assert CLAIM.satisfies is not None
    for condition in (CLAIM.satisfies, *(c for _, c in CLAIM.assumptions)):
        with precision(BOX_PRECISION):
            truth = excluder.truth(condition, box)
        if truth is not None:
            values = compile_numpy([condition], CLAIM.symbols, batched=True)(points[:, 0], points[:, 1])[0]
            assert (np.asarray(values, bool) == truth).all()


@pytest.mark.parametrize("cuts", [[-1], HALVES, [0, 0, -1, -1, 0, -1, -1]])
def test_a_finer_cover_is_a_cover(cuts: list[int]) -> None:
    deep = [0, *cuts, *cuts]
    assert not checked(STATEMENT.replace("4/5", "2"), deep).accepted
    assert checked(STATEMENT.replace("4/5", "-2"), deep).accepted


def test_minima_move_to_faces_of_the_domain_only() -> None:
    data = {"objective": "-tanh(x)", "every": "global minimum", "domain": "[-1, 1]"}
    assert checked("x == 1", [-1], **data).accepted
    assert not checked("x == -1", [-1], **data).accepted
    assert not checked("x < 1", [-1], **data).accepted
    assert not checked("x == 1", [-1], **{**data, "every": "local minimum", "objective": "x**2"}).accepted
    kinked = {**data, "objective": "abs(x) - x"}
    assert not checked("x == 1", [-1], **kinked).accepted
    assert not checked("x == 1", [-1], **{**data, "objective": "-x + 0*log(1/2 - x)"}).accepted


def test_minors_exclude_saddles() -> None:
    data = {"objective": "x*y + (x**4 + y**4)/9", "y": "[-1/9, 1/9]"}
    claim = {"every": "second-order point", "satisfies": "x > 5"}
    source = {
        "id": "b",
        "parameters": {"x": "[-1/9, 1/9]", "y": data["y"]},
        "objective": {"minimise": data["objective"]},
    }
    for every, accepted in (("second-order point", True), ("stationary point", False)):
        problem = claim_from_data({**source, "claim": {**claim, "every": every}})
        found = recheck(certificate(problem, "proved", "boxes", {"cuts": [-1], "below": []}, {}))
        assert found.accepted is accepted
