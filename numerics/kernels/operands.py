"""Values while a kernel is written: entries in memory seen through strides, and entrywise formulas not yet stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

from verify.expr.node import Shape

Index = int | str
"""A position along an axis: a number, or the name of a loop variable."""


def position(offset: int, strides: Sequence[int], index: Sequence[Index]) -> Index:
    """Return offset + sum of strides times index, as a number where it is one."""
    terms = []
    for stride, place in zip(strides, index, strict=True):
        if isinstance(place, int):
            offset += stride * place
        elif stride:
            terms.append(place if stride == 1 else f"{stride}*{place}")
    if not terms:
        return offset
    return " + ".join([*terms, str(offset)] if offset else terms)


@dataclass(eq=False)
class Buffer:
    """Entries of a kernel.

    Attributes:
        name: of the C array, or the prefix of its entries when they are single variables.
        size: number of entries.
        lanes: whether each entry holds one number per point; else one number for all points.
        single: whether the entries are single variables.
        first: step of the kernel at which it is written for the first time.
        last: step at which it is read for the last time.
        place: where it lies in the scratch memory, once that is known.
    """

    name: str
    size: int
    lanes: bool = True
    single: bool = False
    first: int = 0
    last: int = 0
    place: int | None = None

    def entry(self, at: Index) -> str:
        """Return the C expression of one entry."""
        return f"{self.name}_{at}" if self.single else f"{self.name}[{at}]"


@dataclass(frozen=True)
class View:
    """An array of entries of a buffer; axes along which all entries are equal have stride 0."""

    buffer: Buffer
    shape: Shape
    strides: Shape
    offset: int = 0

    @property
    def stored(self) -> Shape:
        """The shape with axes of equal entries cut to length one."""
        return tuple(length if stride else 1 for length, stride in zip(self.shape, self.strides, strict=True))

    @property
    def lanes(self) -> bool:
        return self.buffer.lanes

    def entry(self, index: Sequence[Index]) -> str:
        return self.buffer.entry(position(self.offset, self.strides, index))


@dataclass(frozen=True)
class Number:
    """An array with one known number everywhere."""

    text: str
    shape: Shape
    lanes: bool = field(default=False, init=False)

    @property
    def stored(self) -> Shape:
        return (1,) * len(self.shape)


@dataclass(frozen=True)
class Formula:
    """An entrywise operation that its user evaluates where it needs it."""

    op: str
    args: tuple[Operand, ...]
    shape: Shape
    stored: Shape
    exponent: int = 0
    lanes: bool = field(default=True, init=False)


Operand = View | Number | Formula


def contiguous(shape: Shape) -> Shape:
    """Return row-major strides, 0 along axes of length one."""
    return tuple(prod(shape[place + 1 :]) if length > 1 else 0 for place, length in enumerate(shape))


def whole_view(buffer: Buffer, stored: Shape, shape: Shape) -> View:
    """Return a buffer that holds ``stored`` entries in row-major order as an array of ``shape``."""
    return View(buffer, shape, contiguous(stored))


def broadcast_view(a: View | Number, shape: Shape) -> View | Number:
    """Return ``a`` spread to ``shape``."""
    if isinstance(a, Number):
        return replace(a, shape=shape)
    return replace(a, shape=shape, strides=(0,) * (len(shape) - len(a.shape)) + a.strides)


def reshaped_view(a: View, shape: Shape) -> View | None:
    """Return ``a`` with its entries in another shape, or None where that takes a copy."""
    old = [(length, stride) for length, stride in zip(a.shape, a.strides, strict=True) if length > 1]
    new = [length for length in shape if length > 1]
    strides: list[int] = []
    while new:
        group, lengths = [old.pop(0)], [new.pop(0)]
        while (own := prod(length for length, _ in group)) != (wanted := prod(lengths)):
            if own < wanted:
                group.append(old.pop(0))
            else:
                lengths.append(new.pop(0))
        if any(stride != count * step for (_, stride), (count, step) in pairwise(group)):
            return None
        unit = group[-1][1]
        strides.extend(unit * prod(lengths[place + 1 :]) for place in range(len(lengths)))
    left = iter(strides)
    return View(a.buffer, shape, tuple(next(left) if length > 1 else 0 for length in shape), a.offset)


def picked_view(a: View, positions: Sequence[int], shape: Shape) -> View | None:
    """Return the entries at row-major ``positions`` as a view, or None where no strides fit them."""
    places = offsets(a)[np.array(positions, dtype=np.intp)].reshape(shape)
    start = places.flat[0]
    units = [tuple(int(axis == other) for other in range(len(shape))) for axis in range(len(shape))]
    strides = tuple(int(places[unit] - start) if shape[axis] > 1 else 0 for axis, unit in enumerate(units))
    grid = np.indices(shape).reshape(len(shape), places.size)
    if (places.ravel() != start + np.array(strides, dtype=np.intp) @ grid).any():
        return None
    return View(a.buffer, shape, strides, int(start))


def offsets(a: View) -> NDArray[np.intp]:
    """Return the position in its buffer of every entry of a view, in row-major order."""
    grid = np.indices(a.shape).reshape(len(a.shape), prod(a.shape))
    return np.asarray(a.offset + np.array(a.strides, dtype=np.intp) @ grid, dtype=np.intp)
