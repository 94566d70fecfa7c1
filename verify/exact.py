"""Exact rational numbers as text: the only numbers that claims and certificates contain."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from fractions import Fraction

from verify.errors import InvalidInput

MAX_DIGITS = 400
"""Longest accepted numerator or denominator; more is a typing error or an attack on memory."""

MAX_EXPONENT = 300
"""Largest accepted power of ten in a decimal literal (the range of double precision)."""

_DECIMAL = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?")


def parse_decimal(text: str) -> Fraction:
    """Return the exact value of a decimal literal: ``0.1`` is 1/10, ``1e-3`` is 1/1000.

    Raises:
        InvalidInput: not a decimal number, or too long.
    """
    match = _DECIMAL.fullmatch(text.strip().replace("_", ""))
    if not match or not (match[2] or match[3]):
        raise InvalidInput(f"{text!r} is not a number", fix="write an integer, a decimal or a fraction p/q")
    sign, whole, decimals, exponent = match[1], match[2] or "0", match[3] or "", match[4] or "0"
    if len(whole) + len(decimals) > MAX_DIGITS or len(exponent) > 5 or abs(int(exponent)) > MAX_EXPONENT:
        raise InvalidInput(
            f"the number {text[:40]!r} is too long",
            fix=f"use at most {MAX_DIGITS} digits and exponents up to {MAX_EXPONENT}",
        )
    value = Fraction(int(whole + decimals)) * Fraction(10) ** (int(exponent) - len(decimals))
    return -value if sign == "-" else value


def parse_rational(text: str) -> Fraction:
    """Return the value of ``p/q`` or of a decimal literal.

    Raises:
        InvalidInput: not such a number, too long, or a zero denominator.
    """
    numerator, slash, denominator = text.partition("/")
    if not slash:
        return parse_decimal(numerator)
    bottom = parse_decimal(denominator)
    if bottom == 0:
        raise InvalidInput(f"{text!r} divides by zero", fix="write a nonzero denominator")
    return parse_decimal(numerator) / bottom


def format_rational(value: Fraction) -> str:
    """Return ``p/q`` in lowest terms, or ``p`` for an integer."""
    return str(value)


def rounded(value: Fraction, digits: int, direction: str) -> Decimal:
    """Return a decimal of so many digits, on the side of an exact number that the direction of rounding names.

    Args:
        direction: ``ROUND_FLOOR``, ``ROUND_CEILING`` or another of :mod:`decimal`.
    """
    return Context(prec=digits, rounding=direction).divide(Decimal(value.numerator), Decimal(value.denominator))


def simplest_between(low: Fraction, high: Fraction) -> Fraction:
    """Return the rational with the smallest denominator in the closed interval [low, high] (Stern-Brocot)."""
    if low > high:
        raise ValueError(f"low={low!r} exceeds high={high!r}")
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -simplest_between(-high, -low)
    whole = -(-low.numerator // low.denominator)
    if whole <= high:
        return Fraction(whole)
    floor = Fraction(whole - 1)
    return floor + 1 / simplest_between(1 / (high - floor), 1 / (low - floor))
