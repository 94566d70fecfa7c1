"""What a search for critical points does with many boxes at once: contract, choose a cut, find zeros.

Here with NumPy, by the checker's own contractions; :mod:`numerics.landscape_native` does the same in compiled code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.expr.tape_system import System
from verify.recheck.batch.contract import Contractor, inverted

FloatArray = NDArray[np.float64]

USEFUL = 0.85
"""A contraction is kept when some side shrinks to less than this share."""

SHORT = 0.2
"""Sides shorter than this share of the longest are not cut."""

CHUNK = 1024
NEWTON_STEPS = 40
CONVERGED = 1e-13


@dataclass(frozen=True)
class Examined:
    """Boxes (n, 2, N) after the contractions ``programs`` (N,), which are empty, and which axis to cut otherwise."""

    boxes: FloatArray
    empty: NDArray[np.bool_]
    programs: NDArray[np.int64]
    axes: NDArray[np.int64]


class Engine:
    """Examines boxes in NumPy."""

    def __init__(self, contractor: Contractor) -> None:
        self.contractor = contractor

    def examine(self, boxes: FloatArray) -> Examined:
        """Contract boxes (n, 2, N) and choose where to cut them."""
        parts = [self._examine(boxes[:, :, k : k + CHUNK]) for k in range(0, boxes.shape[2], CHUNK)]
        return Examined(
            np.concatenate([part.boxes for part in parts], axis=2), np.concatenate([part.empty for part in parts]),
            np.concatenate([part.programs for part in parts]), np.concatenate([part.axes for part in parts]),
        )  # fmt: skip

    def _examine(self, boxes: FloatArray) -> Examined:
        count = boxes.shape[2]
        out, empty = boxes.copy(), np.zeros(count, dtype=bool)
        programs, axes = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        first = self.contractor.propagate(boxes, 1)
        programs[first.empty], empty[first.empty] = 1, True
        rest = np.nonzero(~empty)[0]
        if not len(rest):
            return Examined(out, empty, programs, axes)
        second = self.contractor.propagate(boxes[:, :, rest], 2)
        programs[rest[second.empty]], empty[rest[second.empty]] = 2, True
        kept = np.nonzero(~second.empty)[0]
        rest, narrowed = rest[kept], second.boxes[:, :, kept]
        if not len(rest):
            return Examined(out, empty, programs, axes)
        third, weights = self._newton(narrowed)
        programs[rest[third.empty]], empty[rest[third.empty]] = 3, True
        left = ~third.empty
        before = boxes[:, :, rest]
        for program, found in ((2, narrowed), (3, third.boxes)):
            better = left & (found[:, 0] + found[:, 1] < USEFUL * (before[:, 0] + before[:, 1])).any(axis=0)
            programs[rest[better]] = program
            out[:, :, rest[better]] = found[:, :, better]
            before = np.where(better, found, before)
        axes[rest] = cut_axes(out[:, :, rest], weights)
        return Examined(out, empty, programs, axes)

    def _newton(self, boxes: FloatArray) -> tuple[Any, FloatArray]:
        """Return boxes after a Newton step, and the largest absolute values (n, n, N) of the Hessians."""
        found = self.contractor.newton(boxes)
        hessian = self.contractor.last_hessian
        return found, np.maximum(hessian[:, :, 0], hessian[:, :, 1])

    def enclosures(self, boxes: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return values (2, N), gradients (n, 2, N) and Hessians (n, n, 2, N) over boxes (n, 2, N).

        Row 0 holds minus the lower ends, row 1 the upper ends, both rounded outward; NaN where they are not known.
        """
        system, size = self.contractor.system, self.contractor.size
        found = self.registers(boxes, [system.value, *system.gradient, *system.hessian])
        hessian = np.empty((size, size, 2, boxes.shape[2]))
        rows, columns = np.triu_indices(size)
        hessian[rows, columns] = hessian[columns, rows] = found[1 + size :]
        return found[0], found[1 : 1 + size], hessian

    def registers(self, boxes: FloatArray, places: Sequence[int]) -> FloatArray:
        """Return the ranges (len(places), 2, N) of registers over boxes (n, 2, N)."""
        with np.errstate(all="ignore"):
            values, _ = self.contractor.forward(boxes, len(self.contractor.system.steps))
        return np.asarray(values[list(places)])

    def single(self, boxes: FloatArray) -> Any:
        """Return on which boxes (n, 2, N) Krawczyk's test succeeds."""
        return self.contractor.krawczyk(boxes)

    def roots(self, points: FloatArray, scale: FloatArray) -> FloatArray:
        """Return the zeros (n, M) of the gradient that Newton's method reaches from points (n, N)."""
        points = points.copy()
        done = np.zeros(points.shape[1], dtype=bool)
        alive = np.arange(points.shape[1])
        with np.errstate(all="ignore"):
            for _ in range(NEWTON_STEPS):
                slopes, hessian = self.contractor.derivatives_at(points[:, alive])
                step = -np.einsum("ijn,jn->in", inverted(hessian), slopes)
                longest = (np.abs(step) / scale).max(axis=0)
                good = np.isfinite(longest)
                points[:, alive[good]] += (step / np.maximum(longest, 1.0))[:, good]
                done[alive] = longest < CONVERGED
                alive = alive[good & ~done[alive]]
                if not len(alive):
                    break
        return points[:, done]


def cut_axes(boxes: FloatArray, weights: FloatArray) -> NDArray[np.int64]:
    """Return the axis of each box (n, 2, N) along which the gradient varies most, among those that are not short."""
    widths = boxes[:, 0] + boxes[:, 1]
    with np.errstate(all="ignore"):
        moved = weights * widths[None]
        share = (moved / moved.sum(axis=1, keepdims=True)).sum(axis=0)
    share[~np.isfinite(share)] = 0.0
    share[widths < SHORT * widths.max(axis=0)] = 0.0
    flat = share.max(axis=0) <= 0.0
    return np.where(flat, widths.argmax(axis=0), share.argmax(axis=0)).astype(np.int64)


def engine(system: System, limits: Sequence[tuple[Fraction, Fraction]], compiled: bool | None = None) -> Engine:
    """Return an engine for some equations.

    Args:
        limits: intervals of the solved parameters.
        compiled: whether to use compiled code; None: if there is any.

    Raises:
        ValueError: compiled code is wanted for steps that it does not know.
        CannotCompile: compiled code is wanted and there is no compiler.
    """
    from numerics.compiler import CannotCompile
    from numerics.landscape_native import NativeEngine, supports

    contractor = Contractor(system, limits)
    if compiled and not supports(system):
        raise ValueError("these equations have steps that are not compiled")
    if compiled is not False and supports(system):
        try:
            return NativeEngine(contractor, limits)
        except (CannotCompile, OSError):
            if compiled:
                raise
    return Engine(contractor)
