"""The SymPy reading: explicit scalars, one SymPy symbol per array entry (``w_0``, ``W_{0,1}``), kinks kept.

Absolute values, maxima and conditions stay symbolic (Abs, Max, Piecewise), so that a formula is read as it stands.
For small sizes only: scalars multiply quickly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import sympy as sp

from verify.errors import Undecidable
from verify.expr.build import positions_of
from verify.expr.evaluate import Domain, evaluate, supports
from verify.expr.node import Expr, Shape, symbols

MAX_SUPPORT = 5
"""Longest row whose sparsemax is written out over all supports."""

Scalar = Any
"""A SymPy expression."""


def entry_symbols(arrays: Sequence[Expr]) -> dict[str, list[sp.Symbol]]:
    """Return real SymPy symbols for the entries of each array symbol, row-major, by the array's name.

    A vector ``w`` gives ``w_0, w_1``, a matrix ``W_{0,0}, ...``; if such a name is already taken by another
    symbol, its entries are called ``w[0]``.
    """
    taken = {str(array.attrs) for array in arrays}
    out = {}
    for array in arrays:
        name = str(array.attrs)
        plain = [_entry_name(name, place) for place in positions_of(array.shape)]
        if array.shape and taken & set(plain):
            plain = [f"{name}{list(place)}".replace(" ", "") for place in positions_of(array.shape)]
        out[name] = [sp.Symbol(entry, real=True) for entry in plain]
    return out


def _entry_name(name: str, place: tuple[int, ...]) -> str:
    if not place:
        return name
    index = ",".join(map(str, place))
    return f"{name}_{index}" if len(place) == 1 else f"{name}_{{{index}}}"


def to_sympy(expression: Expr, env: Mapping[str, Sequence[Scalar]] | None = None) -> Any:
    """Return the entries of ``expression`` as SymPy expressions, nested in lists as its shape says.

    Args:
        expression: what to read.
        env: entries of the symbols; by default :func:`entry_symbols` of all symbols in the expression.

    Raises:
        Undecidable: an entry is undefined everywhere (division by an exact zero), or has no written form.
    """
    known = env if env is not None else entry_symbols(list(symbols(expression).values()))
    return nested(evaluate([expression], known, Symbolic())[0], expression.shape)


def nested(entries: Sequence[Any], shape: Shape) -> Any:
    """Arrange row-major entries in nested lists of this shape."""
    if not shape:
        return entries[0]
    width = prod(shape[1:])
    return [nested(entries[i * width : (i + 1) * width], shape[1:]) for i in range(shape[0])]


class Symbolic(Domain):
    """SymPy expressions as scalars."""

    def constant(self, value: Fraction) -> Scalar:
        return sp.Rational(value.numerator, value.denominator)

    def sign(self, a: Scalar) -> int:
        for answer, known in ((1, a.is_positive), (-1, a.is_negative), (0, a.is_zero)):
            if known:
                return answer
        raise Undecidable(f"the sign of {a} is not decided")

    def add(self, a: Scalar, b: Scalar) -> Scalar:
        return a + b

    def sub(self, a: Scalar, b: Scalar) -> Scalar:
        return a - b

    def mul(self, a: Scalar, b: Scalar) -> Scalar:
        return a * b

    def div(self, a: Scalar, b: Scalar) -> Scalar:
        if b.is_zero:
            raise Undecidable("division by zero")
        return a / b

    def power(self, a: Scalar, n: int) -> Scalar:
        return a**n

    def exp(self, a: Scalar) -> Scalar:
        return sp.exp(a)

    def log(self, a: Scalar) -> Scalar:
        return sp.log(a)

    def sqrt(self, a: Scalar) -> Scalar:
        return sp.sqrt(a)

    def sin(self, a: Scalar) -> Scalar:
        return sp.sin(a)

    def cos(self, a: Scalar) -> Scalar:
        return sp.cos(a)

    def erf(self, a: Scalar) -> Scalar:
        return sp.erf(a)

    def tanh(self, a: Scalar) -> Scalar:
        return sp.tanh(a)

    def sigmoid(self, a: Scalar) -> Scalar:
        return 1 / (1 + sp.exp(-a))

    def inverse_sqrt_pi(self) -> Scalar:
        return 1 / sp.sqrt(sp.pi)

    def absolute(self, a: Scalar) -> Scalar:
        return sp.Abs(a)

    def relu(self, a: Scalar) -> Scalar:
        return sp.Max(a, 0)

    def maximum(self, a: Scalar, b: Scalar) -> Scalar:
        return sp.Max(a, b)

    def sum(self, values: Sequence[Scalar]) -> Scalar:
        return sp.Add(*values)

    def margins(self, row: Sequence[Scalar]) -> list[Scalar]:
        """The threshold is the largest over all supports S of (sum_S - 1)/|S|."""
        if len(row) > MAX_SUPPORT:
            raise Undecidable(f"sparsemax over {len(row)} entries has no short written form")
        threshold = sp.Max(*(self.threshold(row, support) for support in supports(len(row))))
        return [entry - threshold for entry in row]

    def step(self, a: Scalar) -> Scalar:
        return sp.Piecewise((1, a > 0), (0, a < 0))

    def signum(self, a: Scalar) -> Scalar:
        return sp.sign(a)

    def compare(self, relation: str, a: Scalar, b: Scalar) -> Scalar:
        return {"lt": sp.Lt, "le": sp.Le, "eq": sp.Eq, "ne": sp.Ne}[relation](a, b)

    def logical(self, op: str, *conditions: Scalar) -> Scalar:
        return {"and": sp.And, "or": sp.Or, "not": sp.Not}[op](*conditions)

    def choose(self, condition: Scalar, a: Any, b: Any) -> Any:
        if condition in (sp.true, sp.false):
            return a if condition else b
        for branch in (a, b):
            if not isinstance(branch, sp.Basic):  # undefined everywhere: so is the choice, symbolically
                return branch
        return sp.Piecewise((a, condition), (b, True))
