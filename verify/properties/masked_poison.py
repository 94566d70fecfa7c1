"""NaN and infinities in padding never reach a visible output (P18).

Problem: 0*NaN is NaN: masking needs a selection, not a multiplication by zero. Slots that no row sees receive NaN or
infinities. The bound is that of :mod:`verify.properties.masked_no_influence`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property
from verify.properties.masked_no_influence import judge, poisoned


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare clean padding with poisoned padding."""
    padding = (~inputs.visible).all(axis=-2)
    if inputs.mask is None or not padding.any():
        return None
    first = lab.run(inputs)
    if first.failed or first.output.shape[:-1] != inputs.sees.shape:
        return None
    poison = (np.nan, np.inf)[inputs.seed % 2]
    other = poisoned(inputs, padding, poison)
    return judge(lab, inputs, other, first, inputs.sees, f"{poison} in slots that no row sees")


PROPERTY = Property(
    name="masked-poison",
    ids=("P18",),
    statement="visible rows of f(q, k, v, mask) do not change when keys and values that no row sees hold NaN or inf",
    holders="every function with a mask",
    check=check,
    default=True,
    masked="always",
    tolerance="twice the running-error bound of the first run",
    needs="mask",
    alternatives=2,
)
