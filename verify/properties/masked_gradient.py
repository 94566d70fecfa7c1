"""No gradient flows into what is masked (P17), and none becomes NaN through it.

Problem: a finite additive mask leaks gradient, or NaN arises in a masked branch and is multiplied by zero. The
gradient with respect to keys and values that no row sees must be exactly zero, and every gradient finite.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Look at gradients in padding slots, and for numbers that are not finite anywhere."""
    if inputs.mask is None:
        return None
    first = lab.run(inputs)
    if first.failed or first.output.shape[:-1] != inputs.sees.shape or not np.isfinite(first.output).all():
        return None
    weight = np.where(inputs.sees[..., None], np.ones(first.output.shape), 0.0)
    found = lab.gradient(inputs, weight)
    if found is None:
        return None
    padding = (~inputs.visible).all(-2)[..., None]
    defect = np.zeros(inputs.q.shape[0])
    for place, part in enumerate(found):
        bad = np.where(np.isfinite(part), 0.0, np.inf)
        if not inputs.layer and place > 0:
            bad = np.where(padding & (part != 0), np.maximum(np.abs(part), bad), bad)
        defect = np.maximum(defect, np.nan_to_num(bad, nan=np.inf).reshape(len(defect), -1).max(1))
    return Judgement(
        defect, np.zeros_like(defect), (inputs,), "masked_gradient_defect(f, inputs[0], masks[0]) == 0",
        "gradient in slots that no row sees, or not finite",
    )  # fmt: skip


PROPERTY = Property(
    name="masked-gradient",
    ids=("P17", "P21", "P45"),
    statement="gradients with respect to keys and values that no row sees are exactly 0; all gradients are finite",
    holders="every function with a mask that its framework differentiates",
    check=check,
    default=True,
    masked="always",
    tolerance="none: bits are compared",
    needs="gradient",
    draws="empty-rows",
)
