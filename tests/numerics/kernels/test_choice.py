"""Which graphs are compiled and which are left to batched array operations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from numerics.kernels import choice
from numerics.kernels.lowering import lower
from verify.expr import functions as F


def test_small_and_middling_networks_are_compiled_and_huge_ones_are_not() -> None:
    for width, fits in ((8, True), (64, True), (600, False)):
        w, data = F.argument("w", (width, width)), F.argument("data", (2, 4, width))
        lowered = lower([F.sum(F.tanh(data @ w @ F.tanh(w)) ** 2)], [w])
        if fits:
            choice.check(lowered)
        else:
            with pytest.raises(choice.Declined, match="lanes of memory"):
                choice.check(lowered)


def test_sources_that_would_compile_for_minutes_are_not() -> None:
    w = F.argument("w")
    lowered = lower([w * w], [w])
    choice.check(lowered)
    with pytest.raises(choice.Declined, match="lines"):
        choice.check(replace(lowered, source="\n" * 20_000))
