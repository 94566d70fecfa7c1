"""Adding one vector to all keys changes nothing (P10), as it shifts each row of bilinear scores by a constant (P09).

Problem: a constant in the normaliser, added before or after the maximum is subtracted; weights that are not a
function of score differences.
"""

from __future__ import annotations

from verify.expr import build
from verify.expr import functions as F
from verify.properties._base import Inputs, Property, relation, unchanged
from verify.properties._formal import Goal, Subject, same_output


def _shifted(inputs: Inputs) -> Inputs:
    step = inputs.rng().integers(-4, 5, inputs.k.shape[-1]) / 2
    return inputs.changed(k=inputs.k + step.astype(inputs.k.dtype))


check = relation(_shifted, unchanged, text="one vector added to all keys")


def formal(subject: Subject) -> Goal | None:
    """For a symbol c per key coordinate."""
    return same_output(subject, k=F.add(subject.k, build.symbol("c", (1, subject.sizes[2]))))


PROPERTY = Property(
    name="shift-invariant-logits",
    ids=(
        "P09",
        "P10",
    ),
    statement="f(q, k + 1c', v) = f(q, k, v)",
    holders="normalised weights of scores that are affine in the key",
    check=check,
    formal=formal,
    layers=False,
    exact_inputs=True,
)
