"""Every output lies in the hull of the visible values (P01, P02, P04).

Problem: rows of weights that do not sum to one, negative weights, weight on masked keys. Checked per coordinate, and
for constant values, where the hull is one point: then the row sum itself is tested.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.expr import build
from verify.expr import functions as F
from verify.properties._base import Inputs, Judgement, Property, worst
from verify.properties._formal import Goal, Subject, joined


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


def formal(subject: Subject) -> Goal | None:
    """Visible values are written as lo + u and as hi - u with u >= 0: then the output is at least lo, at most hi."""
    if subject.run().output.shape[1] != subject.v.shape[1]:
        return None
    return joined([_one_side(subject, i, side) for i in range(subject.sizes[0]) for side in (1, -1) if subject.seen(i)])


def _one_side(subject: Subject, i: int, side: int) -> Goal:
    """The values that other rows see, and this one does not, stay arbitrary."""
    edge, excess = build.symbol("edge", (1, subject.sizes[3])), build.symbol("u", subject.v.shape)
    bounded = F.add(edge, F.mul(side, excess))
    free, seen = subject.v, subject.seen(i)
    values = F.stack([build.index(bounded if j in seen else free, j) for j in range(free.shape[0])])
    run = subject.run(v=values)
    row = [build.index(run.output, (i, c)) for c in range(free.shape[1])]
    gaps = [F.mul(side, F.sub(entry, edge[0, c])) for c, entry in enumerate(row)]
    return Goal(tuple(build.compare(">=", gap, 0) for gap in gaps), {"u": "nonnegative"}, runs=(run,))


PROPERTY = Property(
    name="convex-hull",
    ids=("P01", "P02", "P04"),
    statement="min_j v_jc <= f(q, k, v, mask)_ic <= max_j v_jc over visible j, for every coordinate c",
    holders="functions with nonnegative weights that sum to one and no gate or residual",
    check=check,
    formal=formal,
    default=True,
    layers=False,
    tolerance="running-error bound of the run",
    alternatives=2,
)
