"""When a compiled kernel is worth it.

Measured on loss and gradient of self-attention: compiled loops are 150 times as fast as batched array operations at 8
tokens of width 8, 40 times at 32 of 32, and still twice to eight times at 128 of 64, where each slice takes 12
megabytes. What is left to NumPy are graphs whose slices are larger than that, sources that would take long to compile,
and operations without a kernel.
"""

from __future__ import annotations

from numerics.kernels.lowering import Lowered

LARGEST_SCRATCH = 1 << 18
"""Lanes of scratch memory (16 megabytes with eight lanes) up to which fused loops are taken."""

LONGEST_SOURCE = 12_000
"""Lines of C, a few seconds of compiling, up to which a kernel is compiled."""


class Declined(Exception):
    """The graph is left to NumPy; the message says why."""


def check(lowered: Lowered) -> None:
    """Raise :class:`Declined` where batched array operations are expected to be better."""
    if lowered.scratch > LARGEST_SCRATCH:
        raise Declined(f"one slice takes {lowered.scratch} lanes of memory, more than {LARGEST_SCRATCH}")
    lines = lowered.source.count("\n")
    if lines > LONGEST_SOURCE:
        raise Declined(f"its source has {lines} lines, more than {LONGEST_SOURCE}")
