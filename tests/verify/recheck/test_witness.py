"""A witness is accepted only if it meets every hypothesis, violates the conclusion, and is the point that is meant."""

from __future__ import annotations

from typing import Any

import pytest

from numerics.budget import Budget
from numerics.provers.emptiness import prove_cases
from verify.certificate import certificate
from verify.claim import Claim, claim_from_data
from verify.recheck import Outcome, recheck
from verify.recheck.witness import lower_bound_claim


def claim(satisfies: str, every: str = "point", *, parameters: Any = None, **more: Any) -> Claim:
    within = {"within": more.pop("within")} if "within" in more else {}
    statement = {"every": every, "satisfies": satisfies, **within}
    objective = {"objective": {"minimise": more.pop("objective")}} if "objective" in more else {}
    return claim_from_data(
        {"id": "w", "parameters": parameters or {"x": "real"}, "claim": statement, **objective, **more}
    )


def at(stated: Claim, *values: str, verdict: str = "refuted", **more: Any) -> Outcome:
    coordinates = dict(zip(stated.entry_names, values, strict=True))
    evidence = {"point": {"coordinates": coordinates}, "symmetries": [], "fixed": [], **more}
    return recheck(certificate(stated, verdict, "witness", evidence, {}))


# --- points of a domain ---


@pytest.mark.parametrize(
    ("satisfies", "domain", "value", "accepted"),
    [
        ("x**2 > 0", "real", "0", True), ("x**2 > 0", "real", "1/1000000000000", False), ("x < 1", "[0, 1]", "1", True),
        ("x < 1", "[0, 1]", "2", False), ("x > 0", "nonnegative", "0", True), ("x > 1", "positive", "0", False),
        ("x > 1", "positive", "1/2", True), ("exp(x) < 3", "real", "2", True), ("exp(x) < 3", "real", "1", False),
        ("1/x > 0", "real", "0", False), ("1/x > 0", "real", "-1", True), ("log(x) < 0 or x > 1", "real", "-1", False),
        ("sin(x)**2 + cos(x)**2 > 1", "real", "1", False), ("tanh(x) == tanh(-x)", "real", "1", True),
    ],
)  # fmt: skip
def test_points(satisfies: str, domain: str, value: str, accepted: bool) -> None:
    assert at(claim(satisfies, parameters={"x": domain}), value).accepted is accepted


def test_assumptions_must_hold() -> None:
    stated = claim("x < 5", assume={"a": "x > 1", "b": "exp(x) < 2000"})
    assert at(stated, "6").accepted
    assert not at(stated, "8").accepted
    assert not at(stated, "0").accepted
    undefined = claim("x < 5", assume={"a": "1/(x - 6) != 0"})
    assert not at(undefined, "6").accepted
    assert at(undefined, "7").accepted


def test_only_refutations_have_witnesses() -> None:
    stated = claim("x**2 > 0")
    for verdict in ("proved", "vacuous", "supported", "undecided"):
        assert not at(stated, "0", verdict=verdict).accepted


# --- stationary and second-order points ---

WELL = "(x**2 - 1)**2"


@pytest.mark.parametrize(
    ("every", "value", "accepted"),
    [
        ("stationary point", "0", True), ("stationary point", "1", True), ("stationary point", "1/2", False),
        ("second-order point", "0", False), ("second-order point", "-1", True), ("local minimum", "0", False),
        ("local minimum", "1", True), ("strict local minimum", "1", True), ("strict local minimum", "0", False),
        ("clarke stationary point", "2", False), ("global minimum", "0", False), ("global minimum", "2", False),
    ],
)  # fmt: skip
def test_kinds_of_points(every: str, value: str, accepted: bool) -> None:
    assert at(claim("objective > 5", every, objective=WELL), value).accepted is accepted


def test_degenerate_points_are_second_order_points_only() -> None:
    for objective in ("x**3", "x**4"):
        stated = claim("x > 0", "second-order point", objective=objective)
        assert at(stated, "0").accepted
        assert not at(claim("x > 0", "local minimum", objective=objective), "0").accepted


@pytest.mark.parametrize("objective", ["abs(x)", "relu(x)**2 - relu(-x)", "max([x, -x])", "sqrt(x**2)"])
def test_a_kink_is_not_stationary(objective: str) -> None:
    for every in ("stationary point", "second-order point", "local minimum"):
        assert not at(claim("x > 0", every, objective=objective), "0").accepted


@pytest.mark.parametrize(("value", "accepted"), [("1/20", True), ("1/10", True), ("11/100", False), ("-1/10", True)])
def test_nearly_stationary_points(value: str, accepted: bool) -> None:
    assert at(claim("x > 1", "stationary point", objective="x**2/2", within="1/10"), value).accepted is accepted


def test_the_boundary_counts_only_for_the_unconstrained_objective() -> None:
    for every in ("stationary point", "local minimum", "second-order point"):
        assert not at(claim("x > 5", every, objective="x**2", parameters={"x": "[1, 2]"}), "1").accepted
        assert at(claim("x > 5", every, objective="(x - 1)**2", parameters={"x": "[1, 2]"}), "1").accepted


def test_curvature_in_conditions() -> None:
    stated = claim("max_curvature <= 7", "stationary point", objective=WELL)
    assert at(stated, "1").accepted
    assert not at(stated, "0").accepted
    assuming = claim("x > 0", "stationary point", objective=WELL, assume={"a": "min_curvature >= 0"})
    assert at(assuming, "-1").accepted
    assert not at(assuming, "0").accepted


# --- symmetries ---

PRODUCT = "(x*y - 1)**2"
HYPERBOLIC = [[["1", {"x": 1}]], [["-1", {"y": 1}]]]


def test_minima_modulo_symmetries() -> None:
    stated = claim("x < 0", "local minimum", objective=PRODUCT, parameters={"x": "real", "y": "real"})
    good = {"symmetries": [HYPERBOLIC], "fixed": [0]}
    assert at(stated, "1", "1", **good).accepted
    assert at(stated, "2", "1/2", **good).accepted
    assert not at(stated, "1", "1").accepted
    assert not at(stated, "0", "0", **good).accepted
    assert not at(stated, "1", "2", **good).accepted
    for wrong in ([[["1", {"x": 1}]], [["1", {"y": 1}]]], [[["1", {}]], [["-1", {}]]], [[["1", {"x": 1}]]], [[], []]):
        assert not at(stated, "1", "1", symmetries=[wrong], fixed=[0]).accepted
    for fixed in ([], [0, 1], [2], [0, 0], ["0"], [-1]):
        assert not at(stated, "1", "1", symmetries=[HYPERBOLIC], fixed=fixed).accepted
    strict = claim("x < 0", "strict local minimum", objective=PRODUCT, parameters={"x": "real", "y": "real"})
    assert not at(strict, "1", "1", **good).accepted


def test_a_symmetry_must_move_the_point_across_the_slice() -> None:
    rotation = [[["-1", {"y": 1}]], [["1", {"x": 1}]]]
    stated = claim("x < 0", "local minimum", objective="(x**2 + y**2 - 1)**2", parameters={"x": "real", "y": "real"})
    assert at(stated, "1", "0", symmetries=[rotation], fixed=[1]).accepted
    assert not at(stated, "1", "0", symmetries=[rotation], fixed=[0]).accepted


# --- lower bounds ---


def bound(stated: Claim, value: str, center: str | None, radius: str | None) -> dict[str, Any]:
    from fractions import Fraction

    middle = None if center is None else [Fraction(center)]
    around = None if radius is None else Fraction(radius)
    lower = lower_bound_claim(stated, Fraction(value), middle, around, strict=stated.every == "strict local minimum")
    trees = prove_cases(lower, "proved", Budget.of(20))
    assert trees is not None
    return {"value": value, "cases": trees, **({"radius": radius} if radius else {})}


def test_a_degenerate_minimum_with_a_lower_bound() -> None:
    strict = claim("x != 0", "strict local minimum", objective="x**4")
    data = bound(strict, "0", "0", "1/4")
    assert at(strict, "0", lower_bound=data).accepted
    assert not at(strict, "0", lower_bound={**data, "value": "-1"}).accepted
    assert not at(strict, "0", lower_bound={**data, "radius": "0"}).accepted
    assert not at(strict, "0", lower_bound={**data, "radius": "-1"}).accepted
    assert not at(strict, "0", lower_bound={**data, "cases": []}).accepted
    assert not at(strict, "1/8", lower_bound=data).accepted


def test_a_flat_minimum_is_not_strict() -> None:
    flat = claim("x > 0", "local minimum", objective="relu(x)**2")
    assert at(flat, "-1", lower_bound=bound(flat, "0", "-1", "1/4")).accepted
    strict = claim("x > 0", "strict local minimum", objective="relu(x)**2")
    assert not at(strict, "-1", lower_bound=bound(flat, "0", "-1", "1/4")).accepted


def test_a_global_minimum_needs_a_bound_on_the_whole_domain() -> None:
    stated = claim("x > 0", "global minimum", objective=WELL, parameters={"x": "[-2, 2]"})
    data = bound(stated, "0", None, None)
    assert at(stated, "-1", lower_bound=data).accepted
    assert not at(stated, "-1").accepted
    assert not at(stated, "0", lower_bound=data).accepted
    assert not at(stated, "-1", lower_bound={**data, "value": "1"}).accepted
    assert not at(stated, "1", lower_bound=data).accepted


def test_a_minimum_outside_an_open_domain_is_no_witness() -> None:
    stated = claim("x > 5", "global minimum", objective="x**2", parameters={"x": "positive"})
    whole = claim("x > 5", "global minimum", objective="x**2")
    assert not at(stated, "0", lower_bound=bound(whole, "0", None, None)).accepted
