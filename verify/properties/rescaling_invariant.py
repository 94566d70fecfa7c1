"""Rescaling single queries and keys by positive factors changes nothing (P44).

Problem: norms over the wrong axis. Factors are powers of two, hence exact.
"""

from __future__ import annotations

from verify.expr import build
from verify.expr import functions as F
from verify.properties._base import Inputs, Property, relation, unchanged
from verify.properties._formal import Goal, Subject, equal


def _rescaled(inputs: Inputs) -> Inputs:
    rng = inputs.rng()
    left = 2.0 ** rng.integers(-2, 3, (inputs.q.shape[-2], 1))
    right = 2.0 ** rng.integers(-2, 3, (inputs.k.shape[-2], 1))
    return inputs.changed(q=inputs.q * left.astype(inputs.q.dtype), k=inputs.k * right.astype(inputs.k.dtype))


check = relation(_rescaled, unchanged, text="single queries and keys rescaled")


def formal(subject: Subject) -> Goal | None:
    """For positive symbols per query and per key."""
    n, t = subject.sizes[:2]
    left, right = build.symbol("a", (n, 1)), build.symbol("b", (t, 1))
    first, second = subject.run(), subject.run(q=F.mul(left, subject.q), k=F.mul(right, subject.k))
    return Goal(equal(first.output, second.output), {"a": "positive", "b": "positive"}, runs=(first, second))


PROPERTY = Property(
    name="rescaling-invariant",
    ids=("P44",),
    statement="f(D q, E k, v) = f(q, k, v) for positive diagonal D, E",
    holders="scores that depend on directions only",
    check=check,
    formal=formal,
    layers=False,
    exact_inputs=True,
)
