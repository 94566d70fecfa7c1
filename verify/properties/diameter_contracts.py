"""The outputs lie no farther apart than the values (P32).

Problem: gates, residuals, rows that do not sum to one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property, worst
from verify.properties._formal import Goal, Subject
from verify.properties.convex_hull import formal as hull


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare the spread of outputs with that of values."""
    run = lab.run(inputs)
    if run.failed or run.output.shape[:-1] != inputs.sees.shape or run.output.shape[-1] != inputs.v.shape[-1]:
        return None
    seen = inputs.sees[..., None]
    top = np.where(seen, run.output.astype(float) - run.error, -np.inf).max(-2)
    low = np.where(seen, run.output.astype(float) + run.error, np.inf).min(-2)
    spread = inputs.v.astype(float).max(-2) - inputs.v.astype(float).min(-2)
    defect = np.maximum(top - low - spread, 0)
    defect = np.where(np.isfinite(defect), defect, 0)
    zero = np.where(np.isfinite(run.output).all(-2), 0.0, np.inf)
    shown = "np.all(np.ptp(out[0], axis=-2) <= np.ptp(inputs[0][2].astype(float), axis=-2) + 2 * bound)"
    return Judgement(
        *worst(defect, zero), (inputs,), shown, "spread of outputs beyond that of values, rounding taken off"
    )


def formal(subject: Subject) -> Goal | None:
    """Every output lies in the hull of the values, so that no two are further apart than two values."""
    goal = hull(subject)
    return None if goal is None else replace(goal, sufficient=True, note="every output lies in the hull of the values")


PROPERTY = Property(
    name="diameter-contracts",
    ids=("P32",),
    statement="max_i o_ic - min_i o_ic <= max_j v_jc - min_j v_jc for every coordinate c",
    holders="row-stochastic weights",
    check=check,
    formal=formal,
    layers=False,
    exact_inputs=True,
)
