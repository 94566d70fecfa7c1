"""A bound for functions whose operations cannot be followed, where the property is about averages of values.

Model: o_i = sum_j w_ij v_j over visible j, with weights w_ij = e_ij / s_i that were computed from nonnegative e_ij
(whatever they are) and s_i = sum_j e_ij, every operation rounded in the declared format or a wider one, sums in any
order and rescaled any number of times up to the number of keys. The computed weights then sum to one within
gamma_{T+2}, products and sums with values cost gamma_{T+1}, and rescalings 2T more roundings, so that o_i misses an
average of the values by at most gamma_{4T+8} max|v|, whatever the scores were. A larger defect is not explained by
rounding of any such average, and no evaluation of the scores is needed to say so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numerics.variants.rounding import Format, gamma
from verify.properties._base import Inputs

CALLS = {"convex-hull": 1, "value-shift": 2}
"""Properties of averages by name, and the number of calls whose errors add up; q, k and mask are the same in each."""


def averaging_bound(name: str, form: Format, calls: tuple[Inputs, ...]) -> Any:
    """Return the bound (B,) on the defect that rounding explains, or None where the property is of another kind."""
    if name not in CALLS or not calls or calls[0].layer:
        return None
    if any(not np.array_equal(one.q, calls[0].q) or not np.array_equal(one.k, calls[0].k) for one in calls):
        return None
    keys = calls[0].k.shape[-2]
    steps = gamma(4 * keys + 8, form.unit)
    sizes = [np.abs(one.v.astype(np.float64)).max(axis=(1, 2), initial=0.0) for one in calls]
    room = sum(sizes) * (CALLS[name] + 1)
    bound = steps * room + (4 * keys + 8) * form.tiny
    return np.where(np.isfinite(bound), bound, np.inf)
