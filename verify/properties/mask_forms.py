"""A mask that hides nothing is no mask, and a mask of one row is spread over the queries.

Problem: the mask read the wrong way round, a mask of zeros and ones used as numbers, missing broadcasting.
"""

from __future__ import annotations

from typing import Any

from verify.properties._base import Inputs, Judgement, Property, broken, compare


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare no mask with an all-True mask; and a (1, Tk) mask with the same mask written out."""
    if inputs.mask is None:
        other, text = inputs.changed(mask=inputs.visible), "no mask against a mask that hides nothing"
        return _same(lab, inputs, other, text)
    row = inputs.mask[:, :1]
    full = inputs.changed(mask=row | (inputs.visible & False))
    return _same(lab, full, full.changed(mask=row), "a mask written out against the same mask with one row")


def _same(lab: Any, first: Inputs, second: Inputs, text: str) -> Judgement | None:
    a, b = lab.run(first), lab.run(second)
    if a.failed:
        return None
    if b.failed:
        return broken((first, second), b.problem, text)
    if a.output.shape != b.output.shape:
        return None
    rows = first.sees if a.output.shape[:-1] == first.sees.shape else None
    return compare(a.output, b.output, a.error, b.error, (first, second), text=text, rows=rows)


PROPERTY = Property(
    name="mask-forms",
    ids=(),
    statement="f(q, k, v, True) = f(q, k, v), and a mask of shape (1, Tk) means the same as (Tq, Tk) with equal rows",
    holders="every function with a mask",
    check=check,
    default=True,
    needs="mask",
)
