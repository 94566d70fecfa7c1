"""Finds bounds of an expression over a box: the worst boxes are halved until the bounds are close to values seen.

Boxes are enclosed by the checker's own relaxations, a thousand at a time, so what is found here is confirmed there. The
bounds of the boxes that are left at any time are bounds of the expression: whoever stops early has coarser ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from numerics.budget import Budget
from verify.recheck.batch.cover import halves
from verify.recheck.batch.relax import Ranges, Relaxation

FloatArray = NDArray[np.float64]

DONE = -1
SAMPLES = 2000
BATCH = 1024
"""Boxes that are halved at once."""

FEW, LEVELS = 128, 3
"""Up to so many boxes are halved so often before their parts are enclosed: calls cost more than what they do."""

CORNERS = 8
"""Up to so many inputs all corners are sampled."""

SMALLEST = 1e-9
"""Boxes of this share of the domain that cannot be enclosed will not be."""

SLACK = 1e-12
"""What bounds are widened by, relative to their size: the checker may round differently."""


@dataclass(frozen=True)
class Bounds:
    """Bounds of an expression, the points where the least and greatest values were seen, and the tree of boxes.

    ``tree`` is None when there are no finite bounds; ``open`` is then a box (n, 2), by its ends, that resists.
    ``excess`` is set when the bounds are coarser than wanted: by how much in all they exceed the values seen.
    """

    low: float
    high: float
    least: FloatArray
    greatest: FloatArray
    tree: list[int] | None
    boxes: int
    open: FloatArray | None = None
    excess: float | None = None


def bounds(
    relaxation: Relaxation, root: FloatArray, width: float | None, budget: Budget, *, max_nodes: int = 2_000_000,
    seed: int = 0,
) -> Bounds:  # fmt: skip
    """Return bounds over a box that exceed the values seen at points by at most ``width`` in all.

    Args:
        root: (n, 2, 1), minus the lower and the upper ends.
        width: None means a hundredth of the range of the values seen.
    """
    seen = _Seen.sampled(relaxation, root, np.random.default_rng(seed))
    if width is None:
        width = max((seen.most - seen.least) / 100, 1e-9) if np.isfinite(seen.most - seen.least) else 1e-9
    search = _Search(relaxation, root, seen, 0.5 * width * (1 - 1e-3))
    while search.step(max_nodes) and budget.left > 0:
        pass
    return search.result(width)


@dataclass
class _Seen:
    """The least and greatest values at points, and where."""

    least: float = np.inf
    most: float = -np.inf
    places: list[FloatArray] = field(default_factory=lambda: [np.zeros(0), np.zeros(0)])

    @staticmethod
    def sampled(relaxation: Relaxation, root: FloatArray, rng: np.random.Generator) -> _Seen:
        """Return what random points and corners show."""
        low, high = -root[:, 0], root[:, 1]
        size = len(low)
        shares = rng.random((size, SAMPLES))
        if size <= CORNERS:
            corners = np.array(np.meshgrid(*([0.0, 1.0],) * size)).reshape(size, -1)
            shares = np.hstack([shares, corners])
        points = np.minimum(low + (high - low) * shares, high)
        out = _Seen(places=[points[:, 0].copy(), points[:, 0].copy()])
        out.take(points, relaxation.at(points))
        return out

    def take(self, points: FloatArray, found: FloatArray) -> FloatArray:
        """Remember the extreme values (2, N) at points (n, N); return the values."""
        with np.errstate(all="ignore"):
            values = np.asarray(0.5 * (found[1] - found[0]))
        finite = np.isfinite(values)
        if finite.any():
            first, last = np.argmin(np.where(finite, values, np.inf)), np.argmax(np.where(finite, values, -np.inf))
            if values[first] < self.least:
                self.least, self.places[0] = float(values[first]), points[:, first].copy()
            if values[last] > self.most:
                self.most, self.places[1] = float(values[last]), points[:, last].copy()
        return values


class _Search:
    """Leaves of a tree of boxes; those whose bounds are not close to values seen are open."""

    def __init__(self, relaxation: Relaxation, root: FloatArray, seen: _Seen, excess: float) -> None:
        self.relaxation, self.seen, self.excess = relaxation, seen, excess
        self.unit = np.maximum(root[:, 0] + root[:, 1], 1e-300)
        self.count = 1
        self.done = [np.inf, -np.inf]
        self.boxes = root
        self.names = np.array([0])
        found = relaxation.ranges(root)
        self.low, self.high, self.weights = found.low, found.high, self._weights(root, found)
        self.axis_of: dict[int, int] = {}
        self.child_of: dict[int, int] = {}

    def _weights(self, boxes: FloatArray, found: Ranges) -> FloatArray:
        """Return what the sides of boxes count (n, N): how much the slope along them varies, or alike."""
        with np.errstate(all="ignore"):
            widths = boxes[:, 0] + boxes[:, 1]
            spread = found.gradient[:, 0] + found.gradient[:, 1]
            unknown = ~np.isfinite(spread).all(axis=0) | ((spread * widths).max(axis=0) <= 0)
            # Slopes that promise more than the range say nothing yet.
            unknown |= (np.abs(found.gradient).max(axis=1) * widths).sum(axis=0) > found.high - found.low
            return np.where(unknown, 1.0 / self.unit, spread)

    def _violation(self) -> FloatArray:
        with np.errstate(all="ignore"):
            out = np.maximum(self.seen.least - self.excess - self.low, self.high - self.seen.most - self.excess)
        return np.where(np.isnan(out), np.inf, out)

    def step(self, max_nodes: int) -> bool:
        """Halve the worst boxes; return whether there is more to do."""
        over = self._violation()
        fine = over <= 0
        if fine.any():
            self.done = [min(self.done[0], self.low[fine].min()), max(self.done[1], self.high[fine].max())]
            self._keep(~fine)
            over = over[~fine]
        if not len(over) or self.count + 2 * BATCH > max_nodes or self._stuck(over):
            return False
        chosen = np.argpartition(-over, BATCH)[:BATCH] if len(over) > BATCH else np.arange(len(over))
        parts, names = self.boxes[:, :, chosen], self.names[chosen]
        weights = self.weights[:, chosen]
        levels = LEVELS if self.count > 1 and len(chosen) <= FEW else 1
        for _ in range(levels):
            axes = (weights * (parts[:, 0] + parts[:, 1])).argmax(axis=0)
            parts, names, weights = halves(parts, axes), self._named(names, axes), weights.repeat(2, axis=1)
        found = self.relaxation.ranges(parts)
        lows = np.fmax(found.low, self.low[chosen].repeat(2**levels))
        highs = np.fmin(found.high, self.high[chosen].repeat(2**levels))
        self.seen.take(0.5 * (parts[:, 1] - parts[:, 0]), found.center)
        rest = np.ones(len(over), dtype=bool)
        rest[chosen] = False
        self._keep(rest)
        self.boxes = np.concatenate([self.boxes, parts], axis=2)
        self.names = np.concatenate([self.names, names])
        self.low, self.high = np.concatenate([self.low, lows]), np.concatenate([self.high, highs])
        self.weights = np.concatenate([self.weights, self._weights(parts, found)], axis=1)
        return True

    def _named(self, names: NDArray[np.int64], axes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Remember along which axes nodes are cut; return the names of their halves."""
        out = self.count + np.arange(2 * len(names))
        for name, axis, child in zip(names.tolist(), axes.tolist(), out[::2].tolist(), strict=True):
            self.axis_of[name], self.child_of[name] = axis, child
        self.count += len(out)
        return out

    def _stuck(self, over: FloatArray) -> bool:
        """Return whether there is a tiny box on which nothing is known: a pole, or the edge of where it is defined."""
        unknown = self.boxes[:, :, ~np.isfinite(over)]
        return bool(((unknown[:, 0] + unknown[:, 1]) <= SMALLEST * self.unit).all(axis=0).any())

    def _keep(self, which: NDArray[np.bool_]) -> None:
        self.boxes, self.names, self.weights = self.boxes[:, :, which], self.names[which], self.weights[:, which]
        self.low, self.high = self.low[which], self.high[which]

    def result(self, width: float) -> Bounds:
        """Return what is known now."""
        least, greatest = self.seen.places
        low, high = min([self.done[0], *self.low.tolist()]), max([self.done[1], *self.high.tolist()])
        bad = ~(np.isfinite(self.low) & np.isfinite(self.high))
        if bad.any() or not np.isfinite(high - low):
            place = self.boxes[:, :, bad][:, :, 0] * [-1.0, 1.0] if bad.any() else None
            return Bounds(-np.inf, np.inf, least, greatest, None, self.count, place)
        more = SLACK * (abs(low) + abs(high)) + 1e-300
        excess = None if not len(self.low) else max(self.seen.least - low, 0.0) + max(high - self.seen.most, 0.0)
        if excess is not None and excess <= width:
            excess = None
        return Bounds(low - more, high + more, least, greatest, self._tree(), self.count, excess=excess)

    def _tree(self) -> list[int]:
        """Return the axes of all nodes, level by level."""
        out: list[int] = []
        level = [0]
        while level:
            axes = [self.axis_of.get(name, DONE) for name in level]
            out += axes
            firsts = [self.child_of[name] for name, axis in zip(level, axes, strict=True) if axis != DONE]
            level = [name for first in firsts for name in (first, first + 1)]
        return out
