"""Padding with masked tokens, on the right or on the left, changes nothing else (P19, P20).

Problem: lengths or positions taken from the padded array, padding that leaks, visible tokens that get lost.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr
from verify.properties._base import Inputs, Property, relation
from verify.properties._formal import Goal, Subject, equal, joined


def _padded(inputs: Inputs) -> Inputs | None:
    rng = inputs.rng()
    extra, left = int(rng.integers(1, 4)), bool(rng.integers(2)) and not inputs.layer
    rows = extra if inputs.layer else 0

    def grow(a: Any) -> Any:
        fill = rng.integers(-2, 3, (1, extra, a.shape[2])).astype(a.dtype)
        fill = np.broadcast_to(fill, (a.shape[0], *fill.shape[1:]))
        return np.concatenate([fill, a] if left else [a, fill], axis=1)

    mask = np.pad(inputs.visible, ((0, 0), (0, rows), (extra, 0) if left else (0, extra)))
    if inputs.layer:
        return inputs.changed(x=grow(inputs.q), mask=mask)
    return inputs.changed(k=grow(inputs.k), v=grow(inputs.v), mask=mask)


def check(lab: Any, inputs: Inputs) -> Any:
    """Compare f on the inputs with f on the padded inputs, on the rows both have."""
    if inputs.mask is None:
        inputs = inputs.changed(mask=inputs.visible)
    if not inputs.layer:
        return _CHECK(lab, inputs)
    return _LAYER(lab, inputs)


def _filled(inputs: Inputs, value: Any, error: Any) -> tuple[Any, Any]:
    """Rows of padding themselves are not compared: they see nothing."""
    other = _padded(inputs)
    assert other is not None
    extra = ((0, 0), (0, other.q.shape[1] - inputs.q.shape[1]), (0, 0))
    return np.pad(value, extra), np.pad(error, extra)


_CHECK = relation(_padded, lambda inputs, value, error: (value, error), text="keys padded with masked ones")
_LAYER = relation(
    _padded,
    _filled,
    text="tokens padded with masked ones",
    assertion="np.all(np.abs(out[0] - out[1][..., : out[0].shape[-2], :]) <= bound)",
)


def formal(subject: Subject) -> Goal | None:
    """One more token of other symbols, seen by nobody, behind and in front; square functions get a query too."""
    return None if subject.fixed else joined([_with_padding(subject, front=False), _with_padding(subject, front=True)])


def _with_padding(subject: Subject, *, front: bool) -> Goal:
    def grown(a: Expr, name: str) -> Expr:
        more = build.symbol(name, (1, a.shape[1]))
        return F.concatenate([more, a] if front else [a, more])

    mask = [(False, *row) if front else (*row, False) for row in subject.visible]
    blank = (False,) * (subject.sizes[1] + 1)
    mask = ([blank, *mask] if front else [*mask, blank]) if subject.square else mask
    q = grown(subject.q, "q2") if subject.square else subject.q
    first, second = subject.run(), subject.run(q=q, k=grown(subject.k, "k2"), v=grown(subject.v, "v2"), visible=mask)
    start = int(front and subject.square)
    own = build.index(second.output, slice(start, start + subject.sizes[0]))
    return Goal(equal(first.output, own), runs=(first, second), note="one token of padding")


PROPERTY = Property(
    name="padding-invariant",
    ids=("P19", "P20"),
    statement="f(q, [k; *], [v; *], [mask, False]) = f(q, k, v, mask), and with the padding in front",
    holders="functions whose positions, if any, run over visible tokens",
    check=check,
    formal=formal,
    default=True,
    needs="mask",
    alternatives=2,
)
