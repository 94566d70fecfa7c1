"""Polynomials over Q in *generators*: parameters, and one symbol for every function value that is not rational.

``exp(q*k)`` becomes a generator E > 0, ``sqrt(u)`` a generator r >= 0 with r**2 = u, and so on. What holds for
all admissible values of the generators holds for the functions they stand for. A generator is identified by its name,
which spells out what it means, so that data written against one ring can be read in a larger one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from verify.errors import Undecidable
from verify.expr.ball import Balls, Scalar, as_ball, fraction, rational

Poly = Any
"""``fmpq_mpoly`` of the ring's context."""

Terms = tuple[tuple[Fraction, tuple[tuple[str, int], ...]], ...]
"""A polynomial independent of any ring: (coefficient, ((generator name, exponent), ...)) in a canonical order."""

POSITIVE_KINDS = frozenset(("positive", "exp", "inverse_sqrt_pi"))
NONNEGATIVE_KINDS = POSITIVE_KINDS | {"nonnegative", "sqrt"}

MAX_GENERATORS = 60
"""Largest number of generators of one ring."""


@dataclass(frozen=True)
class Generator:
    """One symbol: a parameter entry (kind real, positive or nonnegative) or a function of earlier ones.

    For a function, ``argument`` is (numerator, denominator) of what it is applied to.
    """

    name: str
    kind: str
    argument: tuple[Terms, Terms] | None = None


NONE: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Quotient:
    """``num/den`` without common factor, the denominator with leading coefficient one.

    ``demands`` numbers the conditions under which the value is defined; who reads expressions keeps the list. They
    travel with the value, so that a part of a formula that is not used demands nothing.
    """

    num: Poly
    den: Poly
    demands: frozenset[int] = NONE

    @property
    def is_polynomial(self) -> bool:
        """Whether the denominator is constant."""
        return bool(self.den.is_constant())


class Ring:
    """The polynomial ring over a fixed list of generators; a larger ring is a new value."""

    def __init__(self, generators: Sequence[Generator]) -> None:
        if len(generators) > MAX_GENERATORS:
            raise Undecidable(f"more than {MAX_GENERATORS} generators")
        self.generators = tuple(generators)
        self.names = tuple(generator.name for generator in generators)
        self.position = {name: place for place, name in enumerate(self.names)}
        self.ctx = fmpq_mpoly_ctx.get(self.names or ("unused",), Ordering.degrevlex)
        self.gens: tuple[Poly, ...] = tuple(self.ctx.gens()[: len(self.names)])
        self.zero, self.one = self.ctx.constant(0), self.ctx.constant(1)

    def extended(self, generator: Generator) -> Ring:
        """Return the ring with one more generator."""
        return Ring((*self.generators, generator))

    # --- conversion -------------------------------------------------------------------------------------------

    def constant(self, value: Fraction | int) -> Quotient:
        """Return a number as an element."""
        return Quotient(self.ctx.constant(rational(Fraction(value))), self.one)

    def generator(self, name: str) -> Quotient:
        """Return a generator as an element."""
        return Quotient(self.gens[self.position[name]], self.one)

    def terms(self, poly: Poly) -> Terms:
        """Return a polynomial independent of the ring, in a canonical order."""
        out = []
        for exponents, coefficient in poly.to_dict().items():
            powers = sorted((self.names[i], int(e)) for i, e in enumerate(exponents) if e)
            out.append((fraction(coefficient), tuple(powers)))
        return tuple(sorted(out, key=lambda term: term[1]))

    def poly(self, terms: Terms) -> Poly:
        """Return the polynomial that ``terms`` describe.

        Raises:
            KeyError: a generator this ring does not have.
        """
        data: dict[tuple[int, ...], fmpq] = {}
        for coefficient, powers in terms:
            exponents = [0] * max(len(self.names), 1)
            for name, exponent in powers:
                exponents[self.position[name]] += exponent
            key = tuple(exponents)
            data[key] = data.get(key, fmpq(0)) + rational(coefficient)
        return self.ctx.from_dict(data)

    # --- arithmetic -------------------------------------------------------------------------------------------

    def quotient(self, num: Poly, den: Poly, demands: frozenset[int] = NONE) -> Quotient:
        """Return ``num/den`` in lowest terms.

        Raises:
            Undecidable: the denominator is the zero polynomial.
        """
        if den.is_zero():
            raise Undecidable("a denominator is identically zero")
        if not den.is_constant():
            common = num.gcd(den)
            if not common.is_constant():
                num, den = divmod(num, common)[0], divmod(den, common)[0]
        lead = den.leading_coefficient()
        return Quotient(num / lead, den / lead, demands)

    def add(self, a: Quotient, b: Quotient) -> Quotient:
        """Return a + b."""
        demands = a.demands | b.demands
        if a.den == b.den:
            total = a.num + b.num
            return Quotient(total, a.den, demands) if a.is_polynomial else self.quotient(total, a.den, demands)
        return self.quotient(a.num * b.den + b.num * a.den, a.den * b.den, demands)

    def mul(self, a: Quotient, b: Quotient) -> Quotient:
        """Return a*b."""
        demands = a.demands | b.demands
        if a.is_polynomial and b.is_polynomial:
            return Quotient(a.num * b.num, self.one, demands)
        return self.quotient(a.num * b.num, a.den * b.den, demands)

    def neg(self, a: Quotient) -> Quotient:
        """Return -a."""
        return Quotient(-a.num, a.den, a.demands)

    def sub(self, a: Quotient, b: Quotient) -> Quotient:
        """Return a - b."""
        return self.add(a, self.neg(b))

    def div(self, a: Quotient, b: Quotient) -> Quotient:
        """Return a/b."""
        return self.quotient(a.num * b.den, a.den * b.num, a.demands | b.demands)

    def power(self, a: Quotient, n: int) -> Quotient:
        """Return a**n for n >= 0."""
        return Quotient(a.num**n, a.den**n, a.demands)

    def sum(self, values: Sequence[Quotient]) -> Quotient:
        """Return the sum."""
        return reduce(self.add, values, self.constant(0))

    def argument(self, generator: Generator) -> Quotient:
        """Return what a function generator is applied to."""
        if generator.argument is None:
            raise TypeError(f"{generator.name} is a parameter")
        return self.quotient(*(self.poly(part) for part in generator.argument))

    # --- values -----------------------------------------------------------------------------------------------

    def enclose(self, point: Mapping[str, Scalar]) -> list[Scalar]:
        """Return the value of every generator at a point given by its parameters (rationals or balls)."""
        balls = Balls()
        values: list[Scalar] = []
        for generator in self.generators:
            if generator.argument is None:
                values.append(point[generator.name])
                continue
            top, bottom = (self.value(self.poly(part), values) for part in generator.argument)
            values.append(apply(generator.kind, balls.div(top, bottom)))
        return values

    def value(self, poly: Poly, values: Sequence[Scalar]) -> Scalar:
        """Return a polynomial at generator values (a prefix of the generators suffices if no other occurs)."""
        total: Scalar = fmpq(0)
        for exponents, coefficient in poly.to_dict().items():
            term: Scalar = coefficient
            for place, exponent in enumerate(exponents):
                if exponent:
                    term = term * Balls().power(values[place], int(exponent))
            total = total + term
        return total


def apply(kind: str, x: Scalar) -> Scalar:
    """Return the function that a kind of generator stands for, at a rational or a ball.

    Raises:
        Undecidable: the argument is not surely in the function's domain.
    """
    return _FUNCTION[kind](Balls(), x)


def fraction_of(poly: Poly) -> Fraction:
    """Return a constant polynomial as a number."""
    return Fraction(0) if poly.is_zero() else fraction(poly.leading_coefficient())


_FUNCTION: dict[str, Any] = {
    "exp": lambda balls, x: balls.exp(x),
    "log": lambda balls, x: balls.log(x),
    "sqrt": lambda balls, x: balls.sqrt(x),
    "sin": lambda balls, x: balls.sin(x),
    "cos": lambda balls, x: balls.cos(x),
    "erf": lambda balls, x: balls.erf(x),
    "inverse_sqrt_pi": lambda balls, x: balls.inverse_sqrt_pi(),
}


def enclosing_rationals(value: Scalar, bits: int = 64) -> tuple[Fraction, Fraction]:
    """Return rational bounds of a ball, rounded outward to about ``bits`` binary digits."""
    if isinstance(value, fmpq):
        return fraction(value), fraction(value)
    ball = as_ball(value)
    low, high = (_dyadic(end) for end in (ball.lower(), ball.upper()))
    scale = 1 << bits
    return Fraction(low * scale // 1, scale), Fraction(-(-high * scale // 1), scale)


def _dyadic(end: Any) -> Fraction:
    mantissa, exponent = end.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
