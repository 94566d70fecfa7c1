"""Balls for assumptions with logarithms and square roots: from exact numbers, to texts, to whole numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import arb, fmpq

MANY = 10**15
"""From here on whole numbers are not adjusted to the last unit."""


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
    found = max(1, int(float(value.mid())))
    if found > MANY:
        return found + 1
    while not arb(found) >= value:
        found += 1
    while found > 1 and arb(found - 1) >= value:
        found -= 1
    return found


def decided(value: Any, relation: str, threshold: Any) -> bool | None:
    """Compare two balls with one of ``< <= > >=``; None where they overlap."""
    holds = {"<": value < threshold, "<=": value <= threshold, ">": value > threshold, ">=": value >= threshold}
    fails = {"<": value >= threshold, "<=": value > threshold, ">": value <= threshold, ">=": value < threshold}
    return True if holds[relation] else False if fails[relation] else None
