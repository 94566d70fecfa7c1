"""Exact and ball values of SymPy expressions, so that a SymPy derivation can be checked at a point without rounding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

import flint
import sympy as sp

from verify.errors import Undecidable
from verify.expr.ball import Balls

Scalar = Any
"""``fmpq`` or ``arb``."""

_BALLS = Balls()


def sympy_value(expression: Any, env: Mapping[Any, Scalar]) -> Scalar:
    """Return the value of a SymPy expression, a rational where everything is rational, else a ball.

    Raises:
        Undecidable: a pole, a kink, or a sign the balls do not decide.
        TypeError: a SymPy function that no reading produces.
    """
    if expression.is_Symbol:
        return env[expression]
    if expression.is_Rational:
        return _BALLS.constant(Fraction(int(expression.p), int(expression.q)))
    if isinstance(expression, sp.Piecewise):
        return _piecewise(expression, env)
    rule = _RULES.get(expression.func)
    if rule is None:
        raise TypeError(f"no value for {expression.func.__name__} in {expression}")
    return rule(*(sympy_value(arg, env) for arg in expression.args))


def _piecewise(expression: Any, env: Mapping[Any, Scalar]) -> Scalar:
    for value, condition in expression.args:
        if _holds(condition, env):
            return sympy_value(value, env)
    raise Undecidable("the derivative is taken on a kink")


def _holds(condition: Any, env: Mapping[Any, Scalar]) -> bool:
    if condition in (sp.true, sp.false):
        return bool(condition)
    if condition.func in _CONNECTIVES:
        return _CONNECTIVES[condition.func]([_holds(arg, env) for arg in condition.args])
    left, right = (sympy_value(arg, env) for arg in condition.args)
    sign = _BALLS.sign(left - right)
    return {"<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0, "==": sign == 0, "!=": sign != 0}[
        condition.rel_op
    ]


_CONNECTIVES: dict[Any, Callable[[list[bool]], bool]] = {
    sp.And: all,
    sp.Or: any,
    sp.Not: lambda parts: not parts[0],
}


def _power(base: Scalar, exponent: Scalar) -> Scalar:
    if not isinstance(exponent, flint.fmpq):
        return _BALLS.exp(exponent * _BALLS.log(base))
    if exponent.q == 2:
        return _power(_BALLS.sqrt(base), flint.fmpq(exponent.p))
    if exponent.q != 1:
        return _BALLS.exp(exponent * _BALLS.log(base))
    raised = _BALLS.power(base, abs(int(exponent.p)))
    return _BALLS.div(flint.fmpq(1), raised) if exponent < 0 else raised


def _spike(a: Scalar, *_: Scalar) -> Scalar:
    """Derivatives of sign and Heaviside: zero off the kink."""
    if _BALLS.sign(a) == 0:
        raise Undecidable("the derivative is taken on a kink")
    return flint.fmpq(0)


_RULES: dict[Any, Callable[..., Scalar]] = {
    sp.Add: lambda *parts: reduce(_BALLS.add, parts),
    sp.Mul: lambda *parts: reduce(_BALLS.mul, parts),
    sp.Pow: _power,
    sp.exp: _BALLS.exp,
    sp.log: _BALLS.log,
    sp.tanh: _BALLS.tanh,
    sp.sin: _BALLS.sin,
    sp.cos: _BALLS.cos,
    sp.erf: _BALLS.erf,
    sp.Abs: _BALLS.absolute,
    sp.sign: lambda a: _BALLS.constant(Fraction(_BALLS.sign(a))),
    sp.Max: lambda *parts: reduce(_BALLS.maximum, parts),
    sp.Heaviside: lambda a, *_: _BALLS.step(a),
    sp.DiracDelta: _spike,
    type(sp.pi): flint.arb.pi,
    type(sp.E): lambda: flint.arb(1).exp(),
}
