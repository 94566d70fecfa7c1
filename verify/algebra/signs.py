"""Signs of polynomials that are plain from the signs of generators, or known from a case distinction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from verify.algebra.ring import NONNEGATIVE_KINDS, POSITIVE_KINDS, Poly, Ring, Terms


@dataclass(frozen=True)
class Facts:
    """Signs of polynomials, fixed along one branch of a case distinction.

    Keys are primitive polynomials (integer coefficients without common factor, first one positive) as ring-free terms.
    """

    known: Mapping[Terms, int] = field(default_factory=dict)

    def having(self, ring: Ring, poly: Poly, sign: int) -> Facts:
        """Return the facts with one more: ``poly`` has this sign."""
        terms, factor = primitive(ring, poly)
        return Facts({**self.known, terms: sign * factor})

    def lookup(self, ring: Ring, poly: Poly) -> int | None:
        """Return the known sign of ``poly``, else None."""
        terms, factor = primitive(ring, poly)
        known = self.known.get(terms)
        return None if known is None else known * factor


def primitive(ring: Ring, poly: Poly) -> tuple[Terms, int]:
    """Return the primitive multiple of ``poly`` and the sign of the factor taken out."""
    terms = ring.terms(poly)
    if not terms:
        return terms, 1
    from fractions import Fraction
    from math import gcd, lcm

    bottom = lcm(*(c.denominator for c, _ in terms))
    top = gcd(*(int(c * bottom) for c, _ in terms))
    factor = Fraction(bottom, top) * (1 if terms[0][0] > 0 else -1)
    return tuple((c * factor, powers) for c, powers in terms), (1 if factor > 0 else -1)


def plain_sign(ring: Ring, poly: Poly) -> tuple[int, bool] | None:
    """Return (sign, strict) where all terms plainly agree in sign; (1, False) means nonnegative. None otherwise.

    A term is plain when every generator in it is positive, nonnegative, or has an even exponent; the sum is strict
    when one of its terms is.
    """
    if poly.is_zero():
        return 0, True
    signs: set[int] = set()
    strict = False
    for exponents, coefficient in poly.to_dict().items():
        term_strict = _plain_term(ring, exponents)
        if term_strict is None:
            return None
        strict = strict or term_strict
        signs.add(1 if coefficient > 0 else -1)
    return (signs.pop(), strict) if len(signs) == 1 else None


def _plain_term(ring: Ring, exponents: Iterable[int]) -> bool | None:
    """Return whether a monomial is positive (True), nonnegative (False), or neither plainly (None)."""
    strict = True
    for generator, exponent in zip(ring.generators, exponents, strict=False):
        if not exponent or generator.kind in POSITIVE_KINDS:
            continue
        if exponent % 2 and generator.kind not in NONNEGATIVE_KINDS:
            return None
        strict = False
    return strict
