"""When a compiled kernel is worth it: fused loops for small networks, batched matrix products for larger ones."""

from __future__ import annotations

from numerics.kernels.lowering import Lowered

LARGEST_SCRATCH = 16384
"""Lanes of scratch memory (a mebibyte with eight lanes, a second-level cache) up to which fused loops are taken."""


class Declined(Exception):
    """The graph is left to NumPy; the message says why."""


def check(lowered: Lowered) -> None:
    """Raise :class:`Declined` where batched array operations are expected to be faster."""
    if lowered.scratch > LARGEST_SCRATCH:
        raise Declined(f"one slice takes {lowered.scratch} lanes of memory, more than {LARGEST_SCRATCH}")
