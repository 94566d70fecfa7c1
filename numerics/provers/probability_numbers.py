"""Exact numbers and balls of probability claims as text."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Any

from flint import arb, fmpq

from verify.expr.ball import as_ball

LONGEST = 60
"""Longest exact number, in characters, that is shown as it is; a longer one is shown as a ball."""

DIGITS = 6
"""Decimals of a printed limit."""


def dyadic(point: arb) -> Fraction:
    """Return the value of an exact ball."""
    mantissa, exponent = point.man_exp()
    return int(mantissa) * Fraction(2) ** int(exponent)


def shown(value: Any) -> str:
    """Return a rational or a ball as text: ``1/4``, or ``0.6931471805 +/- 1e-12``."""
    if isinstance(value, fmpq) and value.height_bits() < 3 * LONGEST and len(str(value)) <= LONGEST:
        return str(value)
    text = str(as_ball(value).str(15))
    return text.removeprefix("[").removesuffix("]")


def decimals(value: Fraction, side: int) -> str:
    """Return a decimal number that is at most (side -1) or at least (side 1) ``value``."""
    scale = 10**DIGITS
    rounded = (floor if side < 0 else ceil)(value * scale)
    return _plain(rounded)


def _plain(millionths: int) -> str:
    sign = "-" if millionths < 0 else ""
    whole, rest = divmod(abs(millionths), 10**DIGITS)
    return f"{sign}{whole}.{rest:0{DIGITS}d}".rstrip("0").rstrip(".")


def interval(low: Fraction, high: Fraction) -> str:
    """Return an interval rounded outward."""
    return f"[{decimals(low, -1)}, {decimals(high, 1)}]"
