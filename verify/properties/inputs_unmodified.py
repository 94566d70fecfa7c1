"""A call leaves its arguments as they were (P26).

Problem: an in-place edit of scores, keys or the mask changes the caller's data. Decided bit by bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare the arguments before and after a call."""
    run = lab.run(inputs)
    if run.failed:
        return None
    count = np.full(inputs.q.shape[0], float(bool(run.modified)))
    return Judgement(
        count,
        np.zeros_like(count),
        (inputs,),
        "unmodified(0)",
        f"arguments changed by the call: {run.modified or 'none'}",
    )


PROPERTY = Property(
    name="inputs-unmodified",
    ids=("P26",),
    statement="q, k, v and mask hold the same bits after the call as before",
    holders="every function",
    check=check,
    default=True,
    tolerance="none: bits are compared",
)
