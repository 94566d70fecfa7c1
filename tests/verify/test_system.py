"""The system of a case holds at every point that contradicts the claim, however the case is divided by true signs.

A system that a contradicting point violates would let a false claim be proved. The points are counterexamples (or,
for the goal ``vacuous``, points that meet the hypotheses) argued by hand in the notes of the corpus.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import fmpq

from verify.algebra.signs import Facts
from verify.branch import Branch
from verify.claim import Claim, claim_from_data, load_claim
from verify.errors import Undecidable
from verify.expr.ball import as_ball, precision
from verify.system import (
    PROVED,
    VACUOUS,
    build_system,
    goal_cases,
    is_open,
    parameter_ring,
    uses_curvature,
    uses_minimality,
    uses_stationarity,
)

CORPUS = Path(__file__).parents[1] / "corpus"

CONTRADICTIONS: dict[str, str] = {
    "three-times-product": "1 1", "determinant-below-trace": "0 1 -1 0", "norm1-norminf-false": "1 1",
    "relu-superadditive": "1 -1", "exp-quadratic": "-1", "sigmoid-decreasing": "0 1", "logsumexp-upper-false": "0 0",
    "roots-superadditive": "1 1", "log-tangent-strict": "1", "attention-value-permutation": "0 1 0 1",
    "sparsemax-positive": "2 0", "sign-squared": "0", "clipped-identity": "2", "tanh-additive": "1 1",
    "sum-with-reciprocal-more": "1", "entropy-box-false": "1/2", "sine-bounded-less": "3/2", "gelu-above-relu": "1",
    "masked-weight-half": "1", "orthogonal-key-is-uniform": "0 0 1 0 1 0", "six-squares-five": "1 1 1 1 1 1",
    "double-well-stationary": "0", "psd2-stat": "0 0", "two-hidden-units-stationary": "0 0 0 0", "cosine-stationary": "0",
    "log-barrier-false": "2", "nearly-stationary-quartic": "13/100", "cubic-second-order-false": "0", "dead-relu": "-1",
    "quartic-flat-minimum-false": "0", "global-two-wells-false": "-1",
    "soft-threshold-zero": "0", "gaussian-well-shifted": "1", "curv-f": "1 0 1 0", "relu-dead": "-1 0", "sparse3": "1 0 0 9 0 0",
    "spread-positive": "1 1 1", "am-gm-three-real": "-1 0 0", "nesbitt-strict": "1 1 1", "box-product-false": "1 1",
}  # fmt: skip

EXAMPLES: dict[str, str] = {
    "rosenbrock": "1 1", "double-well": "-1", "global-corner": "1 -1", "absolute-value": "0", "log-barrier-global": "1",
    "gaussian-well": "0", "crossed-valleys": "3 0", "colder-is-sharper": "2 -1", "softmax-mask-scalar": "2 0 0",
    "soft-threshold": "1", "dead-relu-strict": "1", "discriminant": "1 0 1 5", "quartic-flat-minimum": "0",
    "two-factor-3": "1 2/3", "one-head-min": "0 0 0", "linear-objective-box": "0 0", "logistic-two-samples": "0",
    "curvature-assumption": "0", "nearly-stationary-quadratic": "1/20 1/100", "line-touches-circle": "1 1",
}  # fmt: skip

NO_EXAMPLE = {"curvature-assumption"}
"""Points that do not meet the hypotheses."""


def point_of(claim: Claim, text: str) -> dict[str, fmpq]:
    values = [Fraction(part) for part in text.split()]
    return {n: fmpq(v.numerator, v.denominator) for n, v in zip(claim.entry_names, values, strict=True)}


def values_at(branch: Branch, point: dict[str, fmpq]) -> list[Any]:
    return branch.system.ring.enclose(point)


def violated(branch: Branch, values: Sequence[Any]) -> str | None:
    """Return a constraint that surely fails at the generators' values."""
    ring, system = branch.system.ring, branch.system
    for side, fails in (
        ("equations", lambda v: not v.contains(0)),
        ("weak", lambda v: v < 0),
        ("strict", lambda v: v <= 0),
    ):
        for number, poly in enumerate(getattr(system, side)):
            if fails(as_ball(ring.value(poly, values))):
                return f"{side} {number}: {poly}"
    for number, matrix in enumerate(system.semidefinite):
        floats = np.array([[float(as_ball(ring.value(entry, values)).mid()) for entry in row] for row in matrix])
        if np.linalg.eigvalsh(floats)[0] < -1e-12:
            return f"semidefinite {number}"
    return None


def true_sign(branch: Branch, terms: Any, values: Sequence[Any]) -> int | None:
    value = branch.system.ring.value(branch.poly(terms), values)
    if isinstance(value, fmpq):
        return (value > 0) - (value < 0)
    return 1 if value > 0 else -1 if value < 0 else None


def survives(branch: Branch, point: dict[str, fmpq], divisions: int = 12) -> str | None:
    """Divide a branch by true signs; return what fails at the point on the way, or None."""
    for _ in range(divisions):
        try:
            values = values_at(branch, point)
        except Undecidable as reason:
            return str(reason)
        problem = violated(branch, values)
        if problem is not None:
            return problem
        ring = branch.system.ring
        known = branch.facts.known
        candidates = [
            *branch.system.pending,
            *(ring.terms(g) for g in ring.gens),
            *(ring.terms(g - 1) for g in ring.gens),
        ]
        fresh = [(terms, true_sign(branch, terms, values)) for terms in candidates if terms and terms not in known]
        fresh = [(terms, sign) for terms, sign in fresh if sign is not None]
        if not fresh:
            return None
        branch = branch.with_sign(*fresh[0])  # type: ignore[arg-type]
    return None


def problems(claim: Claim, goal: str, text: str) -> list[str | None]:
    point = point_of(claim, text)
    with precision(256):
        return [survives(Branch.root(claim, case), point) for case in goal_cases(claim, goal)]


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_counterexample_solves_the_system_of_some_case(name: str) -> None:
    found = problems(load_claim(CORPUS / f"{name}.toml"), PROVED, CONTRADICTIONS[name])
    assert None in found, found


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_point_that_meets_the_hypotheses_solves_their_system(name: str) -> None:
    found = problems(load_claim(CORPUS / f"{name}.toml"), VACUOUS, EXAMPLES[name])
    assert (None in found) is (name not in NO_EXAMPLE), found


@pytest.mark.parametrize(
    ("name", "text"),
    [("three-times-product", "1 3"), ("double-well-stationary", "1/2"), ("relu-superadditive", "1 1"), ("dead-relu", "1/2"),
     ("cubic-second-order-false", "1"), ("nearly-stationary-quartic", "1/2"), ("sigmoid-decreasing", "1 0")],
)  # fmt: skip
def test_other_points_do_not(name: str, text: str) -> None:
    assert None not in problems(load_claim(CORPUS / f"{name}.toml"), PROVED, text)


def claim(every: str, objective: str | None, domain: str = "real", **more: Any) -> Claim:
    data = {"id": "s", "parameters": {"x": domain}, "claim": {"every": every, "satisfies": "x > 0"}, **more}
    if objective is not None:
        data["objective"] = {"minimise": objective}
    return claim_from_data(data)


@pytest.mark.parametrize(
    ("every", "domain", "uses"),
    [
        ("point", "real", (False, False, False)), ("stationary point", "real", (True, False, False)),
        ("second-order point", "real", (True, True, False)), ("local minimum", "real", (True, True, True)),
        ("strict local minimum", "[0, 1]", (True, True, True)), ("global minimum", "real", (True, True, True)),
        ("global minimum", "positive", (True, True, True)), ("global minimum", "nonnegative", (False, False, False)),
        ("global minimum", "[0, 1]", (False, False, False)), ("clarke stationary point", "real", (True, False, False)),
    ],
)  # fmt: skip
def test_what_may_be_used_about_the_points(every: str, domain: str, uses: tuple[bool, bool, bool]) -> None:
    stated = claim(every, None if every == "point" else "x**2", domain)
    assert (uses_stationarity(stated), uses_curvature(stated), uses_minimality(stated)) == uses
    assert is_open(stated) is (domain in ("real", "positive"))


def test_generators_of_parameters_know_their_domain() -> None:
    data = {"id": "s", "parameters": {"a": "real", "b": "positive", "c": "nonnegative[2]", "d": "[1, 2]", "e": "[-1, 2]"},
            "claim": {"every": "point", "satisfies": "a > 0"}}  # fmt: skip
    ring = parameter_ring(claim_from_data(data))
    assert ring.names == ("a", "b", "c[0]", "c[1]", "d", "e")
    assert [g.kind for g in ring.generators] == ["real", "positive", "nonnegative", "nonnegative", "positive", "real"]


def test_a_kink_is_pending_and_gives_no_gradient() -> None:
    stated = claim("stationary point", "abs(x) + x**2")
    (case,) = goal_cases(stated, PROVED)
    system = build_system(stated, case, Facts())
    assert not system.smooth
    assert system.equations == ()
    assert system.pending
    ring = system.ring
    for sign in (1, -1):
        divided = build_system(stated, case, Facts().having(ring, ring.gens[0], sign))
        assert divided.smooth
        assert len(divided.equations) == 1
    at_kink = build_system(stated, case, Facts().having(ring, ring.gens[0], 0))
    assert not at_kink.smooth


def test_near_stationarity_is_an_inequality() -> None:
    data = {"id": "s", "parameters": {"x": "real"}, "objective": {"minimise": "x**2"},
            "claim": {"every": "stationary point", "within": "1/3", "satisfies": "x > 0"}}  # fmt: skip
    stated = claim_from_data(data)
    (case,) = goal_cases(stated, PROVED)
    system = build_system(stated, case, Facts())
    assert system.equations == ()
    x = system.ring.gens[0]
    assert any((poly * 9 - (1 - 36 * x * x)).is_zero() for poly in system.weak)
