"""Every size is accepted and gives an output of the right shape.

Problem: code that works for one size only: one token, one feature, odd and prime lengths, more tokens than an
internal block. Sizes of feature axes that the function refuses from the start are left out; token counts are not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property, broken


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare the shape of the output with (B, Tq, dv)."""
    run = lab.run(inputs)
    if run.failed:
        return broken((inputs,), run.problem, "the call raised")
    queries, _, _, dv = inputs.sizes
    expected = (inputs.q.shape[0], queries, run.output.shape[-1] if inputs.layer and run.output.ndim else dv)
    wrong = float(run.output.shape != expected)
    count = np.full(inputs.q.shape[0], wrong)
    shown = f"output of shape {run.output.shape[1:]} where {expected[1:]} is due"
    return Judgement(count, np.zeros_like(count), (inputs,), f"out[0].shape[-2:] == {expected[1:]}", shown)


PROPERTY = Property(
    name="output-shape",
    ids=(),
    statement="f maps (..., Tq, d), (..., Tk, d), (..., Tk, dv) to (..., Tq, dv) for all Tq, Tk >= 1",
    holders="every function",
    check=check,
    default=True,
    tolerance="none: shapes are compared",
)
