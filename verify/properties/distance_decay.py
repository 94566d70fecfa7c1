"""Among equal keys the weight falls with the distance (P47).

Problem: a bias by distance with its sign flipped. All keys are made equal, values are indicators of positions, and
the last query is looked at.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from verify.expr import build
from verify.properties._base import Inputs, Judgement, Property, worst
from verify.properties._formal import Goal, Subject, joined, rows


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
    """Every two keys made equal, the others arbitrary; every query that sees them, one of them a step nearer."""
    pairs = list(combinations(range(subject.sizes[1]), 2))
    goals = [goal for pair in pairs if (goal := _of_pair(subject, *pair)) is not None]
    return joined(goals) if goals else None


def _of_pair(subject: Subject, j: int, l: int) -> Goal | None:
    n, t = subject.sizes[:2]
    run = subject.run(k=rows(subject.k, [j if place == l else place for place in range(t)]))
    if run.weights is None:
        return None
    conclusion = []
    for i in range(n):
        near, far = sorted((j, l), key=lambda place: abs(t - n + i - place))
        a_step = abs(t - n + i - far) - abs(t - n + i - near) == 1
        if a_step and subject.visible[i][j] and subject.visible[i][l]:
            conclusion.append(build.compare(">=", run.weights[i, near], run.weights[i, far]))
    return Goal(tuple(conclusion), runs=(run,), note="distances that differ by one") if conclusion else None


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
