"""The output has the format of the inputs.

Problem: a float64 constant or a cast promotes (or demotes) the result, which breaks mixed-precision code around it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare the names of the formats."""
    run = lab.run(inputs)
    if run.failed:
        return None
    count = np.full(inputs.q.shape[0], float(run.dtype != lab.name))
    return Judgement(
        count,
        np.zeros_like(count),
        (inputs,),
        f"str(raw[0].dtype).removeprefix('torch.') == {lab.name!r}",
        f"{lab.name} in, {run.dtype} out",
    )


PROPERTY = Property(
    name="dtype-kept",
    ids=(),
    statement="dtype(f(q, k, v)) = dtype(q) when q, k, v share one format",
    holders="every function",
    check=check,
    default=True,
    tolerance="none: names are compared",
)
