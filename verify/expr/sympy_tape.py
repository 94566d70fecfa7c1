"""SymPy's derivative without swelling: scalars that keep a symbol for every intermediate result.

Expanding a network into one scalar formula swells beyond use. A :class:`Tape` names every intermediate scalar
instead; each name has a short SymPy definition, SymPy differentiates these, and the chain rule joins them. It
shares no rule with :mod:`verify.expr.derive` and is what that derivative is compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from verify.expr.sympy_reading import Scalar, Symbolic
from verify.expr.sympy_values import sympy_value


class Tape(Symbolic):
    """A domain whose results are symbols ``t0, t1, ...`` with definitions in terms of earlier symbols."""

    def __init__(self) -> None:
        self.definitions: list[tuple[sp.Symbol, Any]] = []
        self._known: dict[Any, sp.Symbol] = {}
        self._ages: dict[sp.Symbol, int] = {}

    def name(self, expression: Any) -> Scalar:
        """Return the symbol that stands for ``expression``; numbers and symbols stand for themselves."""
        expression = sp.sympify(expression)
        if expression.is_Atom or expression.is_Boolean:
            return expression
        if expression not in self._known:
            symbol = sp.Dummy(f"t{len(self.definitions)}", real=True)
            self._known[expression] = symbol
            self._ages[symbol] = len(self.definitions)
            self.definitions.append((symbol, expression))
        return self._known[expression]

    def _age(self, symbol: sp.Symbol) -> tuple[int, str]:
        """Order symbols by when they were named, so that every run computes in the same order."""
        return self._ages.get(symbol, -1), symbol.name

    def gradient(self, output: Any, wrt: Sequence[sp.Symbol]) -> list[Scalar]:
        """Return the derivatives of ``output`` by one backward sweep over the definitions, taping what it computes."""
        adjoints: dict[Any, list[Any]] = {output: [sp.Integer(1)]}
        for symbol, definition in reversed(self.definitions[:]):
            if symbol not in adjoints:
                continue
            adjoint = self.name(sp.Add(*adjoints[symbol]))
            if adjoint == 0:
                continue
            for source in sorted(definition.free_symbols, key=self._age):
                adjoints.setdefault(source, []).append(self.name(adjoint * definition.diff(source)))
        return [self.name(sp.Add(*adjoints.get(symbol, []))) for symbol in wrt]

    def along(self, slopes: Sequence[Any], direction: Sequence[Fraction]) -> Scalar:
        """Return the inner product of derivatives with a fixed direction."""
        return self.name(sp.Add(*(self.constant(u) * g for u, g in zip(direction, slopes, strict=True))))

    def values(self, results: Sequence[Any], env: Mapping[Any, Any]) -> list[Any]:
        """Return exact or ball values of taped results; ``env`` gives the values of the input symbols."""
        known = dict(env)
        for symbol, definition in self.definitions:
            known[symbol] = sympy_value(definition, known)
        return [sympy_value(sp.sympify(result), known) for result in results]

    # arithmetic: compute, then name

    def add(self, a: Scalar, b: Scalar) -> Scalar:
        return self.name(a + b)

    def sub(self, a: Scalar, b: Scalar) -> Scalar:
        return self.name(a - b)

    def mul(self, a: Scalar, b: Scalar) -> Scalar:
        return self.name(a * b)

    def div(self, a: Scalar, b: Scalar) -> Scalar:
        return self.name(super().div(a, b))

    def power(self, a: Scalar, n: int) -> Scalar:
        return self.name(a**n)

    def exp(self, a: Scalar) -> Scalar:
        return self.name(sp.exp(a))

    def log(self, a: Scalar) -> Scalar:
        return self.name(sp.log(a))

    def sqrt(self, a: Scalar) -> Scalar:
        return self.name(sp.sqrt(a))

    def sin(self, a: Scalar) -> Scalar:
        return self.name(sp.sin(a))

    def cos(self, a: Scalar) -> Scalar:
        return self.name(sp.cos(a))

    def erf(self, a: Scalar) -> Scalar:
        return self.name(sp.erf(a))

    def tanh(self, a: Scalar) -> Scalar:
        return self.name(sp.tanh(a))

    def sigmoid(self, a: Scalar) -> Scalar:
        return self.name(1 / (1 + self.exp(-a)))

    def absolute(self, a: Scalar) -> Scalar:
        return self.name(sp.Abs(a))

    def relu(self, a: Scalar) -> Scalar:
        return self.name(sp.Max(a, 0))

    def maximum(self, a: Scalar, b: Scalar) -> Scalar:
        return self.name(sp.Max(a, b))

    def sum(self, values: Sequence[Scalar]) -> Scalar:
        return self.name(sp.Add(*values))

    def dot(self, left: Sequence[Scalar], right: Sequence[Scalar]) -> Scalar:
        return self.name(sp.Add(*(a * b for a, b in zip(left, right, strict=True))))

    def margins(self, row: Sequence[Scalar]) -> list[Scalar]:
        return [self.name(margin) for margin in super().margins(row)]

    def step(self, a: Scalar) -> Scalar:
        return self.name(super().step(a))

    def signum(self, a: Scalar) -> Scalar:
        return self.name(sp.sign(a))

    def choose(self, condition: Scalar, a: Any, b: Any) -> Any:
        chosen = super().choose(condition, a, b)
        return self.name(chosen) if isinstance(chosen, sp.Basic) else chosen
