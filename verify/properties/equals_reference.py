"""The output equals that of a library variant (P56).

Problem: any deviation from the formula. The variant is evaluated in balls of 200 bits on the same numbers; the defect
must exceed the target's running-error bound plus the ball's radius.
"""

from __future__ import annotations

from typing import Any

from verify.properties._base import Inputs, Judgement, Property, compare

SAMPLES = 12
"""Samples per batch that are compared: balls are exact, and slow."""


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare a few samples with the exact reference."""
    if lab.reference is None:
        return None
    few = inputs.sample(0).changed(
        q=inputs.q[:SAMPLES],
        k=inputs.k[:SAMPLES],
        v=inputs.v[:SAMPLES],
        mask=None if inputs.mask is None else inputs.mask[:SAMPLES],
    )
    exact = lab.reference(few)
    if exact is None:
        return None
    run = lab.run(few)
    if run.failed or run.output.shape != exact[0].shape:
        return None
    return compare(
        exact[0],
        run.output,
        exact[1],
        run.error,
        (few,),
        text=f"the output against {lab.reference_name}",
        assertion="np.all(np.abs(out[0] - reference) <= bound)",
        rows=few.sees,
    )


PROPERTY = Property(
    name="equals-reference",
    ids=("P56",),
    statement="f = the formula of the variant named by --reference",
    holders="functions that claim to implement that variant",
    check=check,
    layers=False,
    needs="reference",
)
