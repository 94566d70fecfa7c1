"""Rigorous enclosures of expressions over a box: natural, mean-value and monotone forms, in FLINT's balls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flint import arb, fmpq

from verify.claim import Claim
from verify.errors import Undecidable
from verify.expr.ball import Balls, as_ball, ball_between
from verify.expr.derive import gradient_entries, kinks
from verify.expr.evaluate import evaluate
from verify.expr.node import Expr

DEPTH = 4
"""How many derivatives deep the monotone form looks in one dimension; fewer in more dimensions."""


@dataclass(frozen=True)
class Box:
    """A closed box with rational ends, one interval per parameter entry."""

    low: tuple[fmpq, ...]
    high: tuple[fmpq, ...]

    @property
    def middle(self) -> tuple[fmpq, ...]:
        """The midpoint."""
        return tuple((a + b) / 2 for a, b in zip(self.low, self.high, strict=True))

    def halves(self, axis: int) -> tuple[Box, Box]:
        """Return the two halves along an axis."""
        cut = (self.low[axis] + self.high[axis]) / 2
        return (
            Box(self.low, (*self.high[:axis], cut, *self.high[axis + 1 :])),
            Box((*self.low[:axis], cut, *self.low[axis + 1 :]), self.high),
        )

    def face(self, axis: int, *, upper: bool) -> Box:
        """Return the lower or upper face across an axis."""
        end = (self.high if upper else self.low)[axis]
        return Box((*self.low[:axis], end, *self.low[axis + 1 :]), (*self.high[:axis], end, *self.high[axis + 1 :]))

    def balls(self) -> list[Any]:
        """Return the intervals as balls (exact numbers where they are points)."""
        return [a if a == b else ball_between(a, b) for a, b in zip(self.low, self.high, strict=True)]


class Enclosures:
    """Encloses expressions in the parameters of one claim."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.arrays = tuple(claim.symbols)

    def env(self, values: Sequence[Any]) -> dict[str, list[Any]]:
        """Return the values of flat parameter entries by parameter."""
        out, start = {}, 0
        for array in self.arrays:
            out[str(array.attrs)] = list(values[start : start + array.size])
            start += array.size
        return out

    def natural(self, roots: Sequence[Expr], box: Box) -> list[Any]:
        """Return scalar expressions over the box, by plain ball arithmetic.

        Raises:
            Undecidable: one may be undefined on the box.
        """
        return [value[0] for value in evaluate(roots, self.env(box.balls()), Balls())]

    def smooth(self, root: Expr, box: Box) -> bool:
        """Return whether no kink of the expression can vanish on the box."""
        found = _kinks(root)
        if not found:
            return True
        try:
            arrays = evaluate(found, self.env(box.balls()), Balls())
            return all(Balls().sign(entry) != 0 for array in arrays for entry in array)
        except Undecidable:
            return False

    def sign(self, root: Expr, box: Box, depth: int | None = None) -> tuple[bool, bool, bool, bool]:
        """Return which of ``> 0, >= 0, < 0, <= 0`` are proved on the whole box."""
        try:
            (value,) = self.natural([root], box)
        except Undecidable:
            return False, False, False, False
        signs = _signs(value)
        if any(signs):
            return signs
        depth = (DEPTH if len(box.low) == 1 else 1) if depth is None else depth
        if not self.smooth(root, box):
            return signs
        return self._refined(root, box, value, depth)

    def _refined(self, root: Expr, box: Box, value: Any, depth: int) -> tuple[bool, bool, bool, bool]:
        slopes = _slopes(root, self.arrays)
        try:
            over = self.natural(slopes, box)
            (center,) = self.natural([root], Box(box.middle, box.middle))
        except Undecidable:
            return False, False, False, False
        total = as_ball(center)
        for slope, interval, middle in zip(over, box.balls(), box.middle, strict=True):
            if not _is_zero(slope):
                total = total + slope * (interval - middle)
        signs = _signs(total)
        if any(signs) or depth == 0:
            return signs
        return self._monotone(root, slopes, over, box, depth)

    def _monotone(
        self, root: Expr, slopes: Sequence[Expr], over: list[Any], box: Box, depth: int
    ) -> tuple[bool, bool, bool, bool]:
        """Move to the faces on which a coordinatewise monotone expression is least and greatest."""
        least, greatest = box, box
        for axis, (slope, enclosure) in enumerate(zip(slopes, over, strict=True)):
            if box.low[axis] == box.high[axis] or _is_zero(enclosure):
                continue
            _, rising, _, falling = _signs(enclosure)
            if not rising and not falling:
                _, rising, _, falling = self.sign(slope, box, depth - 1)
            if rising or falling:
                least = least.face(axis, upper=not rising)
                greatest = greatest.face(axis, upper=rising)
        if least is box:
            return False, False, False, False
        low, high = (self.sign(root, part, 0) for part in (least, greatest))
        return low[0], low[1], high[2], high[3]


def _signs(value: Any) -> tuple[bool, bool, bool, bool]:
    return bool(value > 0), bool(value >= 0), bool(value < 0), bool(value <= 0)


def _is_zero(value: Any) -> bool:
    return bool(value.is_zero()) if isinstance(value, arb) else bool(value == 0)


@lru_cache(maxsize=4096)
def _slopes(root: Expr, arrays: tuple[Expr, ...]) -> tuple[Expr, ...]:
    return tuple(gradient_entries(root, arrays))


@lru_cache(maxsize=4096)
def _kinks(root: Expr) -> tuple[Expr, ...]:
    return tuple(kinks(root))
