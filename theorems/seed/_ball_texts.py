"""Balls for assumptions with logarithms and square roots: from exact numbers, to texts, to whole numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import arb, fmpq


def ball(value: Fraction | int) -> Any:
    """Return a ball that contains an exact number."""
    value = Fraction(value)
    return arb(fmpq(value.numerator, value.denominator))


def shown(value: Any) -> str:
    """Return a ball as ``m +/- r``."""
    return str(value.str(12, radius=True)).strip("[]")


def least_integer(value: Any) -> int:
    """Return the least whole number that certainly is at least a ball, at least 1."""
    if not value.is_finite():
        raise OverflowError("the number of samples is too large")
    whole = value.upper().ceil().unique_fmpz()
    if whole is None:
        raise OverflowError("the number of samples is too large")
    return max(1, int(whole))


def samples(value: Any) -> str:
    """Return the condition n >= a ball in words; that one sample less fails is said only where it is certain."""
    least = least_integer(value)
    return f"n >= {least}" + (f" (not n = {least - 1})" if least > 1 and value > arb(least - 1) else "")


def decided(value: Any, relation: str, threshold: Any) -> bool | None:
    """Compare two balls with one of ``< <= > >=``; None where they overlap."""
    holds = {"<": value < threshold, "<=": value <= threshold, ">": value > threshold, ">=": value >= threshold}
    fails = {"<": value >= threshold, "<=": value > threshold, ">": value <= threshold, ">=": value < threshold}
    return True if holds[relation] else False if fails[relation] else None
