"""Real roots of rational polynomials, enclosed and counted by FLINT."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import fmpq_poly, fmpz_poly

from verify.errors import Rejected


def horner(poly: fmpq_poly, x: Any) -> Any:
    """Return a polynomial at a ball."""
    total = x * 0
    for coefficient in reversed(poly.coeffs()):
        total = total * x + coefficient
    return total


def real_roots(poly: fmpq_poly) -> list[Any]:
    """Return disjoint balls, one around each distinct real root, in increasing order.

    Raises:
        Rejected: it is not clear which roots are real.
    """
    free = fmpz_poly([int(c) for c in poly.numer().coeffs()])
    free = free // free.gcd(free.derivative())
    found = []
    complex_roots: list[tuple[Any, int]] = free.complex_roots()  # type: ignore[assignment]
    for root, _ in complex_roots:
        if root.imag.is_zero():
            found.append(root.real)
        elif root.imag.contains(0):
            raise Rejected("a root may or may not be real")
    return sorted(found, key=middle)


def middle(ball: Any) -> Fraction:
    """Return the midpoint of a ball exactly."""
    mantissa, exponent = ball.mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
