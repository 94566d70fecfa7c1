"""Samples of random arrays in floating point, from the very draws that :mod:`verify.chance.cells` takes as cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from random import Random as Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.budget import Budget
from verify.chance.cells import draws
from verify.claim import Random
from verify.expr.build import symbol
from verify.expr.node import Expr
from verify.expr.numpy_reading import compile_numpy
from verify.laws import count_of_indices, is_finite, size, value_at

BLOCK = 1 << 20
"""Most draws that are held at once."""

Array = NDArray[Any]


def float_values(
    arrays: Sequence[Random], outputs: Sequence[Expr], source: Generator, samples: int, budget: Budget
) -> Iterator[list[Array]]:
    """Yield the values of expressions of random arrays at the first samples of a generator, block by block.

    Raises:
        OutOfTime: the budget is used up.
    """
    function = compile_numpy(outputs, [symbol(array.name, array.shape) for array in arrays], batched=True)
    twin = _twin(source)
    width = sum(draws(array) for array in arrays)
    block = max(16, BLOCK // max(width, 1))
    for start in range(0, samples, block):
        budget.check()
        count = min(block, samples - start)
        with np.errstate(all="ignore"):
            points = _arrays(arrays, twin.random((count, width)))
        yield function(*points)


def _twin(source: Generator) -> np.random.Generator:
    """Return a NumPy generator in the state of Python's: both are Mersenne Twisters with equal doubles."""
    *key, position = source.getstate()[1]
    twin = np.random.MT19937()
    twin.state = {"bit_generator": "MT19937", "state": {"key": np.array(key, dtype=np.uint32), "pos": position}}
    return np.random.Generator(twin)


def _arrays(arrays: Sequence[Random], drawn: Array) -> list[Array]:
    """Return the samples of each array from draws in [0, 1), shape (samples, draws): see :mod:`verify.chance.cells`."""
    out, start = [], 0
    for array in arrays:
        own = drawn[:, start : start + draws(array)]
        start += draws(array)
        out.append(_mapped(array, own)[:, : size(array)].reshape(len(drawn), *array.shape))
    return out


def _mapped(array: Random, drawn: Array) -> Array:
    if is_finite(array):
        count = count_of_indices(array)
        index = np.minimum(np.floor(drawn * _float(Fraction(count))), _float(Fraction(count - 1)))
        if array.law != "choice":
            return _float(value_at(array, 0)) + index * (2.0 if array.law == "rademacher" else 1.0)
        table = np.array([_float(value) for value in array.arguments])
        return table[index.astype(np.int64)]
    middle = drawn + 2.0**-54
    if array.law == "uniform":
        low, high = map(_float, array.arguments)
        return low + (high - low) * middle
    length = np.sqrt(-2 * np.log(middle[:, ::2]))
    turn = 2 * np.pi * middle[:, 1::2]
    return np.stack([length * np.cos(turn), length * np.sin(turn)], axis=-1).reshape(drawn.shape)


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
