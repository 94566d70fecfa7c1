"""What is known about polynomials in generators: their signs, and which laws of functions may be used where."""

from __future__ import annotations

from collections.abc import Sequence

from verify.algebra.ring import Generator, Poly, Quotient, Ring, Terms
from verify.algebra.signs import Facts, plain_sign, primitive


def signed(ring: Ring, quotient: Quotient) -> Poly:
    """Return a polynomial with the sign of the quotient (where its denominator is not zero)."""
    plain = plain_sign(ring, quotient.den)
    if plain is not None and plain[1]:
        return quotient.num * plain[0]
    return quotient.num * quotient.den


def known_sign(ring: Ring, facts: Facts, poly: Poly) -> int | None:
    """Return the sign of a polynomial, or of all its factors, where generators or facts tell it."""
    if poly.is_zero():
        return 0
    sign = _direct_sign(ring, facts, poly)
    if sign is not None:
        return sign
    constant, factors = poly.factor()
    out = 1 if constant > 0 else -1
    for factor, exponent in factors:
        sign = _direct_sign(ring, facts, factor)
        if sign is None:
            return None
        out *= sign**exponent
    return out


def _direct_sign(ring: Ring, facts: Facts, poly: Poly) -> int | None:
    plain = plain_sign(ring, poly)
    return plain[0] if plain is not None and plain[1] else facts.lookup(ring, poly)


def monotone_consequences(ring: Ring, facts: Facts, before: Facts | None) -> list[tuple[str, Poly]]:
    """Return what follows from exp being increasing: z and exp(z) - 1 have the same sign.

    With ``before`` given, only what did not follow from those facts already.
    """
    out: list[tuple[str, Poly]] = []
    for generator in ring.generators:
        if generator.kind != "exp":
            continue
        argument = ring.argument(generator)
        excess = Quotient(ring.gens[ring.position[generator.name]] - 1, ring.one)
        for given, other in ((argument, excess), (excess, argument)):
            sign = _quotient_sign(ring, facts, given)
            if sign is None or (before is not None and _quotient_sign(ring, before, given) is not None):
                continue
            poly = signed(ring, other) if sign else other.num
            out.append(("strict", poly * sign) if sign else ("equations", poly))
    return out


def _quotient_sign(ring: Ring, facts: Facts, quotient: Quotient) -> int | None:
    top, bottom = known_sign(ring, facts, quotient.num), known_sign(ring, facts, quotient.den)
    return None if top is None or bottom in (None, 0) else top * bottom


def lawful_generators(ring: Ring, facts: Facts, weak: Sequence[Poly], strict: Sequence[Poly]) -> tuple[bool, ...]:
    """Return, per generator, whether its argument is known to lie in the domain of its function.

    ``weak`` and ``strict`` are constraints of the same branch.
    """
    positive = {terms for terms, factor in (primitive(ring, poly) for poly in strict) if factor > 0}
    nonnegative = positive | {terms for terms, factor in (primitive(ring, poly) for poly in weak) if factor > 0}

    def known(poly: Poly, among: set[Terms], *, strictly: bool) -> bool:
        plain = plain_sign(ring, poly)
        if plain is not None and plain[0] >= 0 and ((plain[1] and plain[0] > 0) or not strictly):
            return True
        terms, factor = primitive(ring, poly)
        return known_sign(ring, facts, poly) == 1 or (factor > 0 and terms in among)

    def lawful(generator: Generator) -> bool:
        if generator.argument is None:
            return True
        argument = ring.argument(generator)
        if not known(argument.den * argument.den, positive, strictly=True):
            return False
        if generator.kind == "log":
            return known(signed(ring, argument), positive, strictly=True)
        return generator.kind != "sqrt" or known(signed(ring, argument), nonnegative, strictly=False)

    return tuple(lawful(generator) for generator in ring.generators)
