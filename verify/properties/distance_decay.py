"""Among equal keys the weight falls with the distance (P47).

Problem: a bias by distance with its sign flipped. All keys are made equal, values are indicators of positions, and
the last query is looked at.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.expr import build
from verify.expr import functions as F
from verify.properties._base import Inputs, Judgement, Property, worst
from verify.properties._formal import Goal, Subject


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Look at increases of the last query's weights away from it."""
    keys = inputs.k.shape[-2]
    if keys < 2:
        return None
    flat = np.broadcast_to(inputs.k[:, :1], inputs.k.shape).copy()
    identity = np.broadcast_to(np.eye(keys, dtype=inputs.v.dtype), (inputs.v.shape[0], keys, keys)).copy()
    equal = inputs.changed(q=inputs.q[:, -1:], k=flat, v=identity, mask=None)
    run = lab.run(equal)
    if run.failed or run.output.shape[-1] != keys:
        return None
    weights = run.output[:, -1].astype(np.float64)
    defect = np.maximum(weights[:, :-1] - weights[:, 1:], 0)
    bound = run.error[:, -1, :-1] + run.error[:, -1, 1:]
    shown = "np.all(out[0][..., -1, :-1] - out[0][..., -1, 1:] <= bound)"
    return Judgement(*worst(defect, bound), (equal,), shown, "weight on a farther key above that on a nearer equal key")


def formal(subject: Subject) -> Goal | None:
    """All keys equal; every pair of visible keys on one side of, and at different distances from, the query."""
    key = build.symbol("k", (1, subject.sizes[2]))
    run = subject.run(k=F.concatenate([key] * subject.sizes[1]))
    if run.weights is None:
        return None
    n, t = subject.sizes[:2]
    conclusion = [
        build.compare(">=", run.weights[i, j], run.weights[i, l])
        for i in range(n) for j in subject.seen(i) for l in subject.seen(i)
        if abs(t - n + i - j) < abs(t - n + i - l)
    ]  # fmt: skip
    return Goal(tuple(conclusion)) if conclusion else None


PROPERTY = Property(
    name="distance-decay",
    ids=("P47",),
    statement="k_j = k_l and |i - j| < |i - l| imply A_ij >= A_il",
    holders="attention with linear biases of positive slope",
    check=check,
    formal=formal,
    layers=False,
    exact_inputs=True,
    masked="never",
)
