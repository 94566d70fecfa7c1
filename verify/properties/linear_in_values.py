"""The output is linear in the values at fixed queries and keys (P06).

Problem: keys used as values, nonlinearities after the weighted sum, clipping. Values are small dyadic numbers, so
that the combination 2*v1 - 3*v2 is exact in every format; the bounds of the three runs are combined with the same
factors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.expr import build
from verify.expr import functions as F
from verify.properties._base import Inputs, Judgement, Property, distance, worst
from verify.properties._formal import Goal, Subject, equal, fresh


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare f(2 v1 - 3 v2) with 2 f(v1) - 3 f(v2)."""
    other = np.broadcast_to(inputs.rng().integers(-8, 9, inputs.v.shape[1:]) / 4, inputs.v.shape)
    second = inputs.changed(v=other.astype(inputs.v.dtype))
    both = inputs.changed(v=(2 * inputs.v - 3 * second.v).astype(inputs.v.dtype))
    runs = [lab.run(one) for one in (inputs, second, both)]
    if any(run.failed for run in runs) or runs[0].output.shape[:-1] != inputs.sees.shape:
        return None
    a, b, c = (run.output.astype(np.longdouble) for run in runs)
    with np.errstate(all="ignore"):
        bound = 2 * runs[0].error + 3 * runs[1].error + runs[2].error
        defect = distance(c, 2 * a - 3 * b)
    bound = np.where(np.isfinite(defect) & inputs.sees[..., None], bound, np.inf)
    assertion = "np.all(np.abs(2 * out[0] - 3 * out[1] - out[2]) <= bound)"
    return Judgement(
        *worst(defect, bound), (inputs, second, both), assertion, "f(2 v1 - 3 v2) against 2 f(v1) - 3 f(v2)"
    )


def formal(subject: Subject) -> Goal | None:
    """For symbols a, b and two value arrays."""
    a, b, other = build.symbol("a"), build.symbol("b"), fresh("v2", subject.v)
    runs = subject.run(), subject.run(v=other), subject.run(v=F.add(F.mul(a, subject.v), F.mul(b, other)))
    combined = F.add(F.mul(a, runs[0].output), F.mul(b, runs[1].output))
    return Goal(equal(runs[2].output, combined), runs=runs)


PROPERTY = Property(
    name="linear-in-values",
    ids=("P06",),
    statement="f(q, k, a v1 + b v2) = a f(q, k, v1) + b f(q, k, v2)",
    holders="functions whose output is a weighted sum of values with weights from queries and keys",
    check=check,
    formal=formal,
    default=True,
    layers=False,
    exact_inputs=True,
    tolerance="2 e1 + 3 e2 + e3 of the three running-error bounds",
)
