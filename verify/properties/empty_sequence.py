"""An empty set of keys is a row that sees nothing: a finite output, no exception (P21).

Problem: the maximum of nothing raises.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property, broken


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Call with no keys."""
    none = inputs.changed(
        k=inputs.k[:, :0], v=inputs.v[:, :0], mask=None if inputs.mask is None else inputs.mask[..., :0]
    )
    run = lab.again(none)
    if run.failed:
        return broken((none,), run.problem, "the call raised")
    bad = (~np.isfinite(run.output)).reshape(run.output.shape[0], -1).sum(1).astype(float)
    return Judgement(bad, np.zeros_like(bad), (none,), "np.isfinite(out[0]).all()", "entries that are not finite")


PROPERTY = Property(
    name="empty-sequence",
    ids=("P21",),
    statement="f(q, k, v) is defined and finite for Tk = 0",
    holders="functions that declare it",
    check=check,
    layers=False,
    exact_inputs=True,
)
