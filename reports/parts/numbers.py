"""Numbers of a verdict as floats, for pictures and bars only: nothing is decided with them."""

from __future__ import annotations

import re
from math import isfinite

MAX_TEXT = 4000
"""Longest number that is read, in characters."""

_BALL = re.compile(r"^\[?\s*([^\s\[\]]+)\s*(?:\+/-|±)\s*[^\s\[\]]+\s*\]?$")


def as_float(text: object) -> float | None:
    """Return the value of an exact number, decimal, or ball ``m +/- r`` (its middle); None for anything else."""
    shown = str(text).strip()
    if len(shown) > MAX_TEXT:
        return None
    if match := _BALL.match(shown):
        shown = match[1]
    top, slash, bottom = shown.partition("/")
    try:
        value = _ratio(top, bottom) if slash else float(top)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return value if isfinite(value) else None


def _ratio(top: str, bottom: str) -> float:
    return int(top) / int(bottom)


def relative_margin(margin: object, value: object, threshold: object) -> float | None:
    """Return a margin relative to the larger of value and threshold, from -1 (bad) to 1 (good)."""
    amount, left, right = as_float(margin), as_float(value), as_float(threshold)
    if amount is None:
        return None
    scale = max(abs(left or 0.0), abs(right or 0.0))
    if scale == 0:
        return 0.0 if amount == 0 else (1.0 if amount > 0 else -1.0)
    return max(-1.0, min(1.0, amount / scale))


def shown(number: float | None, digits: int = 4) -> str:
    """Return a number of a table or curve for reading: whole numbers in full, others to ``digits`` figures."""
    if number is None:
        return "–"
    if isinstance(number, int) or (float(number).is_integer() and abs(number) < 1e15):
        return str(int(number))
    return f"{number:.{digits}g}"


def seconds(value: float) -> str:
    """Return a duration for reading."""
    if value < 0.01:
        return "under 0.01 s"
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"
