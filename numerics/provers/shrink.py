"""Shrinks a certified witness to the simplest numbers that still refute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from numerics.budget import Budget

Point = tuple[Fraction, ...]

ROUNDS = 6
"""Most passes over all coordinates."""


def shrunk(point: Sequence[Fraction], refutes: Callable[[Point], bool], budget: Budget) -> Point:
    """Return a point no more complex than ``point`` for which ``refutes`` holds."""
    best = tuple(point)
    for _ in range(ROUNDS):
        before = best
        best = _jointly(best, refutes, budget)
        for place in range(len(best)):
            for value in _simpler(best[place], best):
                if budget.left <= 0:
                    return best
                trial = (*best[:place], value, *best[place + 1 :])
                if refutes(trial):
                    best = trial
                    break
        if best == before:
            break
    return best


def _jointly(point: Point, refutes: Callable[[Point], bool], budget: Budget) -> Point:
    """Simplify all entries of equal size at once, so that what belongs together stays together."""
    for size in sorted({abs(value) for value in point if value}, key=complexity, reverse=True):
        for simple in _simpler(size, ()):
            if budget.left <= 0:
                return point
            trial = tuple(_resized(value, size, simple) for value in point)
            if refutes(trial):
                point = trial
                break
    return point


def _resized(value: Fraction, size: Fraction, simple: Fraction) -> Fraction:
    return value if abs(value) != size else simple if value > 0 else -simple


def complexity(value: Fraction) -> tuple[int, int, bool]:
    """Order of simplicity: small denominators, then small numerators, then positive numbers first."""
    return value.denominator, abs(value.numerator), value < 0


def _simpler(value: Fraction, point: Point) -> Iterator[Fraction]:
    """Yield candidates simpler than ``value``, simplest first: small integers, entries of the point, roundings."""
    candidates = {Fraction(k) for k in (0, 1, -1, 2, -2)}
    candidates |= set(point) | {-other for other in point}
    candidates |= {Fraction(round(value)), Fraction(int(value))}
    candidates |= {Fraction(round(value * scale), scale) for scale in (2, 10)}
    candidates |= {value.limit_denominator(limit) for limit in (3, 5, 10, 100)}
    yield from sorted((c for c in candidates if complexity(c) < complexity(value)), key=complexity)
