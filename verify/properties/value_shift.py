"""Adding a constant row to all values adds it to every output (P05).

Problem: weights that do not sum to one. This sees the row sum without seeing the weights, also beside large scores.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.expr import build
from verify.expr import functions as F
from verify.properties._base import Inputs, Property, relation
from verify.properties._formal import Goal, Subject, equal


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


def formal(subject: Subject) -> Goal | None:
    """For a symbol c per value coordinate; rows that see nothing have no values to follow."""
    width = subject.v.shape[1]
    shift = build.symbol("c", (1, width))
    first, second = subject.run(), subject.run(v=F.add(subject.v, shift))
    own = F.add(first.output, shift if first.output.shape[1] == width else build.index(shift, (0, 0)))
    seen = [i for i in range(subject.sizes[0]) if subject.seen(i)]
    pairs = [equal(build.index(second.output, i), build.index(own, i)) for i in seen]
    if first.output.shape[1] != width:
        return None
    return Goal(tuple(one for pair in pairs for one in pair), runs=(first, second))


PROPERTY = Property(
    name="value-shift",
    ids=("P05",),
    statement="f(q, k, v + 1c') = f(q, k, v) + 1c'",
    holders="functions whose weights sum to one",
    check=check,
    formal=formal,
    default=True,
    layers=False,
    exact_inputs=True,
)
