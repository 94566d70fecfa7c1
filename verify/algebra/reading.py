"""The algebraic reading: expressions as quotients of polynomials in generators.

Where an expression has a kink (abs, relu, maximum, comparisons in ``where``), the reading needs the sign of a
polynomial. It takes it from the signs of generators or from the facts of the current case; otherwise the scalar is
undecided and :class:`NeedsSign` names the polynomial whose sign would help.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

from verify.algebra.ring import Generator, Poly, Quotient, Ring, Terms, fraction_of
from verify.algebra.signs import Facts, plain_sign
from verify.errors import Undecidable
from verify.expr.evaluate import Domain, evaluate_partially
from verify.expr.node import Expr

T = TypeVar("T")

MAX_MULTIPLE = 8
"""Largest multiple of an angle that is written as a polynomial in its sine and cosine."""

MAX_PRIME = 1000
"""Logarithms of numbers are split into those of primes up to this."""

MAX_DEGREE = 60
"""Highest power of an exponential that is written as a power of a finer one."""


class NeedsSign(Undecidable):
    """The sign of ``poly`` (ring-free) decides which piece of a formula applies."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        super().__init__("the formula has a kink here; the sign of a polynomial is needed")


class Grow(Exception):
    """The reading needs a ring with this generator (or with this exponential made finer)."""

    def __init__(self, ring: Ring) -> None:
        self.ring = ring


@dataclass(frozen=True)
class Demands:
    """What must hold for values that were read to be defined: quotients that are positive, nonnegative or nonzero.

    ``touched_zero``: a case 'this polynomial is zero' chose a piece somewhere; then the values are not those of a
    neighbourhood.
    """

    positive: tuple[Quotient, ...] = ()
    nonnegative: tuple[Quotient, ...] = ()
    nonzero: tuple[Poly, ...] = ()
    touched_zero: bool = False


class AlgebraDomain(Domain):
    """Scalars are quotients of one ring; signs come from generators and facts."""

    def __init__(self, ring: Ring, facts: Facts) -> None:
        self.ring = ring
        self.facts = facts
        self.demanded: list[tuple[str, Quotient]] = []
        self.touched_zero = False

    def demands_of(self, values: Sequence[Sequence[Any]]) -> Demands:
        """Return what the values (not the failed ones, and nothing else that was computed) demand."""
        numbers = sorted({n for row in values for v in row if isinstance(v, Quotient) for n in v.demands})
        found: dict[str, list[Any]] = {"positive": [], "nonnegative": [], "nonzero": []}
        for number in numbers:
            kind, quotient = self.demanded[number]
            found[kind].append(quotient.num if kind == "nonzero" else quotient)
        return Demands(
            tuple(found["positive"]), tuple(found["nonnegative"]), tuple(found["nonzero"]), self.touched_zero
        )

    def _demanding(self, value: Quotient, kind: str, quotient: Quotient) -> Quotient:
        """Return ``value`` with one more demand."""
        self.demanded.append((kind, quotient))
        return Quotient(value.num, value.den, value.demands | quotient.demands | {len(self.demanded) - 1})

    def constant(self, value: Fraction) -> Quotient:
        return self.ring.constant(value)

    def add(self, a: Quotient, b: Quotient) -> Quotient:
        return self.ring.add(a, b)

    def sub(self, a: Quotient, b: Quotient) -> Quotient:
        return self.ring.sub(a, b)

    def mul(self, a: Quotient, b: Quotient) -> Quotient:
        return self.ring.mul(a, b)

    def power(self, a: Quotient, n: int) -> Quotient:
        return self.ring.power(a, n)

    def div(self, a: Quotient, b: Quotient) -> Quotient:
        if b.num.is_zero():
            raise Undecidable("a denominator is identically zero")
        sign = plain_sign(self.ring, b.num)
        value = self.ring.div(a, b)
        return value if sign is not None and sign[1] else self._demanding(value, "nonzero", b)

    def sign(self, a: Quotient) -> int:
        return self._poly_sign(a.num) * self._poly_sign(a.den)

    def _poly_sign(self, poly: Poly) -> int:
        if poly.is_constant():
            lead = poly.leading_coefficient() if not poly.is_zero() else 0
            return (lead > 0) - (lead < 0)
        known = self._known_sign(poly)
        if known is not None:
            return known
        constant, factors = poly.factor()
        out = 1 if constant > 0 else -1
        for factor, exponent in factors:
            sign = self._known_sign(factor)
            if sign is None:
                raise NeedsSign(self.ring.terms(factor))
            out *= sign**exponent
        return out

    def _known_sign(self, poly: Poly) -> int | None:
        plain = plain_sign(self.ring, poly)
        if plain is not None and plain[1]:
            return plain[0]
        known = self.facts.lookup(self.ring, poly)
        if known == 0:
            self.touched_zero = True
        return known

    # --- functions that may need a new generator -----------------------------------------------------------------

    def exp(self, a: Quotient) -> Quotient:
        """exp of a sum is a product over its terms; each term c*m is a power of one generator exp(u*m)."""
        out = self.ring.one, self.ring.one
        for coefficient, powers in self.ring.terms(a.num):
            out = self._times_exponential(out, coefficient, powers, a.den)
        return self.ring.quotient(*out, a.demands)

    def _times_exponential(
        self, value: tuple[Poly, Poly], coefficient: Fraction, powers: Any, den: Poly
    ) -> tuple[Poly, Poly]:
        num, bottom = value
        if den.is_constant() and len(powers) == 1 and powers[0][1] == 1 and coefficient.denominator == 1:
            generator = self.ring.generators[self.ring.position[powers[0][0]]]
            if generator.kind == "log":  # exp(c*log(u)) = u**c
                base = self.ring.power(self.ring.argument(generator), abs(int(coefficient)))
                top, low = (base.num, base.den) if coefficient > 0 else (base.den, base.num)
                return num * top, bottom * low
        name, unit = self._exponential(coefficient, powers, self.ring.terms(den))
        count = int(coefficient / unit)
        if abs(count) > MAX_DEGREE:
            raise Undecidable(f"the exponentials differ by a factor of {count}")
        grown = self.ring.gens[self.ring.position[name]] ** abs(count)
        return (num * grown, bottom) if count > 0 else (num, bottom * grown)

    def _exponential(self, coefficient: Fraction, powers: Any, den: Terms) -> tuple[str, Fraction]:
        """Return the generator exp(unit*monomial/den), asking for it, or for a finer one, when needed."""
        for generator in self.ring.generators:
            if generator.kind != "exp" or generator.argument is None or generator.argument[1] != den:
                continue
            (unit, monomial), *_ = generator.argument[0]
            if monomial == powers:
                if (coefficient / unit).denominator == 1:
                    return generator.name, unit
                finer = _gcd(coefficient, unit)
                raise Grow(self._replaced(generator, self._exponential_generator(finer, powers, den)))
        raise Grow(self.ring.extended(self._exponential_generator(abs(coefficient), powers, den)))

    def _exponential_generator(self, unit: Fraction, powers: Any, den: Terms) -> Generator:
        argument = (((unit, powers),), den)
        return Generator(f"exp({spell(argument)})", "exp", argument)

    def _replaced(self, old: Generator, new: Generator) -> Ring:
        """Return the ring with a finer exponential and without the generators that came after the coarse one."""
        place = self.ring.position[old.name]
        dropped = {old.name}
        later = []
        for generator in self.ring.generators[place + 1 :]:
            if _mentions(generator, dropped):
                dropped.add(generator.name)
            else:
                later.append(generator)
        return Ring((*self.ring.generators[:place], new, *later))

    def log(self, a: Quotient) -> Quotient:
        """log of a product of plainly positive factors is the sum of their logarithms; log(exp(u)) is u."""
        if a.num == a.den:
            return self._number(0, a)
        parts = positive_factors(self.ring, a)
        if parts is None or (len(parts) == 1 and parts[0][1] == 1 and not self._is_exponential(a.num)):
            return self._demanding(self._function("log", a), "positive", a)
        total = self.ring.constant(0)
        for factor, power in parts:
            total = self.ring.add(total, self.ring.mul(self.ring.constant(power), self._log_of_factor(factor)))
        return Quotient(total.num, total.den, a.demands)

    def _log_of_factor(self, factor: Poly) -> Quotient:
        if self._is_exponential(factor):
            return self.ring.argument(self.ring.generators[self.ring.gens.index(factor)])
        return self._function("log", Quotient(factor, self.ring.one))

    def _is_exponential(self, poly: Poly) -> bool:
        return poly in self.ring.gens and self.ring.generators[self.ring.gens.index(poly)].kind == "exp"

    def sqrt(self, a: Quotient) -> Quotient:
        """sqrt(n/d) = sqrt(n*d)/|d|; a square comes out as its absolute value."""
        radicand = a.num * a.den
        if radicand.is_zero():
            return Quotient(radicand, self.ring.one, a.demands)
        try:
            root = radicand.sqrt()
        except Exception:
            root = None
        bottom = self.absolute(Quotient(a.den, self.ring.one, a.demands))
        if root is not None and root * root == radicand:
            return self.ring.div(self.absolute(Quotient(root, self.ring.one)), bottom)
        inner = Quotient(radicand, self.ring.one, a.demands)
        return self._demanding(self.ring.div(self._function("sqrt", inner), bottom), "nonnegative", inner)

    def sin(self, a: Quotient) -> Quotient:
        return self._rotation(a)[1]

    def cos(self, a: Quotient) -> Quotient:
        return self._rotation(a)[0]

    def _rotation(self, a: Quotient) -> tuple[Quotient, Quotient]:
        """Cosine and sine of a sum by the addition theorem; each term is a multiple of one generator's angle."""
        ring = self.ring
        cosine, sine = ring.one, ring.zero
        for coefficient, powers in ring.terms(a.num):
            c, s = self._term_rotation(coefficient, powers, ring.terms(a.den))
            cosine, sine = cosine * c - sine * s, sine * c + cosine * s
        return Quotient(cosine, ring.one, a.demands), Quotient(sine, ring.one, a.demands)

    def _term_rotation(self, coefficient: Fraction, powers: Any, den: Terms) -> tuple[Poly, Poly]:
        unit, names = self._angle(coefficient, powers, den)
        c, s = (self.ring.gens[self.ring.position[name]] for name in names)
        count = int(coefficient / unit)
        cosine, sine = self.ring.one, self.ring.zero
        for _ in range(abs(count)):
            cosine, sine = cosine * c - sine * s, sine * c + cosine * s
        return cosine, sine if count >= 0 else -sine

    def _angle(self, coefficient: Fraction, powers: Any, den: Terms) -> tuple[Fraction, tuple[str, str]]:
        """Return the angle of which a term is a small multiple, with its two generators; ask for them when needed."""
        for generator in self.ring.generators:
            if generator.kind != "sin" or generator.argument is None or generator.argument[1] != den:
                continue
            terms = generator.argument[0]
            if len(terms) != 1 or terms[0][1] != powers:
                continue
            unit = terms[0][0]
            names = ("cos" + generator.name[3:], generator.name)
            ratio = coefficient / unit
            if ratio.denominator == 1 and abs(ratio) <= MAX_MULTIPLE:
                return unit, names
            finer = _gcd(coefficient, unit)
            if abs(unit / finer) <= MAX_MULTIPLE and abs(coefficient / finer) <= MAX_MULTIPLE:
                raise Grow(self._finer_angle(names, _angle_generators(finer, powers, den)))
        fresh = _angle_generators(abs(coefficient), powers, den)
        raise Grow(self.ring.extended(fresh[0]).extended(fresh[1]))

    def _finer_angle(self, old: tuple[str, str], new: Sequence[Generator]) -> Ring:
        """Return the ring with finer angles in the place of coarse ones, and without what depended on these."""
        place = min(self.ring.position[name] for name in old)
        dropped = set(old)
        later = []
        for generator in self.ring.generators[place:]:
            if generator.name in dropped:
                continue
            if _mentions(generator, dropped):
                dropped.add(generator.name)
            else:
                later.append(generator)
        return Ring((*self.ring.generators[:place], *new, *later))

    def erf(self, a: Quotient) -> Quotient:
        """erf is odd: of an argument and its negative, only one becomes a generator."""
        if a.num.is_zero():
            return self._number(0, a)
        if self.ring.terms(a.num)[0][0] > 0:
            return self._function("erf", a)
        return self.ring.neg(self._function("erf", self.ring.neg(a)))

    def relu(self, a: Quotient) -> Quotient:
        return a if self.sign(a) > 0 else self._number(0, a)

    def step(self, a: Quotient) -> Quotient:
        return self._number(int(super().step(a).num == self.ring.one), a)

    def maximum(self, a: Quotient, b: Quotient) -> Quotient:
        chosen = a if self.sign(self.sub(a, b)) >= 0 else b
        return Quotient(chosen.num, chosen.den, a.demands | b.demands)

    def _number(self, value: int, source: Quotient) -> Quotient:
        """Return a number that was found by looking at ``source``, and is defined only where that is."""
        return Quotient(self.ring.ctx.constant(value), self.ring.one, source.demands)

    def inverse_sqrt_pi(self) -> Quotient:
        return self._function("inverse_sqrt_pi", self.ring.constant(1))

    def _function(self, kind: str, a: Quotient) -> Quotient:
        argument = (self.ring.terms(a.num), self.ring.terms(a.den))
        name = f"{kind}({spell(argument)})"
        if name not in self.ring.position:
            raise Grow(self.ring.extended(Generator(name, kind, argument)))
        return Quotient(self.ring.generator(name).num, self.ring.one, a.demands)


def read(
    roots: Sequence[Expr], env: Mapping[str, Sequence[Terms]], ring: Ring, facts: Facts
) -> tuple[list[list[Any]], Demands]:
    """Return the entries of each expression as quotients (or Poison), and what their definedness demands.

    ``env`` gives each symbol's entries as ring-free polynomials.

    Raises:
        Grow: a larger ring is needed; start again with it.
    """
    domain = AlgebraDomain(ring, facts)
    entries = {name: [Quotient(ring.poly(terms), ring.one) for terms in array] for name, array in env.items()}
    values = evaluate_partially(roots, entries, domain)
    return values, domain.demands_of(values)


def growing(work: Callable[[Ring], T], ring: Ring) -> T:
    """Return ``work(ring)``, started again in a larger ring as often as the work asks for one."""
    while True:
        try:
            return work(ring)
        except Grow as request:
            ring = request.ring


def spell(argument: tuple[Terms, Terms]) -> str:
    """Return a quotient as text that identifies it."""
    top, bottom = (_spell_terms(part) for part in argument)
    return top if bottom == "1" else f"({top})/({bottom})"


def _spell_terms(terms: Terms) -> str:
    return " + ".join(_spell_term(*term) for term in terms) or "0"


def _spell_term(coefficient: Fraction, powers: tuple[tuple[str, int], ...]) -> str:
    factors = [name if exponent == 1 else f"{name}**{exponent}" for name, exponent in powers]
    if coefficient != 1 or not factors:
        factors.insert(0, str(coefficient))
    return "*".join(factors)


def positive_factors(ring: Ring, a: Quotient) -> list[tuple[Poly, int]] | None:
    """Return ``a`` as a product of powers of polynomials and numbers that are plainly positive, else None."""
    out: list[tuple[Poly, int]] = []
    content = Fraction(1)
    for poly, direction in ((a.num, 1), (a.den, -1)):
        if poly.is_zero():
            return None
        constant, factors = poly.factor()
        scale = fraction_of(ring.ctx.constant(constant))
        for factor, power in factors:
            plain = plain_sign(ring, factor)
            if plain is None or not plain[1] or not plain[0]:
                return None
            scale *= plain[0] ** int(power)
            out.append((factor * plain[0], direction * int(power)))
        content *= scale**direction
    if content <= 0:
        return None
    for number, direction in ((content.numerator, 1), (content.denominator, -1)):
        out += [(ring.ctx.constant(prime), direction * power) for prime, power in _prime_powers(number)]
    return out


def _prime_powers(number: int) -> list[tuple[int, int]]:
    """Return the small primes of a positive integer with their powers, and what is left over with power one."""
    out = []
    for candidate in range(2, MAX_PRIME):
        power = 0
        while number % candidate == 0:
            number //= candidate
            power += 1
        if power:
            out.append((candidate, power))
    return out if number == 1 else [*out, (number, 1)]


def _angle_generators(unit: Fraction, powers: Any, den: Terms) -> tuple[Generator, Generator]:
    argument = (((unit, powers),), den)
    return Generator(f"cos({spell(argument)})", "cos", argument), Generator(f"sin({spell(argument)})", "sin", argument)


def _mentions(generator: Generator, names: set[str]) -> bool:
    return generator.argument is not None and any(
        used in names for part in generator.argument for _, powers in part for used, _ in powers
    )


def _gcd(a: Fraction, b: Fraction) -> Fraction:
    """Return the largest rational of which both are integer multiples."""
    from math import gcd, lcm

    bottom = lcm(a.denominator, b.denominator)
    return Fraction(gcd(int(a * bottom), int(b * bottom)), bottom)
