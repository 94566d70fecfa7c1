"""Queries times M and keys times the inverse transpose of M change nothing (P12): the score is a bilinear form.

Problem: anything in the score but q.k. M is integer and unimodular, hence exact both ways.
"""

from __future__ import annotations

from typing import Any

from verify.expr import build
from verify.expr import functions as F
from verify.properties._base import Inputs, Property, relation, unchanged
from verify.properties._formal import Goal, Subject, joined, matrix, same_output


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


def formal(subject: Subject) -> Goal | None:
    """Width 2: shears and scalings of one coordinate, by a symbol a that is not zero, generate all invertible M."""
    if subject.sizes[2] != 2:
        return None
    a = build.symbol("a")
    pairs: tuple[tuple[list[list[Any]], list[list[Any]]], ...] = (
        ([[1, a], [0, 1]], [[1, 0], [F.neg(a), 1]]),
        ([[1, 0], [a, 1]], [[1, F.neg(a)], [0, 1]]),
        ([[a, 0], [0, 1]], [[F.div(1, a), 0], [0, 1]]),
        ([[1, 0], [0, a]], [[1, 0], [0, F.div(1, a)]]),
    )
    goals = [
        same_output(subject, q=F.matmul(subject.q, matrix(m)), k=F.matmul(subject.k, matrix(inverse)))
        for m, inverse in pairs
    ]
    whole = joined(goals)
    return Goal(whole.conclusion, assume={"invertible": build.compare("!=", a, 0)}, runs=whole.runs)


PROPERTY = Property(
    name="linear-invariant",
    ids=("P12",),
    statement="f(qM, k M^{-T}, v) = f(q, k, v) for invertible M",
    holders="scores that depend on q.k only",
    check=check,
    formal=formal,
    layers=False,
    exact_inputs=True,
)
