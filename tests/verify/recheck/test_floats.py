"""Attacks on certificates about floating point: witnesses off the format, wrong covers, and false claims."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from verify.certificate import certificate
from verify.claim import Claim, claim_from_data
from verify.recheck import Outcome, recheck
from verify.recheck.floats import halves, root_places


def claim(text: str, arithmetic: str = "float16", domain: str = "[1, 2]", every: str = "point", **more: Any) -> Claim:
    data = {"id": "t", "arithmetic": arithmetic, "parameters": {"x": domain}, **more}
    return claim_from_data({**data, "claim": {"every": every, "satisfies": text}})


def outcome(problem: Claim, verdict: str, evidence: Any, kind: str = "floats") -> Outcome:
    return recheck(certificate(problem, verdict, kind, evidence, {}))


def witness(x: str) -> dict[str, Any]:
    return {"point": {"x": x}}


def every_float(problem: Claim) -> list[int]:
    """Return the cuts of the cover whose boxes are single floats."""
    stack, cuts = [root_places(problem)], []
    while stack:
        places = stack.pop()
        if places[0][0] == places[0][1]:
            cuts.append(-1)
        else:
            cuts.append(0)
            stack.extend(reversed(halves(places, 0)))
    return cuts


def test_a_witness_is_a_number_of_the_format_in_the_domain() -> None:
    problem = claim("x*3/3 == x", "float16", "[0, 2]")
    assert not outcome(problem, "refuted", witness("1/10")).accepted
    assert not outcome(problem, "refuted", witness("3")).accepted
    assert not outcome(problem, "refuted", witness("1")).accepted
    assert not outcome(problem, "refuted", {"point": {}}).accepted
    assert not outcome(problem, "refuted", witness("nan")).accepted


def test_a_rounding_witness_refutes_and_its_neighbours_do_not() -> None:
    problem = claim("x + 1/4096 > x", "float16", "[1, 2]")
    assert outcome(problem, "refuted", witness("1")).accepted
    assert not outcome(claim("x + 1/4096 >= x"), "refuted", witness("1")).accepted


def test_a_witness_must_hold_for_every_implementation() -> None:
    assert not outcome(claim("exp(x) != 2.71875"), "refuted", witness("1")).accepted
    assert not outcome(claim("exp(x) == 2.71875"), "refuted", witness("1")).accepted
    assert outcome(claim("exp(x) <= 2.5"), "refuted", witness("1")).accepted


def test_assumptions_count() -> None:
    problem = claim("x < 1", assume={"large": "x >= 1.5"})
    assert outcome(problem, "refuted", witness("3/2")).accepted
    assert not outcome(problem, "refuted", witness("1")).accepted


def test_stationarity_means_a_computed_gradient_of_zero() -> None:
    more = {"objective": {"minimise": "(tanh(x) - 2)**2/2"}}
    problem = claim("objective < 1/4", "float16", "real", "stationary point", **more)
    assert outcome(problem, "refuted", witness("20")).accepted
    assert not outcome(problem, "refuted", witness("1")).accepted
    assert not outcome(
        claim("objective < 1/4", "float16", "real", "local minimum", **more), "refuted", witness("20")
    ).accepted


def test_all_floats_are_covered() -> None:
    true, false = claim("x/2 + x/2 == x"), claim("x*(1/x) == 1")
    cuts = every_float(true)
    assert outcome(true, "proved", {"cuts": cuts}).accepted
    assert not outcome(false, "proved", {"cuts": cuts}).accepted
    assert not outcome(true, "proved", {"cuts": cuts[:-1]}).accepted
    assert not outcome(true, "proved", {"cuts": [*cuts, -1]}).accepted
    assert not outcome(true, "proved", {"cuts": []}).accepted
    assert not outcome(true, "proved", {"cuts": [-1]}).accepted
    assert not outcome(true, "vacuous", {"cuts": cuts}).accepted
    for place in (0, 5, 100):
        changed = list(cuts)
        changed[place] = -1 if cuts[place] == 0 else 0
        assert not outcome(true, "proved", {"cuts": changed}).accepted
    assert not outcome(true, "proved", {"cuts": [1, *cuts]}).accepted
    assert not outcome(true, "proved", {"cuts": [True, *cuts]}).accepted


def test_both_zeros_count() -> None:
    """At zero the reciprocal is plus or minus infinity, and the domain holds both zeros."""
    problem = claim("1/x > 0", "float16", "[0, 0]")
    assert not outcome(problem, "proved", {"cuts": [-1]}).accepted


@pytest.mark.parametrize(
    "text",
    [
        "1/tanh(-x) < 0",
        "1/tanh(-x) > 0",
        "1/sin(-x) < 0",
        "1/erf(-x) < 0",
        "1/sum([-x, -x]) > 0",
        "1/sum([-x, -x]) < 0",
        "1/dot([-x], [1]) > 0",
    ],
)
def test_zeros_of_functions_may_have_either_sign(text: str) -> None:
    problem = claim(text, "float16", "[0, 0]")
    assert not outcome(problem, "refuted", witness("0")).accepted
    assert not outcome(problem, "proved", {"cuts": [-1]}).accepted


def test_vacuity_by_a_gap_between_floats() -> None:
    problem = claim("x < 0", assume={"gap": "x > 1 and x < 1 + 1/2048"})
    assert outcome(problem, "vacuous", {"cuts": every_float(problem)}).accepted
    wider = claim("x < 0", assume={"gap": "x > 1 and x < 1 + 1/512"})
    assert not outcome(wider, "vacuous", {"cuts": every_float(wider)}).accepted


def test_kinds_stay_with_their_arithmetic() -> None:
    real = claim_from_data(
        {"id": "t", "parameters": {"x": "[1, 2]"}, "claim": {"every": "point", "satisfies": "x < 2"}}
    )
    assert not outcome(real, "refuted", witness("2")).accepted
    exact = {"point": {"coordinates": {"x": "2"}}, "symmetries": [], "fixed": []}
    assert outcome(real, "refuted", exact, "witness").accepted
    assert not outcome(claim("x < 2"), "refuted", exact, "witness").accepted
    boxes = {"cuts": [-1], "below": []}
    assert not outcome(claim("x*(1/x) == 1"), "proved", boxes, "boxes").accepted


@pytest.mark.parametrize(("text", "accepted"), [("x + 1/3 <= 2.34", True), ("x + 1/3 <= 2.333333333333333", False)])
def test_a_margin_is_the_error_bound(text: str, accepted: bool) -> None:
    data = {"margin": {"kind": "boxes", "evidence": {"cuts": [-1], "below": []}}}
    assert outcome(claim(text, "float64"), "proved", data).accepted is accepted
    assert not outcome(claim(text, "float64"), "proved", {"margin": {"kind": "witness", "evidence": {}}}).accepted


def test_domains_between_floats_are_empty() -> None:
    problem = claim("x < 0", "bfloat16", "[1001/1000, 1002/1000]")
    assert not outcome(problem, "proved", {"cuts": [-1]}).accepted
    assert root_places(claim("x < 0", domain="[1, 1]"))[0][0] == root_places(claim("x < 0", domain="[1, 1]"))[0][1]
    assert Fraction(1) == 1
