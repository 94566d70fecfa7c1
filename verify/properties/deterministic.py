"""The same input gives the same bits (P26).

Problem: dropout left on, hidden random state, or uninitialised memory. Decided bit by bit on two calls.
"""

from __future__ import annotations

from typing import Any

from verify.properties._base import Inputs, Judgement, Property, distance, worst


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare two calls on equal inputs."""
    first, second = lab.again(inputs), lab.again(inputs)
    if first.failed or second.failed or first.output.shape != second.output.shape:
        return None
    defect, bound = worst(distance(first.output, second.output), 0.0)
    return Judgement(
        defect, bound, (inputs, inputs), "np.array_equal(out[0], out[1], equal_nan=True)", "two calls on equal inputs"
    )


PROPERTY = Property(
    name="deterministic",
    ids=("P26",),
    statement="f(x) = f(x), bit for bit, on two calls",
    holders="every function in evaluation mode",
    check=check,
    default=True,
    tolerance="none: bits are compared",
)
