"""Laws of independent random entries: which are finite, and the exact outcomes and weights of those that are.

Every outcome of a finite law counts with an integer weight; its probability is the weight over the sum of the weights.
``choice(1, 1, 2)`` gives 1 twice the weight of 2; ``integers(0, 9)`` includes both ends; ``uniform(a, a)`` is a point.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from verify.claim import Random
from verify.expr.node import Expr, symbols

MAX_SUPPORT = 4096
"""Most outcomes of one entry that are listed; a law with more is sampled."""


@dataclass(frozen=True)
class Support:
    """The distinct outcomes of one entry, ascending, with positive integer weights."""

    values: tuple[Fraction, ...]
    weights: tuple[int, ...]

    @property
    def total(self) -> int:
        """Sum of the weights."""
        return sum(self.weights)


@dataclass(frozen=True)
class Entry:
    """One random number: entry ``place`` (row-major) of an array."""

    array: Random
    place: int


def is_finite(random: Random) -> bool:
    """Whether an entry takes finitely many values."""
    return random.law in ("rademacher", "integers", "choice") or _is_point(random)


def _is_point(random: Random) -> bool:
    return random.law == "uniform" and random.arguments[0] == random.arguments[1]


def support(random: Random) -> Support | None:
    """Return the outcomes of one entry; None for a continuous law or more than :data:`MAX_SUPPORT` outcomes."""
    if not is_finite(random) or count_of_indices(random) > MAX_SUPPORT:
        return None
    counts = Counter(value_at(random, index) for index in range(count_of_indices(random)))
    values = tuple(sorted(counts))
    return Support(values, tuple(counts[value] for value in values))


def count_of_indices(random: Random) -> int:
    """Return the number of equally likely indices that a finite law draws from."""
    if random.law == "rademacher":
        return 2
    if random.law == "integers":
        return int(random.arguments[1] - random.arguments[0]) + 1
    return 1 if _is_point(random) else len(random.arguments)


def value_at(random: Random, index: int) -> Fraction:
    """Return the outcome of a finite law at one of its equally likely indices."""
    if random.law == "rademacher":
        return Fraction(2 * index - 1)
    if random.law == "integers":
        return random.arguments[0] + index
    return random.arguments[index]


def hull(random: Random) -> tuple[Fraction | None, Fraction | None]:
    """Return the least and the largest value of an entry; None where there is none."""
    if random.law == "normal":
        return None, None
    if random.law == "rademacher":
        return Fraction(-1), Fraction(1)
    return min(random.arguments), max(random.arguments)


def size(random: Random) -> int:
    """Return the number of entries of an array."""
    return prod(random.shape)


def occurring(arrays: Iterable[Random], expression: Expr) -> list[Random]:
    """Return the random arrays that an expression mentions, in their given order."""
    mentioned = symbols(expression)
    return [array for array in arrays if array.name in mentioned]


def entries(arrays: Sequence[Random]) -> list[Entry]:
    """Return all entries of the arrays, row-major, array after array."""
    return [Entry(array, place) for array in arrays for place in range(size(array))]
