"""The error against a high-precision evaluation of the same formula is what rounding allows (P24).

Problem: a hidden cast to a narrower format, or an unstable formula. The running-error analysis charges every
operation one rounding of the declared format; the shadow evaluation of the same operations in wider arithmetic errs
by at most 2**-11 times as much in each operation, which the factor 2 covers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property, distance, worst


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare the output with its high-precision shadow."""
    run = lab.run(inputs)
    if run.failed or run.wide is None:
        return None
    bound = np.where(np.isfinite(run.output) & np.isfinite(run.wide), 2 * run.error, np.inf)
    defect = distance(run.output, run.wide)
    if defect.shape[:-1] == inputs.sees.shape:
        bound = np.where(inputs.sees[..., None], bound, np.inf)
    text = f"the output against the same formula in higher precision ({run.method})"
    return Judgement(*worst(defect, bound), (inputs,), "np.all(np.abs(out[0] - exact) <= bound)", text)


PROPERTY = Property(
    name="accuracy",
    ids=("P24",),
    statement="|f(x) - exact formula(x)| <= running-error bound of the formula in the declared format",
    holders="every function that computes in the format of its inputs",
    check=check,
    default=True,
    tolerance="twice the running-error bound",
)
