"""Queries times M and keys times the inverse transpose of M change nothing (P12): the score is a bilinear form.

Problem: anything in the score but q.k. M is integer and unimodular, hence exact both ways.
"""

from __future__ import annotations

from verify.properties._base import Inputs, Property, relation, unchanged


def _changed(inputs: Inputs) -> Inputs | None:
    d = inputs.q.shape[-1]
    if d < 2:
        return None
    i, j = inputs.rng().permutation(d)[:2]
    q, k = inputs.q.copy(), inputs.k.copy()
    q[..., j] += q[..., i]
    k[..., i] -= k[..., j]
    return inputs.changed(q=q, k=k)


check = relation(_changed, unchanged, text="queries times M, keys times the inverse transpose")


PROPERTY = Property(
    name="linear-invariant",
    ids=("P12",),
    statement="f(qM, k M^{-T}, v) = f(q, k, v) for invertible M",
    holders="scores that depend on q.k only",
    check=check,
    layers=False,
    exact_inputs=True,
)
