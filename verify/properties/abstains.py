"""When all scores fall without bound the output vanishes (P49).

Problem: the constant of the normaliser added after the maximum was subtracted, so that it follows the scores. Scores
are at least 700 below zero, where exp underflows in every format, so that the exact output is below the smallest
normal number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property, worst


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Measure the output at scores near minus the largest tried."""
    d = inputs.q.shape[-1]
    size = np.sqrt(2.0 ** np.floor(np.log2(lab.form.score_limit)) / d)
    if size**2 * np.sqrt(d) < 700:
        size = np.sqrt(800 / np.sqrt(d))
    q, k = np.full_like(inputs.q, size), np.full_like(inputs.k, -size)
    low = inputs.changed(q=q, k=k)
    run = lab.run(low)
    if run.failed:
        return None
    bound = np.where(np.isfinite(run.output), run.error + np.finfo(np.float32).tiny, np.inf)
    defect = np.abs(run.output.astype(np.float64))
    return Judgement(*worst(defect, bound), (low,), "np.all(np.abs(out[0]) <= bound)", "output at very negative scores")


PROPERTY = Property(
    name="abstains",
    ids=("P49",),
    statement="f(cq, -cq, v) -> 0 as c grows",
    holders="weights with a fixed constant in the normaliser: sigmoid, sink, softmax with one",
    check=check,
    layers=False,
    exact_inputs=True,
    masked="never",
)
