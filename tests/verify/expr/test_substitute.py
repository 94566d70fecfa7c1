"""Replacing symbols, and Taylor coefficients along curves compared with SymPy."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

from verify.expr import build
from verify.expr.numpy_reading import compile_numpy
from verify.expr.parse import parse
from verify.expr.substitute import curve_coefficients, substitute

X, V = build.symbol("x", ()), build.symbol("v", (2,))
NAMES = {"x": X, "v": V}


def test_symbols_are_replaced_everywhere_at_once() -> None:
    expression = parse("x*v[0] + exp(x) + sum(v)", NAMES)
    replaced = substitute(expression, {"x": V[1], "v": build.stack([X, X * X])})
    assert replaced is parse("v[1]*[x, x*x][0] + exp(v[1]) + sum([x, x*x])", NAMES)
    assert substitute(expression, {}) is expression
    assert substitute(expression, {"nobody": X}) is expression


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError):
        substitute(X + 1, {"x": V})


@pytest.mark.parametrize("text", ["x**4 - 2*x", "exp(x)*x", "tanh(2*x) - x**2", "1/(1 + x**2)", "softplus(x)"])
def test_coefficients_along_a_bent_curve(text: str) -> None:
    order, point = 4, Fraction(1, 3)
    velocities = [[build.number(2)], [build.number(Fraction(-1, 2))]]
    found = curve_coefficients(parse(text, NAMES), [X], velocities, order)
    t = sympy.Symbol("t")
    moved = sympy.Rational(1, 3) + 2 * t - t**2 / 2
    function = sympy.sympify(text, locals={"softplus": lambda z: sympy.log(1 + sympy.exp(z))}).subs("x", moved)
    values = compile_numpy(found, [X])(float(point))
    for k, value in enumerate(values, start=1):
        function = sympy.diff(function, t)
        assert abs(float(value) - float(function.subs(t, 0)) / float(sympy.factorial(k))) < 1e-9
