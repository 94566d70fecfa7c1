"""Branches keep what was assumed on the way down, and derived constraints hold at the points that are meant."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from flint import fmpq

from verify.branch import Branch, constant_terms
from verify.claim import Claim, claim_from_data
from verify.errors import Undecidable
from verify.expr.ball import as_ball, precision
from verify.system import VACUOUS, goal_cases


def claim(every: str, objective: str, parameters: Any = None) -> Claim:
    return claim_from_data({
        "id": "b", "parameters": parameters or {"x": "real"}, "objective": {"minimise": objective},
        "claim": {"every": every, "satisfies": "x > 7"},
    })  # fmt: skip


def root(stated: Claim) -> Branch:
    (case,) = goal_cases(stated, VACUOUS)
    return Branch.root(stated, case)


def x_terms(power: int = 1, factor: int = 1) -> Any:
    return ((Fraction(factor), (("x", power),)),)


ONE = ((Fraction(1), ()),)


def test_a_sign_becomes_a_fact_and_a_constraint() -> None:
    start = root(claim("stationary point", "x**4"))
    x = start.system.ring.gens[0]
    for sign, side, poly in ((1, "strict", x), (-1, "strict", -x), (0, "equations", x)):
        branch = start.with_sign(x_terms(), sign)
        assert poly in getattr(branch.system, side)
        assert branch.facts.lookup(branch.system.ring, x) == sign
        assert branch.facts.lookup(branch.system.ring, -2 * x) == -sign
    assert start.facts.lookup(start.system.ring, x) is None


def test_derived_constraints_survive_a_new_reading() -> None:
    start = root(claim("stationary point", "abs(x) + x**2"))
    assert start.system.pending
    branch = start.with_derived("weak", x_terms(2)).with_sign(x_terms(), 1)
    x = branch.system.ring.gens[0]
    assert x * x in branch.system.weak
    assert x in branch.system.strict
    assert branch.derived == (("weak", x_terms(2)),)


def test_unknown_generators_are_refused() -> None:
    start = root(claim("stationary point", "x**4"))
    with pytest.raises(Undecidable):
        start.with_sign(((Fraction(1), (("exp(x)", 1),)),), 1)
    with pytest.raises(Undecidable):
        start.poly(((Fraction(1), (("y", 1),)),))


def test_a_sign_carries_over_to_exponentials() -> None:
    branch = root(claim("stationary point", "exp(x) - x")).with_sign(x_terms(), -1)
    ring = branch.system.ring
    e = ring.gens[ring.position["exp(x)"]]
    assert 1 - e in branch.system.strict


@pytest.mark.parametrize("objective", ["x**4 - 2*x**3 + x", "exp(x)*x", "x**2/(1 + x**2)", "tanh(x)**3 - x"])
def test_coefficients_along_a_line_are_those_of_the_taylor_series(objective: str) -> None:
    stated = claim("local minimum", objective)
    branch = root(stated)
    found = branch.curve_coefficients([[ONE]], 4)
    import sympy

    t = sympy.Symbol("x")
    derivative = sympy.sympify(objective)
    with precision(128):
        values = branch.system.ring.enclose({"x": fmpq(1, 3)})
        for order, poly in enumerate(found, start=1):
            derivative = sympy.diff(derivative, t)
            exact = float((derivative / sympy.factorial(order)).subs(t, sympy.Rational(1, 3)))
            value = float(as_ball(branch.system.ring.value(poly, values)).mid())
            assert value * exact > 0 or abs(exact) < 1e-12


def test_only_minima_have_descent_curves() -> None:
    for every in ("stationary point", "second-order point"):
        with pytest.raises(Undecidable):
            root(claim(every, "x**3")).curve_coefficients([[ONE]], 3)
    with pytest.raises(Undecidable):
        root(claim("global minimum", "x**3", {"x": "[0, 1]"})).curve_coefficients([[ONE]], 3)
    branch = root(claim("local minimum", "x**3"))
    for velocities, order in (([], 3), ([[ONE]], 0), ([[ONE]], 9), ([[ONE], [ONE]], 1), ([[ONE, ONE]], 2), ([[]], 2)):
        with pytest.raises(Undecidable):
            branch.curve_coefficients(velocities, order)


def test_a_kink_has_no_taylor_series() -> None:
    branch = root(claim("local minimum", "abs(x)"))
    with pytest.raises(Undecidable):
        branch.curve_coefficients([[ONE]], 2)
    with pytest.raises(Undecidable):
        branch.with_sign(x_terms(), 0).curve_coefficients([[ONE]], 2)
    assert branch.with_sign(x_terms(), 1).curve_coefficients([[ONE]], 1)


def test_curves_of_higher_order_bend() -> None:
    branch = root(claim("local minimum", "(y - x**2)**2", {"x": "real", "y": "real"}))
    straight = branch.curve_coefficients([[ONE, ()]], 2)[1]
    bent = branch.curve_coefficients([[ONE, ()], [(), ONE]], 4)
    with precision(64):
        values = branch.system.ring.enclose({"x": fmpq(0), "y": fmpq(0)})
        assert [branch.system.ring.value(poly, values) for poly in bent] == [0, 0, 0, 0]
        assert branch.system.ring.value(straight, values) == 0


@pytest.mark.parametrize("every", ["global minimum", "local minimum", "stationary point", "second-order point"])
def test_only_global_minima_are_compared(every: str) -> None:
    branch = root(claim(every, "(x - 1)**2", {"x": "[0, 2]"}))
    if every != "global minimum":
        with pytest.raises(Undecidable):
            branch.drop_from([Fraction(1)])
        return
    x = branch.system.ring.gens[0]
    assert branch.drop_from([Fraction(1)]) == -((x - 1) ** 2)
    for point in ([Fraction(3)], [Fraction(-1)], [], [Fraction(1), Fraction(1)]):
        with pytest.raises(Undecidable):
            branch.drop_from(point)


def test_points_at_which_the_objective_may_be_undefined_are_not_compared() -> None:
    with pytest.raises(Undecidable):
        root(claim("global minimum", "1/x + x", {"x": "[-1, 1]"})).drop_from([Fraction(1)])
    with pytest.raises(Undecidable):
        root(claim("global minimum", "x**2", {"x": "positive"})).drop_from([Fraction(0)])


def test_numbers_as_terms() -> None:
    assert constant_terms(Fraction(0)) == ()
    assert constant_terms(Fraction(1, 2)) == ((Fraction(1, 2), ()),)
