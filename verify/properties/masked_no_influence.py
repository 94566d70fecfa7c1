"""Masked keys and values have no influence (P16).

Problem: a finite additive mask leaks past large logits, the mask is applied after the softmax, or masked slots enter
a maximum or a norm. Per row, invisible keys and values are replaced by ordinary numbers; and slots that no row sees
(padding) by numbers up to 1e30. If the masked content never enters, the second run does the same operations on the
same visible numbers, so that the bound of the first run covers both: tolerance twice the first bound.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr
from verify.properties._base import Inputs, Judgement, Property, broken, distance, worst
from verify.properties._formal import Goal, Subject, equal, fresh, joined


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Replace what is invisible and compare the rows that cannot see it."""
    hidden = ~inputs.visible
    if inputs.mask is None or not hidden.any():
        return None
    first = lab.run(inputs)
    if first.failed or first.output.shape[:-1] != inputs.sees.shape:
        return None
    padding = hidden.all(axis=-2)
    other = poisoned(inputs, padding, min(1e30, lab.largest)) if padding.any() and inputs.seed % 2 else None
    if other is not None:
        return judge(lab, inputs, other, first, inputs.sees, "numbers up to 1e30 in slots that no row sees")
    return _one_key(lab, inputs, first)


def _one_key(lab: Any, inputs: Inputs, first: Any) -> Judgement | None:
    """Change one key with its value, and look at the rows that do not see it."""
    rng = inputs.rng()
    j = int(rng.integers(inputs.k.shape[-2]))
    rows = ~inputs.visible[..., j] & inputs.sees
    if not rows.any():
        return None
    if inputs.layer:
        x = inputs.q.copy()
        x[:, j] = x[:, j] * -2 + 3
        other = inputs.changed(x=x)
        rows = rows & (np.arange(rows.shape[-1]) != j)
    else:
        k, v = inputs.k.copy(), inputs.v.copy()
        k[:, j], v[:, j] = k[:, j] * -2 + 3, v[:, j] * -2 + 5
        other = inputs.changed(k=k, v=v)
    return judge(lab, inputs, other, first, rows, f"key and value {j} changed, in rows that do not see it")


def poisoned(inputs: Inputs, padding: Any, size: float) -> Inputs:
    """Return the inputs with ``size`` (of random sign) in the keys and values of padding slots (B, Tk)."""
    rng = inputs.rng()
    sign = np.where(rng.random(padding.shape[-1:]) < 0.5, -1.0, 1.0)
    fill = np.broadcast_to(sign * size, padding.shape)[..., None]
    if inputs.layer:
        return inputs.changed(x=np.where(padding[..., None], fill, inputs.q).astype(inputs.q.dtype))
    k = np.where(padding[..., None], fill, inputs.k).astype(inputs.k.dtype)
    v = np.where(padding[..., None], -fill, inputs.v).astype(inputs.v.dtype)
    return inputs.changed(k=k, v=v)


def judge(lab: Any, inputs: Inputs, other: Inputs, first: Any, rows: Any, text: str) -> Judgement:
    """Compare ``rows`` of two runs that may differ only in what those rows cannot see."""
    second = lab.run(other)
    if second.failed:
        return broken((inputs, other), second.problem, text)
    if inputs.layer:
        own = (inputs.q != other.q) & ~(np.isnan(inputs.q) & np.isnan(other.q))
        rows = rows & ~own.any(axis=-1)
    defect = np.where(np.isfinite(second.output), distance(first.output, second.output), np.inf)
    bound = np.where(np.isfinite(first.output), 2 * first.error, np.inf)
    defect = np.where(rows[..., None], defect, 0.0)
    bound = np.where(rows[..., None], bound, np.inf)
    assertion = f"np.all(np.abs(out[0] - out[1])[np.array({_shown(rows)})] <= bound)"
    return Judgement(*worst(defect, bound), (inputs, other), assertion, text)


def _shown(rows: Any) -> str:
    return str(rows[0].tolist()) if len(rows) == 1 else "rows"


def formal(subject: Subject) -> Goal | None:
    """For each key that some query does not see: other symbols in its place leave those queries' rows unchanged."""
    goals = []
    for j in range(subject.sizes[1]):
        blind = [i for i in range(subject.sizes[0]) if not subject.visible[i][j]]
        if blind:
            k, v = (_with_row(a, j, fresh(name, a)) for a, name in ((subject.k, "k2"), (subject.v, "v2")))
            first, second = subject.run(), subject.run(k=k, v=v)
            pairs = [equal(build.index(first.output, i), build.index(second.output, i)) for i in blind]
            goals.append(Goal(tuple(one for pair in pairs for one in pair), runs=(first, second)))
    return joined(goals) if goals else None


def _with_row(a: Expr, j: int, other: Expr) -> Expr:
    return F.stack([build.index(other if row == j else a, row) for row in range(a.shape[0])])


PROPERTY = Property(
    name="masked-no-influence",
    ids=("P16",),
    statement="if mask[i, j] is False then f(q, k, v, mask)_i does not depend on k_j, v_j",
    holders="every function with a mask",
    check=check,
    formal=formal,
    default=True,
    masked="always",
    tolerance="twice the running-error bound of the first run",
    needs="mask",
    alternatives=2,
)
