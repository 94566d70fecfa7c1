"""Finite output for finite input, also at huge logits (P23, P45).

Problem: exp overflows, sums of underflowed exponentials vanish, and 0/0 or inf/inf reaches the output although the
exact result is an ordinary number. Inputs are tried whose scores stay below the format's ``score_limit`` and whose
values are moderate, so that every visible row has a representable exact result. Decided bit by bit: no tolerance.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property, broken


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Count entries of visible rows that are not finite."""
    run = lab.run(inputs)
    if run.failed:
        return broken((inputs,), run.problem, "the call raised")
    bad = ~np.isfinite(run.output)
    if bad.shape[:-1] == inputs.sees.shape:
        bad = bad & inputs.sees[..., None]
    count = bad.reshape(bad.shape[0], -1).sum(axis=1).astype(float)
    return Judgement(
        count, np.zeros_like(count), (inputs,), "np.isfinite(out[0]).all()", "entries of the output that are not finite"
    )


PROPERTY = Property(
    name="finite",
    ids=("P23", "P45"),
    statement="for finite q, k, v with representable exact result, every entry of f(q, k, v, mask) is finite",
    holders="every attention function in stabilised form; kernel feature maps in plain form do not",
    check=check,
    default=True,
    tolerance="none: finiteness is decided bit by bit",
    draws="huge",
)
