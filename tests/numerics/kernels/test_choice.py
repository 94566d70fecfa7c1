"""Which graphs are compiled and which are left to batched array operations."""

from __future__ import annotations

import pytest

from numerics.kernels import choice
from numerics.kernels.lowering import lower
from verify.expr import functions as F


def test_small_networks_are_compiled_and_large_ones_are_not() -> None:
    for width, fits in ((8, True), (150, False)):
        w, data = F.argument("w", (width, width)), F.argument("data", (30, width, width))
        lowered = lower([F.sum(F.tanh(data @ w @ F.tanh(w)) ** 2)], [w])
        if fits:
            choice.check(lowered)
        else:
            with pytest.raises(choice.Declined, match="lanes of memory"):
                choice.check(lowered)
