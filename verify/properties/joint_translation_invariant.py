"""Moving all queries and keys by one vector changes nothing (P43).

Problem: a distance without one of its squares.
"""

from __future__ import annotations

from verify.properties._base import Inputs, Property, relation, unchanged


def _moved(inputs: Inputs) -> Inputs:
    step = (inputs.rng().integers(-4, 5, inputs.k.shape[-1]) / 2).astype(inputs.k.dtype)
    return inputs.changed(q=inputs.q + step, k=inputs.k + step)


check = relation(_moved, unchanged, text="queries and keys moved together")


PROPERTY = Property(
    name="joint-translation-invariant",
    ids=("P43",),
    statement="f(q + 1c', k + 1c', v) = f(q, k, v)",
    holders="scores that depend on q - k only",
    check=check,
    layers=False,
    exact_inputs=True,
)
