"""Adding a constant row to all values adds it to every output (P05).

Problem: weights that do not sum to one. This sees the row sum without seeing the weights, also beside large scores.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Property, relation


def _shift(inputs: Inputs) -> Any:
    return (inputs.rng().integers(1, 9, inputs.v.shape[-1]) / 2).astype(inputs.v.dtype)


def _shifted(inputs: Inputs) -> Inputs:
    return inputs.changed(v=inputs.v + _shift(inputs))


def _expected(inputs: Inputs, value: Any, error: Any) -> tuple[Any, Any]:
    return value.astype(np.longdouble) + _shift(inputs).astype(np.longdouble), error


def check(lab: Any, inputs: Inputs) -> Any:
    """Compare f(v + c) with f(v) + c."""
    shown = f"np.all(np.abs(out[0] + np.array({_shift(inputs).tolist()}) - out[1]) <= bound)"
    return relation(_shifted, _expected, text="one row added to all values", assertion=shown)(lab, inputs)


PROPERTY = Property(
    name="value-shift",
    ids=("P05",),
    statement="f(q, k, v + 1c') = f(q, k, v) + 1c'",
    holders="functions whose weights sum to one",
    check=check,
    default=True,
    layers=False,
    exact_inputs=True,
)
