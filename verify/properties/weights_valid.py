"""Returned weights are nonnegative, vanish on masked keys, sum to one, and reproduce the output (P01, P02, P39, P56).

Problem: weights returned before masking or dropout, of another head, or not those that were used.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.expr import build
from verify.expr import functions as F
from verify.properties._base import Inputs, Judgement, Property, worst
from verify.properties._formal import Goal, Subject, at_least, equal


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Test sign, support, row sum and weighted sum of values."""
    run = lab.run(inputs)
    if run.failed or run.weights is None or run.weights.shape != inputs.visible.shape:
        return None
    weights, error = run.weights.astype(np.longdouble), run.weights_error
    with np.errstate(all="ignore"):
        parts = [
            (np.maximum(-weights, 0.0), error),
            (np.where(inputs.visible, 0.0, np.abs(weights)), np.where(inputs.visible, np.inf, error)),
            (np.abs(weights.sum(-1, keepdims=True) - 1), error.sum(-1, keepdims=True)),
        ]
        if not inputs.layer:
            values = np.where(inputs.sees.any(), inputs.v, 0).astype(np.longdouble)
            again = weights @ values
            room = run.error + error @ np.abs(inputs.v).astype(np.float64)
            parts.append((np.abs(again - run.output), np.where(np.isfinite(run.output), room, np.inf)))
    seen = inputs.sees[..., None]
    defects = np.concatenate([np.where(seen, d, 0.0).astype(np.float64) for d, _ in parts], axis=-1)
    bounds = np.concatenate([np.where(seen, np.broadcast_to(b, d.shape), np.inf) for d, b in parts], axis=-1)
    return Judgement(
        *worst(defects, bounds), (inputs,), "weights_defect(raw[0], inputs[0][2], masks[0]) <= bound",
        "sign, support, row sum and weighted sum of the returned weights",
    )  # fmt: skip


def formal(subject: Subject) -> Goal | None:
    """Entry by entry, and the sum of every row that sees a key."""
    run = subject.run()
    if run.weights is None:
        return None
    if run.output.shape != (subject.sizes[0], subject.sizes[3]):
        return None
    hidden = [
        build.index(run.weights, (i, j))
        for i, row in enumerate(subject.visible)
        for j, see in enumerate(row)
        if not see
    ]
    sums = [
        build.compare("==", F.sum(build.index(run.weights, i)), 1) for i in range(subject.sizes[0]) if subject.seen(i)
    ]
    zero = tuple(build.compare("==", entry, 0) for entry in hidden)
    product = equal(run.output, F.matmul(run.weights, subject.v))
    return Goal((*at_least(run.weights, 0), *zero, *sums, *product), runs=(run,))


PROPERTY = Property(
    name="weights-valid",
    ids=("P01", "P02", "P39", "P56"),
    statement="A >= 0, A_ij = 0 for masked j, sum_j A_ij = 1, and output = A v, for returned weights A",
    holders="functions that return row-stochastic weights",
    check=check,
    formal=formal,
    default=True,
    needs="weights",
    tolerance="running-error bounds of weights and output",
)
