"""Sheets of flat families put together: which ones belong to one family, and points to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np

from numerics.landscape_families import Families, FloatArray, Sheet

DENOMINATORS = (1, 2, 4)
"""Of coordinates along a family that are tried for a point to show."""

MAX_RANKED = 200
SAMPLES, SWEPT_SAMPLES = 9, 1000
SPREAD = 7.0
"""Logarithm of the factors by which swept families are followed for pictures."""


@dataclass(frozen=True)
class Linked:
    """A sheet of a family, with a critical point ``point`` (exact numbers) that an earlier sheet ``link`` holds too."""

    sheet: Sheet
    family: int
    link: int | None
    point: FloatArray


def linked(families: Families) -> list[Linked]:
    """Return the sheets grouped by families, each linked to an earlier one; only those that meet the domain."""
    out: list[Linked] = []
    left = [k for k, sheet in enumerate(families.sheets) if _meets(families, sheet)]
    family = 0
    while left:
        root = _representative(families, left)
        left.remove(root)
        sheet = families.sheets[root]
        members = [len(out)]
        out.append(Linked(sheet, family, None, sheet.point))
        for place in members:
            for k in list(left):
                point = _shared(families, families.sheets[k], out[place].sheet)
                if point is not None:
                    left.remove(k)
                    members.append(len(out))
                    out.append(Linked(families.sheets[k], family, place, point))
        family += 1
    return out


def _meets(families: Families, sheet: Sheet) -> bool:
    if sheet.sweep is not None:
        return True
    return bool(((-sheet.ends[:, 0] <= families.high) & (families.low <= sheet.ends[:, 1])).all())


def _representative(families: Families, numbers: Sequence[int]) -> int:
    """Return a sheet in the domain, one with a point of simple coordinates if there is any."""

    def rank(k: int) -> tuple[bool, bool, float]:
        sheet = families.sheets[k]
        outside = bool(((sheet.point < families.low) | (sheet.point > families.high)).any())
        return outside, simple_point(families, sheet) is None, float(np.abs(sheet.point).max())

    return min(numbers[:MAX_RANKED], key=rank)


def simple_point(families: Families, sheet: Sheet) -> tuple[tuple[Fraction, ...], FloatArray] | None:
    """Return simple coordinates along a sheet over which the others are simple too, with that point in floats."""
    along = list(sheet.along)
    for limit in DENOMINATORS:
        target = [Fraction(float(sheet.point[i])).limit_denominator(limit) for i in along]
        if all(-sheet.ends[i, 0] <= v <= sheet.ends[i, 1] for i, v in zip(along, target, strict=True)):
            x = families.on_sheet(sheet, np.array([[float(v)] for v in target]))
            inside = x.shape[1] and ((x[:, 0] >= families.low) & (x[:, 0] <= families.high)).all()
            if inside and all(abs(float(Fraction(v).limit_denominator(60)) - v) < 1e-9 for v in x[:, 0].tolist()):
                return tuple(target), x[:, 0]
    return None


def _shared(families: Families, sheet: Sheet, other: Sheet) -> FloatArray | None:
    """Return a critical point in both of two sheets, or None where none is found."""
    low, high = np.maximum(-sheet.ends[:, 0], -other.ends[:, 0]), np.minimum(sheet.ends[:, 1], other.ends[:, 1])
    if sheet.sweep or other.sweep or (low >= high).any() or len(sheet.along) != len(other.along):
        return None
    along = list(sheet.along)
    grow = 1e-6 * (high - low)
    ways = np.array([(0.5,) * len(along), *product((0.25, 0.75), repeat=len(along))]).T
    found = families.on_sheet(sheet, low[along, None] + ways * (high - low)[along, None])
    inside = ((found > (low + grow)[:, None]) & (found < (high - grow)[:, None])).all(axis=0)
    return found[:, inside][:, 0] if inside.any() else None


def exact_ends(ends: FloatArray) -> tuple[list[Fraction], list[Fraction]]:
    """Return lower and upper ends as exact numbers."""
    return [Fraction(-float(v)) for v in ends[:, 0]], [Fraction(float(v)) for v in ends[:, 1]]


def samples(families: Families, sheet: Sheet) -> FloatArray:
    """Return points (n, M) of a family of dimension one, in the domain, along one sheet."""
    place = sheet.along[0]
    if sheet.sweep is None:
        x = families.on_sheet(sheet, np.linspace(-sheet.ends[place, 0], sheet.ends[place, 1], SAMPLES)[None])
    else:
        ratio = np.exp(np.linspace(-SPREAD, SPREAD, SWEPT_SAMPLES))
        exponents = np.array([row[0] for row in sheet.sweep.powers], dtype=float)
        x = sheet.point[:, None] * ratio[None] ** exponents[:, None]
    inside = ((x >= families.low[:, None]) & (x <= families.high[:, None])).all(axis=0)
    return x[:, inside]
