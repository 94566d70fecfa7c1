"""Replacing symbols by expressions, and Taylor coefficients along a curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import factorial

from verify.expr import build
from verify.expr.derive import gradient
from verify.expr.node import Expr, topological


def substitute(root: Expr, replacements: Mapping[str, Expr]) -> Expr:
    """Return ``root`` with symbols replaced by expressions of the same shape."""
    rebuilt: dict[int, Expr] = {}
    for node in topological(root):
        if node.op == "symbol" and node.attrs in replacements:
            new = replacements[str(node.attrs)]
            if new.shape != node.shape:
                raise ValueError(f"{node.attrs} has shape {node.shape}, its replacement {new.shape}")
            rebuilt[id(node)] = new
        else:
            args = tuple(rebuilt[id(arg)] for arg in node.args)
            same = all(a is b for a, b in zip(args, node.args, strict=True))
            rebuilt[id(node)] = (
                node if same else Expr(node.op, args, attrs=node.attrs, shape=node.shape, kind=node.kind)
            )
    return rebuilt[id(root)]


def curve_coefficients(
    objective: Expr, arrays: Sequence[Expr], velocities: Sequence[Sequence[Expr]], order: int
) -> list[Expr]:
    """Return the Taylor coefficients of t^1 .. t^order of ``objective`` along a polynomial curve, at t = 0.

    The curve is x(t) = x + t*v_1 + t^2*v_2 + ..., with ``velocities[k-1]`` holding v_k for each array of ``arrays``.
    """
    return list(_curve_coefficients(objective, tuple(arrays), tuple(map(tuple, velocities)), order))


@lru_cache(maxsize=256)
def _curve_coefficients(
    objective: Expr, arrays: tuple[Expr, ...], velocities: tuple[tuple[Expr, ...], ...], order: int
) -> tuple[Expr, ...]:
    t = build.symbol("curve parameter")
    moved = {}
    for place, array in enumerate(arrays):
        path = array
        for power, velocity in enumerate(velocities, start=1):
            path = build.add(path, build.mul(build.integer_power(t, power), velocity[place]))
        moved[str(array.attrs)] = path
    value = substitute(objective, moved)
    out = []
    for k in range(1, order + 1):
        (value,) = gradient(value, [t])
        at_zero = substitute(value, {"curve parameter": build.number(0)})
        out.append(build.mul(build.number(Fraction(1, factorial(k))), at_zero))
    return tuple(out)
