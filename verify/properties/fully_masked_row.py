"""A row that sees nothing has a defined, finite output, and harms no other row (P21).

Problem: 0/0 on a fully masked row, or a finite additive mask that turns it into the average of what it must not see.
The output there must be finite and must not depend on keys and values. Decided bit by bit: with every key masked, the
two calls do the same operations on the same visible numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.expr import build
from verify.properties._base import Inputs, Judgement, Property, broken, distance, worst
from verify.properties._formal import Goal, Subject, equal, fresh, joined


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Look at rows without a visible key, before and after keys and values change."""
    rows = ~inputs.visible.any(-1)
    if inputs.mask is None or not rows.any():
        return None
    first = lab.run(inputs)
    if first.failed:
        return broken((inputs,), first.problem, "the call raised")
    if first.output.shape[:-1] != rows.shape:
        return None
    if inputs.layer:
        defect = np.where(np.isfinite(first.output), 0.0, np.inf)
        return Judgement(*worst(defect, 0.0), (inputs,), "np.isfinite(out[0]).all()", "a row that sees nothing")
    other = inputs.changed(k=inputs.k[:, ::-1] * -1 + 2, v=inputs.v * -2 + 5)
    second = lab.run(other)
    if second.failed:
        return broken((inputs, other), second.problem, "the call raised")
    defect = np.where(rows[..., None], distance(first.output, second.output), 0.0)
    defect = np.where(np.isfinite(first.output) & np.isfinite(second.output), defect, np.inf)
    assertion = "all(np.isfinite(one).all() for one in out) and np.array_equal(out[0][empty], out[1][empty])".replace(
        "empty", f"np.array({rows[0].tolist()})"
    )
    return Judgement(*worst(defect, 0.0), (inputs, other), assertion, "rows that see nothing, under two sets of values")


def formal(subject: Subject) -> Goal | None:
    """Each row in turn sees nothing; its output is the same for other keys and values."""
    return joined([_blind(subject, i) for i in range(subject.sizes[0])])


def _blind(subject: Subject, i: int) -> Goal:
    visible = [(False,) * len(row) if place == i else row for place, row in enumerate(subject.visible)]
    k, v = fresh("k2", subject.k), fresh("v2", subject.v)
    runs = subject.run(visible=visible), subject.run(k=k, v=v, visible=visible)
    conclusion = equal(build.index(runs[0].output, i), build.index(runs[1].output, i))
    return Goal(conclusion, runs=runs, note="one row at a time sees nothing")


PROPERTY = Property(
    name="fully-masked-row",
    ids=("P21",),
    statement="if mask[i, :] is all False then f(q, k, v, mask)_i is finite and independent of k and v",
    holders="every function with a mask",
    check=check,
    formal=formal,
    default=True,
    masked="always",
    tolerance="none: bits are compared",
    needs="mask",
    draws="empty-rows",
)
