"""The expectation of a polynomial of independent finite entries: expand it, and multiply the entries' moments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import fmpq

from verify.chance import TooLarge
from verify.chance.elimination import Effort
from verify.chance.graph import Node
from verify.chance.program import Program
from verify.expr.ball import rational
from verify.laws import Support

Monomial = tuple[tuple[int, int], ...]
"""Pairs of an entry's number and a positive exponent, by number; empty for the constant."""

Polynomial = dict[Monomial, Any]

MAX_TERMS = 1 << 17
"""Most terms of one polynomial."""

COST = 50
"""Elementary operations that the product of two terms counts."""

MAX_DEGREE = 64
"""Largest exponent of one entry."""

MAX_HEIGHT = 1 << 12
"""Longest coefficient, in bits."""


def expectation_of_polynomial(program: Program, supports: Mapping[int, Support], effort: Effort) -> fmpq:
    """Return the exact expectation of a program that only adds, multiplies and takes powers.

    Raises:
        TooLarge: not a polynomial, or too large a one.
    """
    values: list[Polynomial] = []
    for node in program.nodes:
        values.append(_value(node, [values[arg] for arg in node.args], effort))
    moments: dict[tuple[int, int], fmpq] = {}
    whole = fmpq(0)
    for monomial, coefficient in values[program.root].items():
        term = coefficient
        for power in monomial:
            if power not in moments:
                moments[power] = _moment(supports[power[0]], power[1])
            term *= moments[power]
        whole += term
    return whole


def _moment(support: Support, exponent: int) -> fmpq:
    """Return the expectation of an entry's power."""
    parts = zip(support.values, support.weights, strict=True)
    return sum((weight * rational(value) ** exponent for value, weight in parts), fmpq(0)) / support.total


def _value(node: Node, args: list[Polynomial], effort: Effort) -> Polynomial:
    if node.op == "const" and isinstance(node.data, fmpq):
        return {(): node.data}
    if node.op == "entry":
        return {((node.data, 1),): fmpq(1)}
    if node.op == "linear":
        return _combination(node, args, effort)
    if node.op == "mul":
        return _product(args[0], args[1], effort)
    if node.op == "pow" and node.data >= 0:
        out: Polynomial = {(): fmpq(1)}
        for _ in range(node.data):
            out = _product(out, args[0], effort)
        return out
    raise TooLarge(f"the expression is not a polynomial: it contains {node.op}")


def _combination(node: Node, args: list[Polynomial], effort: Effort) -> Polynomial:
    out: Polynomial = {(): node.data.constant}
    for coefficient, part in zip(node.data.coefficients, args, strict=True):
        effort.spend(COST * len(part))
        for monomial, value in part.items():
            out[monomial] = out.get(monomial, fmpq(0)) + coefficient * value
    return _limited(out)


def _product(a: Polynomial, b: Polynomial, effort: Effort) -> Polynomial:
    out: Polynomial = {}
    for left, x in a.items():
        effort.spend(COST * len(b))
        if len(out) > MAX_TERMS:
            raise TooLarge(f"the polynomial has more than {MAX_TERMS} terms")
        for right, y in b.items():
            monomial = _times(left, right)
            out[monomial] = out.get(monomial, fmpq(0)) + x * y
    return _limited(out)


def _times(a: Monomial, b: Monomial) -> Monomial:
    exponents = dict(a)
    for entry, exponent in b:
        exponents[entry] = exponents.get(entry, 0) + exponent
    return tuple(sorted(exponents.items()))


def _limited(polynomial: Polynomial) -> Polynomial:
    if len(polynomial) > MAX_TERMS:
        raise TooLarge(f"the polynomial has more than {MAX_TERMS} terms")
    for monomial, value in polynomial.items():
        if value.height_bits() > MAX_HEIGHT or any(exponent > MAX_DEGREE for _, exponent in monomial):
            raise TooLarge("the polynomial has too high powers or too long numbers")
    return polynomial
