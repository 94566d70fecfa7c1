"""Bounds of generators that a system's linear constraints give, and ranges of polynomials within them."""

from __future__ import annotations

from typing import Any

from flint import arb, fmpq

from verify.algebra.ring import Poly
from verify.errors import Undecidable
from verify.expr.ball import Balls, ball_between
from verify.system import System

RANGE_PRECISION = 64
"""Working precision of range computations, in bits."""


def parameter_bounds(system: System) -> list[tuple[fmpq | None, fmpq | None]]:
    """Return, per generator, the best lower and upper limits among constraints of the form a*x + b >= 0."""
    ring = system.ring
    limits: list[list[Any]] = [[None, None] for _ in ring.gens]
    for poly in (*system.weak, *system.strict):
        found = _single(poly)
        if found is None:
            continue
        place, slope, constant = found
        limit = -constant / slope
        side = 0 if slope > 0 else 1
        known = limits[place][side]
        if known is None or ((limit > known) if side == 0 else (limit < known)):
            limits[place][side] = limit
    return [(low, high) for low, high in limits]


def _single(poly: Poly) -> tuple[int, fmpq, fmpq] | None:
    """Return (generator, slope, constant) of a polynomial a*x + b in one generator."""
    if len(poly) > 2 or poly.is_zero() or poly.total_degree() != 1:
        return None
    place, slope, constant = None, fmpq(0), fmpq(0)
    for exponents, coefficient in poly.to_dict().items():
        if sum(exponents) == 0:
            constant = coefficient
        elif place is None:
            place, slope = next(i for i, e in enumerate(exponents) if e), coefficient
        else:
            return None
    return None if place is None else (place, slope, constant)


def generator_ranges(system: System) -> list[Any]:
    """Return a ball around the range of each generator.

    Raises:
        Undecidable: some generator is unbounded.
    """
    balls = Balls()
    ranges: list[Any] = []
    for generator, (low, high) in zip(system.ring.generators, parameter_bounds(system), strict=True):
        if generator.argument is not None:
            top, bottom = (system.ring.value(system.ring.poly(part), ranges) for part in generator.argument)
            function = getattr(balls, "inverse_sqrt_pi" if generator.kind == "inverse_sqrt_pi" else generator.kind)
            ranges.append(function() if generator.kind == "inverse_sqrt_pi" else function(balls.div(top, bottom)))
        elif low is None or high is None:
            raise Undecidable(f"{generator.name} is unbounded")
        elif low > high:
            ranges.append(arb(low))  # no value at all: whatever follows holds
        else:
            ranges.append(ball_between(low, high))
    return ranges


def range_of(system: System, poly: Poly) -> Any:
    """Return a ball around the range of a polynomial within the bounds of the generators."""
    return system.ring.value(poly, generator_ranges(system))
