"""Rows of a table as an exact design: columns centred by whole numbers and scaled by powers of two."""

from __future__ import annotations

import random
from fractions import Fraction
from math import ceil, log2, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from numerics.sample_complexity.instances import Design, noiseless
from verify.errors import InvalidInput, Location

if TYPE_CHECKING:
    from verify.data import Column, Data

DIGITS = Path(__file__).resolve().parents[2] / "theorems" / "data" / "digits.csv.gz"


def digits() -> Data:
    """Return the handwritten digits that come with the library: 64 pixels and the label ``digit``."""
    from verify.data import load_data

    return load_data(DIGITS, "digit")


def design_of(table: Data, rows: int, k: int, penalty: Fraction, seed: int) -> Design:
    """Return the first rows of a table with a teacher of k entries +-1 drawn from the seed, without noise.

    The target column is left out; columns that are constant on the table too.

    Raises:
        InvalidInput: fewer than k columns.
    """
    columns = [column for column in table.columns if column.name != table.target and not column.is_constant]
    if k > len(columns):
        raise InvalidInput(f"k={k} is above the {len(columns)} columns", fix="lower k", where=Location(key="--set"))
    scaled = [_scaled(column) for column in columns]
    rng = random.Random(seed)
    teacher = [0] * len(columns)
    for place in rng.sample(range(len(columns)), k):
        teacher[place] = rng.choice((-1, 1))
    return noiseless(list(zip(*(column[:rows] for column in scaled), strict=True)), teacher, rows, penalty)


def _scaled(column: Column) -> list[Fraction]:
    """Return a column minus its mean (a whole number of units), over a power of two near its root mean square."""
    n = len(column.integers)
    middle = round(Fraction(sum(column.integers), n))
    moved = [value - middle for value in column.integers]
    spread = sqrt(sum(value * value for value in moved) / n)
    exponent = ceil(log2(spread)) if spread > 0 else 0
    return [Fraction(value) / Fraction(2) ** exponent for value in moved]
