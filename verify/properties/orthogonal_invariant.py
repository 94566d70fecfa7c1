"""Turning queries and keys together changes nothing (P11).

Problem: coordinates treated differently. The turn is a signed permutation times the 3-4-5 rotation of two
coordinates, applied to five times the tokens, so that it is exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.expr import build
from verify.expr import functions as F
from verify.properties._base import Inputs, Property, relation, unchanged
from verify.properties._formal import Goal, Subject, joined, matrix, same_output


def _scaled(inputs: Inputs) -> Inputs:
    return inputs.changed(q=inputs.q * 5 / 4, k=inputs.k * 5 / 4)


def _turned(inputs: Inputs) -> Inputs:
    """Return (5/4) q R and (5/4) k R."""
    d, rng = inputs.q.shape[-1], inputs.rng()
    turn = 5 * np.eye(d)
    if d > 1:
        turn[:2, :2] = [[3, -4], [4, 3]]
    turn = turn[:, rng.permutation(d)] * rng.choice([-1, 1], d) / 4
    return inputs.changed(q=(inputs.q @ turn).astype(inputs.q.dtype), k=(inputs.k @ turn).astype(inputs.k.dtype))


def check(lab: Any, inputs: Inputs) -> Any:
    """Compare f on scaled tokens with f on scaled and turned ones."""
    return relation(lambda x: _turned(inputs), unchanged, text="queries and keys turned together")(lab, _scaled(inputs))


def formal(subject: Subject) -> Goal | None:
    """Width 2: the rotations of cosine (1 - t^2)/(1 + t^2), the half turn, and a reflection generate all of O(2)."""
    if subject.sizes[2] != 2:
        return None
    t = build.symbol("t")
    size = F.add(1, F.power(t, 2))
    c, s = F.div(F.sub(1, F.power(t, 2)), size), F.div(F.mul(2, t), size)
    turns = (matrix([[c, F.neg(s)], [s, c]]), matrix([[-1, 0], [0, -1]]), matrix([[1, 0], [0, -1]]))
    return joined([same_output(subject, q=F.matmul(subject.q, r), k=F.matmul(subject.k, r)) for r in turns])


PROPERTY = Property(
    name="orthogonal-invariant",
    ids=("P11",),
    statement="f(qR, kR, v) = f(q, k, v) for orthogonal R",
    holders="scores made of inner products and distances",
    check=check,
    formal=formal,
    layers=False,
    exact_inputs=True,
)
