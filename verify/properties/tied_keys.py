"""A copy of a key-value pair acts like a copy that is moved by almost nothing.

Problem: code that merges, drops or specially treats equal keys. One pair is appended exactly, and with its key scaled
by 1 + 2**-20 and 1 + 2**-40. Where f is continuous with any slope below 2**38 the second difference is a tiny part of
the first (2**-20 of it where f is differentiable); at a jump both are alike. The demand, with rounding bounds e, is
|f(copy) - f(2**-40 copy)| <= |f(copy) - f(2**-20 copy)| / 2 + e. Only float64 resolves these steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property, distance, worst


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare an exact copy of the last pair with two near copies."""
    if lab.name != "float64":
        return None
    calls = tuple(_appended(inputs, inputs.k[:, -1:] * (1 + step)) for step in (0.0, 2.0**-20, 2.0**-40))
    runs = [lab.run(one) for one in calls]
    if any(run.failed for run in runs) or runs[0].output.shape[:-1] != inputs.sees.shape:
        return None
    exact, near, nearer = (run.output for run in runs)
    finite = np.isfinite(exact) & np.isfinite(near) & np.isfinite(nearer) & inputs.sees[..., None]
    bound = np.where(finite, distance(exact, near) / 2 + runs[0].error + runs[2].error, np.inf)
    text = "an exact copy of a pair against copies moved by 2**-20 and 2**-40"
    shown = "np.all(np.abs(out[0] - out[2]) <= bound)"
    return Judgement(*worst(distance(exact, nearer), bound), calls, shown, text)


def _appended(inputs: Inputs, key: Any) -> Inputs:
    mask = None if inputs.mask is None else np.concatenate([inputs.mask, inputs.mask[..., -1:]], axis=-1)
    k, v = np.concatenate([inputs.k, key], axis=1), np.concatenate([inputs.v, inputs.v[:, -1:]], axis=1)
    return inputs.changed(k=k, v=v, mask=mask)


PROPERTY = Property(
    name="tied-keys",
    ids=("P13", "P14"),
    statement="f is continuous where two key-value pairs coincide",
    holders="functions with continuous weights",
    check=check,
    default=True,
    layers=False,
    exact_inputs=True,
    tolerance="half the change under a step 2**20 times as large, plus two running-error bounds",
)
