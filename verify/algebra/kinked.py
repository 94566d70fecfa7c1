"""The algebraic reading at kinks: directional derivatives, and the gradients of all pieces that may meet there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from verify.algebra.directional import Directional, Ray
from verify.algebra.reading import AlgebraDomain, Demands
from verify.algebra.ring import Poly, Quotient, Ring, Terms
from verify.algebra.signs import Facts, primitive
from verify.errors import Undecidable
from verify.expr.evaluate import Poison, evaluate, evaluate_partially
from verify.expr.node import Expr

MAX_CHOICES = 5
"""Most polynomials on whose both sides pieces are looked at."""


class NeedsSide(Undecidable):
    """A piece depends on the side of a polynomial that is zero at the point."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        super().__init__("a piece depends on the side of a kink")


class _Sides(AlgebraDomain):
    """Near the point: polynomials that are zero at it have a chosen sign."""

    def __init__(self, ring: Ring, facts: Facts, sides: Mapping[Terms, int]) -> None:
        super().__init__(ring, facts)
        self.sides = sides

    def _known_sign(self, poly: Poly) -> int | None:
        known = super()._known_sign(poly)
        if known != 0:
            return known
        terms, factor = primitive(self.ring, poly)
        if terms not in self.sides:
            raise NeedsSide(terms)
        return self.sides[terms] * factor


def pieces(
    slopes: Sequence[Expr], env: Mapping[str, Sequence[Terms]], ring: Ring, facts: Facts
) -> Iterator[tuple[list[Quotient], Demands]]:
    """Yield the gradient entries of every piece that may meet at the point, with what they demand.

    Every limit of gradients at nearby points is among them: there, the polynomials that are zero at the point have
    some signs (or are zero on a null set, which Clarke's subdifferential ignores).

    Raises:
        Undecidable: a sign is not known, or too many pieces.
    """
    yield from _pieces(slopes, env, ring, facts, {})


def _pieces(
    slopes: Sequence[Expr], env: Mapping[str, Sequence[Terms]], ring: Ring, facts: Facts, sides: dict[Terms, int]
) -> Iterator[tuple[list[Quotient], Demands]]:
    domain = _Sides(ring, facts, sides)
    entries = {name: [Quotient(ring.poly(terms), ring.one) for terms in array] for name, array in env.items()}
    values = [value[0] for value in evaluate_partially(slopes, entries, domain)]
    reasons = [value.reason for value in values if isinstance(value, Poison)]
    for reason in reasons:
        if isinstance(reason, NeedsSide):
            if len(sides) == MAX_CHOICES:
                raise Undecidable("too many pieces meet here")
            for side in (1, -1):
                yield from _pieces(slopes, env, ring, facts, {**sides, reason.terms: side})
            return
    if reasons:
        raise reasons[0]
    yield values, domain.demands_of([values])


def directional_slope(
    root: Expr, env: Mapping[str, Sequence[Terms]], velocity: Mapping[str, Sequence[Fraction]], ring: Ring, facts: Facts
) -> tuple[Quotient, Demands]:
    """Return the one-sided directional derivative of a continuous function, and what it demands.

    Raises:
        Undecidable: a sign is not known.
        Grow: a larger ring is needed.
    """
    domain = AlgebraDomain(ring, facts)
    entries: dict[str, list[Any]] = {
        name: [
            Ray(Quotient(ring.poly(terms), ring.one), ring.constant(pace))
            for terms, pace in zip(array, velocity[name], strict=True)
        ]
        for name, array in env.items()
    }
    ((found,),) = evaluate([root], entries, Directional(domain))
    return found.slope, domain.demands_of([[found.value, found.slope]])
