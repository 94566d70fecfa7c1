"""Samples as cells: what a pseudo-random number of 53 bits says about a random entry, and no more.

A draw k of 53 bits stands for the cell [k, k+1)/2^53 of the unit interval. Under the exact law every cell is equally
likely, so a statement that holds on a whole cell is counted exactly, whatever happens inside; no discretisation error
enters. A uniform entry is an affine image of its cell; normal entries come in pairs from two cells by Box and Muller's
transformation, enclosed by balls; an entry of a finite law takes the outcome that the whole cell means.
A cell that means two outcomes, or has no finite image, gives :class:`~verify.expr.evaluate.Poison`: not known.

The generator is Python's (Mersenne Twister, seeded by text), which every version reproduces.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random as Generator
from typing import Any

from flint import arb

from verify.chance.columns import BALL, Kind, integers_of
from verify.chance.graph import guarded
from verify.claim import Claim, Random
from verify.errors import Undecidable
from verify.expr.ball import Balls, as_ball, rational
from verify.expr.evaluate import Poison
from verify.laws import count_of_indices, is_finite, size, value_at

BITS = 53
"""Bits of one draw, as many as a double holds."""

CELLS = 1 << BITS

BALLS = Balls()


def generator(claim: Claim, seed: int) -> Generator:
    """Return the generator of a claim's samples: a different one for every claim and seed."""
    return Generator(f"{claim.content_sha256}/{seed}")


def draws(array: Random) -> int:
    """Return the number of draws that one sample of an array takes: one per entry, normal ones in pairs."""
    return size(array) + (size(array) % 2 if array.law == "normal" else 0)


def entry_kind(array: Random) -> Kind:
    """Return what the column of an entry holds: integers where no cell can be ambiguous, else anything."""
    if _never_ambiguous(array):
        values = [value_at(array, index) for index in range(count_of_indices(array))]
        if all(value.denominator == 1 for value in values):
            return integers_of(1, max(abs(int(value)) for value in values))
    if not is_finite(array):
        return BALL
    return Kind("any", bits=2 * max(max(abs(a.numerator), a.denominator).bit_length() for a in array.arguments))


def _never_ambiguous(array: Random) -> bool:
    if not is_finite(array):
        return False
    count = count_of_indices(array)
    return count <= 1024 and count & (count - 1) == 0


def sampled(arrays: Sequence[Random], source: Generator, count: int) -> list[list[Any]]:
    """Return ``count`` samples as one column per entry, in the order of :func:`~verify.laws.entries`.

    Draws are consumed sample by sample, array by array.
    """
    widths = [draws(array) for array in arrays]
    rows = [[source.random() for _ in range(sum(widths))] for _ in range(count)]
    columns: list[list[Any]] = []
    start = 0
    for array, width in zip(arrays, widths, strict=True):
        own = [[row[start + place] for row in rows] for place in range(width)]
        columns += _mapped(array, own)[: size(array)]
        start += width
    return columns


def _mapped(array: Random, columns: Sequence[Sequence[float]]) -> list[list[Any]]:
    if array.law == "normal":
        pairs = zip(columns[::2], columns[1::2], strict=True)
        return [column for pair in pairs for column in _normal(*pair)]
    meaning = _finite(array) if is_finite(array) else _uniform(array)
    return [list(map(meaning, column)) for column in columns]


def _first_cell() -> arb:
    """Return the ball around the cell at zero; every cell is this one moved by its draw, a multiple of 2^-53."""
    return arb(1, 1) / (2 * CELLS)


def _uniform(array: Random) -> Callable[[float], Any]:
    low, high = (as_ball(rational(end)) for end in array.arguments)
    cell = _first_cell()
    return lambda draw: low + (high - low) * (arb(draw) + cell)


def _finite(array: Random) -> Callable[[float], Any]:
    count = count_of_indices(array)
    coded = int if entry_kind(array).form == "integer" else rational
    if _never_ambiguous(array):
        table = [coded(value_at(array, index)) for index in range(count)]
        return lambda draw: table[int(draw * count)]  # exact: count is a power of two

    def meaning(draw: float) -> Any:
        cell = int(draw * CELLS)
        index = cell * count >> BITS
        if ((cell + 1) * count - 1) >> BITS != index:
            return Poison(Undecidable("a draw that means two outcomes"))
        return rational(value_at(array, index))

    return meaning


def _normal(radii: Sequence[float], angles: Sequence[float]) -> tuple[list[Any], list[Any]]:
    """Return two columns of independent normal entries: sqrt(-2 log(u)) times the cosine and sine of 2 pi v."""
    cosines, sines = [], []
    cell = _first_cell()
    for radius, angle in zip(radii, angles, strict=True):
        length = guarded(_length, (arb(radius) + cell,))
        sine, cosine = (2 * (arb(angle) + cell)).sin_cos_pi()
        cosines.append(guarded(BALLS.mul, (length, cosine)))
        sines.append(guarded(BALLS.mul, (length, sine)))
    return cosines, sines


def _length(cell: arb) -> Any:
    return BALLS.sqrt(-2 * BALLS.log(cell))
