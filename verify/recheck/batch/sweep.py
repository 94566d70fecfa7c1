"""Boxes that rescalings carry into a slice, many at once.

Commuting rescalings x_j -> x_j exp(E_1j t_1 + ... + E_kj t_k) carry a point whose coordinates *along* have the signs
of some levels c to the one with x_along = c; its other coordinates are x_j times the product of (c_k / x_k)**P_jk, with
the exponents P = E_across' inverse(E_along'). Where these are whole numbers they are enclosed over a box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq_mat

from verify.expr.ball import fraction, rational
from verify.recheck.batch import lanes
from verify.recheck.batch.contract import Mask
from verify.recheck.batch.lanes import Lanes

MAX_POWER = 8


def powers(rows: Sequence[Sequence[Fraction]], along: Sequence[int]) -> tuple[tuple[int, ...], ...] | None:
    """Return the exponents P (n rows, k columns) for rescalings with exponents ``rows`` (k, n).

    None where the rescalings do not move the coordinates along independently, or exponents are large or not whole.
    """
    size, count = len(rows[0]), len(along)
    inner = fmpq_mat([[rational(rows[i][n]) for i in range(count)] for n in along])
    if inner.det() == 0:
        return None
    found = fmpq_mat([[rational(rows[i][n]) for i in range(count)] for n in range(size)]) * inner.inv()
    entries = [[fraction(found[n, k]) for k in range(count)] for n in range(size)]
    if any(value.denominator != 1 or abs(value) > MAX_POWER for row in entries for value in row):
        return None
    return tuple(tuple(int(value) for value in row) for row in entries)


@dataclass(frozen=True)
class Sweep:
    """All points that rescalings carry into a box of the slice.

    Attributes:
        ends: (n, 2), the box: minus the lower ends, and the upper ends; of the coordinates along, the levels.
        along: positions of the coordinates along.
        powers: (n, k), the exponents P.
    """

    ends: Any
    along: tuple[int, ...]
    powers: tuple[tuple[int, ...], ...]

    def holds(self, boxes: Lanes) -> Mask:
        """Return which boxes (n, 2, N) are carried into the box of the slice."""
        out = np.ones(boxes.shape[2], dtype=bool)
        with np.errstate(all="ignore"):
            ratios = []
            for place in self.along:
                level = self.ends[place][:, None]
                # On the same side of zero as the level, all of it.
                side = 0 if level[1, 0] > 0 else 1
                out &= (boxes[place, side] < 0) & (level[side, 0] < 0)
                ratios.append((lanes.mul(boxes[place], lanes.inv(level)), lanes.mul(level, lanes.inv(boxes[place]))))
            for place, row in enumerate(self.powers):
                if place in self.along:
                    continue
                image = boxes[place]
                for exponent, (down, up) in zip(row, ratios, strict=True):
                    if exponent:
                        image = lanes.mul(image, lanes.power(up if exponent > 0 else down, abs(exponent)))
                out &= (image <= self.ends[place][:, None]).all(axis=0)
        return out

    def boxed(self, ends: Sequence[tuple[float, float]]) -> bool:
        """Return whether one box, by minus its lower end and its upper end per input, is carried into the slice's."""
        return bool(self.holds(np.array(ends)[:, :, None])[0])
