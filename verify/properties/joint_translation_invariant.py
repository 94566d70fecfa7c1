"""Moving all queries and keys by one vector changes nothing (P43).

Problem: a distance without one of its squares.
"""

from __future__ import annotations

from verify.expr import build
from verify.expr import functions as F
from verify.properties._base import Inputs, Property, relation, unchanged
from verify.properties._formal import Goal, Subject, same_output


def _moved(inputs: Inputs) -> Inputs:
    step = (inputs.rng().integers(-4, 5, inputs.k.shape[-1]) / 2).astype(inputs.k.dtype)
    return inputs.changed(q=inputs.q + step, k=inputs.k + step)


check = relation(_moved, unchanged, text="queries and keys moved together")


def formal(subject: Subject) -> Goal | None:
    """For a symbol c per coordinate."""
    shift = build.symbol("c", (1, subject.sizes[2]))
    return same_output(subject, q=F.add(subject.q, shift), k=F.add(subject.k, shift))


PROPERTY = Property(
    name="joint-translation-invariant",
    ids=("P43",),
    statement="f(q + 1c', k + 1c', v) = f(q, k, v)",
    holders="scores that depend on q - k only",
    check=check,
    formal=formal,
    layers=False,
    exact_inputs=True,
)
