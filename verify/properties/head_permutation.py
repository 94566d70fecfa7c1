"""Exchanging two heads exchanges their outputs (P34).

Problem: heads that share blocks, a split without transposition. Features are two blocks, one per head.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.expr import functions as F
from verify.expr.node import Expr
from verify.properties._base import Inputs, Property, relation
from verify.properties._formal import Goal, Subject, equal


def _swap(a: Any) -> Any:
    half = a.shape[-1] // 2
    return np.concatenate([a[..., half:], a[..., :half]], axis=-1)


def _swapped(inputs: Inputs) -> Inputs | None:
    if inputs.q.shape[-1] % 2 or inputs.v.shape[-1] % 2:
        return None
    return inputs.changed(q=_swap(inputs.q), k=_swap(inputs.k), v=_swap(inputs.v))


def _expected(inputs: Inputs, value: Any, error: Any) -> tuple[Any, Any]:
    return _swap(value), _swap(error)


check = relation(
    _swapped,
    _expected,
    text="the two halves of the features exchanged",
    assertion="np.all(np.abs(np.roll(out[0], out[0].shape[-1] // 2, axis=-1) - out[1]) <= bound)",
)


def formal(subject: Subject) -> Goal | None:
    """Halves of the features of queries, keys and values exchanged."""
    if any(width % 2 for width in subject.sizes[2:]):
        return None
    first = subject.run()
    second = subject.run(q=_exchanged(subject.q), k=_exchanged(subject.k), v=_exchanged(subject.v))
    return Goal(equal(_exchanged(first.output), second.output), runs=(first, second))


def _exchanged(a: Expr) -> Expr:
    half = a.shape[1] // 2
    return F.concatenate([a[:, half:], a[:, :half]], 1)


PROPERTY = Property(
    name="head-permutation",
    ids=("P34",),
    statement="f(swap(q), swap(k), swap(v)) = swap(f(q, k, v)), swap exchanging the halves of the feature axis",
    holders="multi-head functions without projections, an even number of heads side by side",
    check=check,
    formal=formal,
    layers=False,
    exact_inputs=True,
)
