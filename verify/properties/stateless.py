"""No state survives between calls.

Problem: caches keyed too coarsely, running statistics, buffers of the previous call. A call is repeated after calls
with other sizes and values; its bits must not change.
"""

from __future__ import annotations

from typing import Any

from verify.properties._base import Inputs, Judgement, Property, distance, worst


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Call, call with other values and fewer keys, call again."""
    first = lab.again(inputs)
    lab.again(inputs.changed(x=inputs.q * 3 - 1) if inputs.layer else inputs.changed(k=inputs.k * 3 - 1, v=-inputs.v))
    lab.again(_shorter(inputs))
    second = lab.again(inputs)
    if first.failed or second.failed or first.output.shape != second.output.shape:
        return None
    defect, bound = worst(distance(first.output, second.output), 0.0)
    return Judgement(
        defect, bound, (inputs, _shorter(inputs), inputs), "np.array_equal(out[0], out[2], equal_nan=True)",
        "the same call before and after others",
    )  # fmt: skip


def _shorter(inputs: Inputs) -> Inputs:
    keep = max(inputs.k.shape[-2] - 1, 1)
    if inputs.layer:
        mask = None if inputs.mask is None else inputs.mask[:, :keep, :keep]
        return inputs.changed(x=inputs.q[:, :keep], mask=mask)
    mask = None if inputs.mask is None else inputs.mask[..., :keep]
    return inputs.changed(k=inputs.k[:, :keep], v=inputs.v[:, :keep], mask=mask)


PROPERTY = Property(
    name="stateless",
    ids=("P26",),
    statement="f(x), f(y), f(x) gives the same bits for both calls on x",
    holders="every function in evaluation mode",
    check=check,
    default=True,
    tolerance="none: bits are compared",
)
