"""Checks that a box holds no critical points but those in listed regions: a tree of boxes, checked level by level.

The evidence is a list of strings, one per level of the tree, two characters per box in order:

===========  =======================================================================================================
first        contraction before anything else: ``0`` none, ``1`` or ``2`` that many times forth and back through the
             equations, ``3`` the same twice and then a Newton step, ``4`` a Newton step
second       ``e`` nothing is left, ``r`` what is left lies in a region, ``o`` not decided, or ``a``, ``b``, ... for the
             first, second, ... input: what is left is cut in halves along it (e, o and r stand for no input)
===========  =======================================================================================================

The checker does the contractions itself (:mod:`verify.recheck.batch.contract`); the tree only says which ones are
enough. A box that should be empty and is not quite (a search may round differently) is halved a few times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from verify.errors import Rejected
from verify.recheck.batch.contract import Contracted, Contractor
from verify.recheck.batch.lanes import Lanes
from verify.recheck.batch.sweep import Sweep

CHUNK = 2048
"""Boxes that are contracted at once, so that they stay in the cache."""

FEW = 256
"""Up to so many boxes, calls cost more than what they do, and the first contraction is replaced by the second."""

EMPTY, REGION, OPEN = "e", "r", "o"
AXES = "abcdfghijklmnpqstuvwxyz"
"""Letters of the inputs."""

FULL = 3
"""The strongest contraction."""

DEPTH = 8
MAX_EXTRA = 20_000
"""How often, and how many boxes in all, are halved beyond the tree."""

MAX_BOXES = 20_000_000


def contracted(contractor: Contractor, boxes: Lanes, program: int) -> Contracted:
    """Return boxes (n, 2, N) after a contraction; 0 leaves them as they are."""
    if program == 0:
        nothing = np.zeros(boxes.shape[2], dtype=bool)
        return Contracted(boxes, nothing, nothing)
    if program == 4:
        return contractor.newton(boxes)
    first = contractor.propagate(boxes, min(program, 2))
    if program < FULL:
        return first
    second = contractor.newton(first.boxes)
    return Contracted(second.boxes, first.empty | second.empty, second.smooth)


@dataclass
class Cover:
    """Walks a tree.

    Attributes:
        regions: (n, 2, K), boxes whose critical points are listed.
        sweeps: what rescalings carry into such a box.
        open: number of boxes that are not decided, and their total volume.
    """

    contractor: Contractor
    regions: Lanes
    sweeps: Sequence[Sweep] = ()
    open: int = 0
    volume: Fraction = Fraction(0)
    extra: int = 0

    def walk(self, root: Lanes, levels: Sequence[Any]) -> None:
        """Require that a tree shows what it should about the box ``root`` (n, 2, 1).

        Raises:
            Rejected: it does not.
        """
        boxes, gone, total = root, np.zeros(root.shape[2], dtype=bool), 0
        for level in levels:
            count = boxes.shape[2]
            total += count
            if not isinstance(level, str) or len(level) != 2 * count or not count or total > MAX_BOXES:
                raise Rejected("a level of the cover does not have two marks per box")
            marks = np.frombuffer(level.encode("ascii", "replace"), dtype=np.uint8).reshape(-1, 2)
            pieces = [slice(start, start + CHUNK) for start in range(0, count, CHUNK)]
            parts = [self._chunk(boxes[:, :, piece], gone[piece], marks[piece]) for piece in pieces]
            boxes = np.concatenate([part for part, _ in parts], axis=2)
            gone = np.concatenate([part for _, part in parts])
        if boxes.shape[2]:
            raise Rejected("the cover ends early")

    def _chunk(self, boxes: Lanes, gone: Any, marks: Any) -> tuple[Lanes, Any]:
        """Check some boxes of one level; return the boxes of the next, and which of them are parts of empty ones."""
        programs, actions = marks[:, 0] - ord("0"), marks[:, 1]
        axes = _AXIS_OF[actions]
        known = (axes >= 0) & (axes < len(boxes)) | np.isin(actions, [ord(mark) for mark in (EMPTY, REGION, OPEN)])
        if (programs > 4).any() or not known.all():
            raise Rejected("a mark of the cover has no meaning")
        left = boxes.copy()
        empty = gone.copy()
        if len(marks) <= FEW:
            programs = np.where(programs == 1, 2, programs)
        for wanted, program in (((programs == 1), 1), ((programs == 2) | (programs == FULL), 2), (programs >= FULL, 4)):
            which = np.nonzero(wanted & ~empty)[0]
            if len(which):
                found = contracted(self.contractor, left[:, :, which], program)
                left[:, :, which], empty[which] = found.boxes, found.empty
        self._settle(left, empty, actions)
        cut = np.nonzero(axes >= 0)[0]
        return halves(left[:, :, cut], axes[cut]), np.repeat(empty[cut], 2)

    def _settle(self, left: Lanes, empty: Any, actions: Any) -> None:
        for k in np.nonzero((actions == ord(EMPTY)) & ~empty)[0]:
            self._require_empty(left[:, :, k : k + 1])
        inside = np.nonzero((actions == ord(REGION)) & ~empty)[0]
        outside = inside[~self.within(left[:, :, inside])]
        if len(outside):
            again = contracted(self.contractor, left[:, :, outside], FULL)
            if not (again.empty | self.within(again.boxes)).all():
                raise Rejected("a box of the cover is not inside a region")
        waiting = np.nonzero((actions == ord(OPEN)) & ~empty)[0]
        self.open += len(waiting)
        for k in waiting:
            self.volume += volume(left[:, :, k])

    def within(self, boxes: Lanes) -> Any:
        """Return which boxes lie in some region."""
        out = np.zeros(boxes.shape[2], dtype=bool)
        for k in range(self.regions.shape[2]):
            out |= (boxes <= self.regions[:, :, k, None]).all(axis=(0, 1))
        for sweep in self.sweeps:
            out |= sweep.holds(boxes)
        return out

    def _require_empty(self, box: Lanes) -> None:
        boxes = box
        for _ in range(DEPTH):
            self.extra += boxes.shape[2]
            if self.extra > MAX_EXTRA:
                break
            found = contracted(self.contractor, boxes, FULL)
            boxes = found.boxes[:, :, ~found.empty]
            if not boxes.shape[2]:
                return
            boxes = halves(boxes, (boxes[:, 0] + boxes[:, 1]).argmax(axis=0))
        raise Rejected("a box is not shown to hold no critical point")


_AXIS_OF = np.array([AXES.find(chr(code)) for code in range(256)])


def halves(boxes: Lanes, axes: Any) -> Lanes:
    """Return both halves of boxes (n, 2, N), cut along one axis each, the lower one of each first."""
    which = np.arange(boxes.shape[2])
    with np.errstate(all="ignore"):
        middle = 0.5 * (boxes[axes, 1, which] - boxes[axes, 0, which])
    lower, upper = boxes.copy(), boxes.copy()
    lower[axes, 1, which] = middle
    upper[axes, 0, which] = -middle
    return np.stack([lower, upper], axis=3).reshape(*boxes.shape[:2], -1)


def volume(box: Any) -> Fraction:
    """Return the exact volume of one box (n, 2)."""
    out = Fraction(1)
    for low, high in box.tolist():
        out *= max(Fraction(low) + Fraction(high), Fraction(0))
    return out
