"""Every output lies in the hull of the visible values (P01, P02, P04).

Problem: rows of weights that do not sum to one, negative weights, weight on masked keys. Checked per coordinate, and
for constant values, where the hull is one point: then the row sum itself is tested.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property, worst


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Measure how far outputs lie outside [min, max] of the visible values."""
    if inputs.seed % 2:
        inputs = inputs.changed(v=np.ones_like(inputs.v))
    run = lab.run(inputs)
    if run.failed or run.output.shape != (*inputs.sees.shape, inputs.v.shape[-1]):
        return None
    seen, values = inputs.visible[..., None], inputs.v[:, None].astype(np.float64)
    low = np.where(seen, values, np.inf).min(axis=-2)
    high = np.where(seen, values, -np.inf).max(axis=-2)
    output = run.output.astype(np.float64)
    with np.errstate(all="ignore"):
        defect = np.maximum(np.maximum(low - output, output - high), 0.0)
    bound = np.where(np.isfinite(output) & inputs.sees[..., None], run.error, np.inf)
    defect = np.where(inputs.sees[..., None], defect, 0.0)
    mask = "None" if inputs.mask is None else "masks[0]"
    assertion = f"outside_hull(out[0], inputs[0][2], {mask}) <= bound"
    return Judgement(
        *worst(defect, bound), (inputs,), assertion, "distance of the output from the hull of visible values"
    )


PROPERTY = Property(
    name="convex-hull",
    ids=("P01", "P02", "P04"),
    statement="min_j v_jc <= f(q, k, v, mask)_ic <= max_j v_jc over visible j, for every coordinate c",
    holders="functions with nonnegative weights that sum to one and no gate or residual",
    check=check,
    default=True,
    layers=False,
    tolerance="running-error bound of the run",
    alternatives=2,
)
