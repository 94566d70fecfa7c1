"""An output row depends on its own query only (P08), and queries are treated alike.

Problem: a maximum, norm or softmax over the query axis, a gate or a mask row taken from another token. Other queries
are changed, and queries are permuted together with their mask rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.expr import build
from verify.expr.node import Expr
from verify.properties._base import Inputs, Property, relation
from verify.properties._formal import Goal, Subject, equal, rows


def _others_changed(inputs: Inputs) -> Inputs | None:
    if inputs.q.shape[-2] < 2:
        return None
    q = inputs.q * -2 + 3
    i = _kept(inputs)
    q[:, i] = inputs.q[:, i]
    return inputs.changed(q=q)


def _kept(inputs: Inputs) -> int:
    return int(inputs.rng().integers(inputs.q.shape[-2]))


def _permuted(inputs: Inputs) -> Inputs | None:
    if inputs.q.shape[-2] < 2:
        return None
    order = inputs.rng().permutation(inputs.q.shape[-2])
    mask = None if inputs.mask is None else inputs.mask[:, order]
    return inputs.changed(q=inputs.q[:, order], mask=mask)


def _alone(inputs: Inputs) -> Inputs | None:
    if inputs.q.shape[-2] < 2:
        return None
    i = _kept(inputs)
    mask = None if inputs.mask is None else inputs.mask[:, i : i + 1]
    return inputs.changed(q=inputs.q[:, i : i + 1], mask=mask)


def _row(inputs: Inputs, value: Any, error: Any) -> tuple[Any, Any]:
    i = _kept(inputs)
    return value[:, i : i + 1], error[:, i : i + 1]


def _only(inputs: Inputs, value: Any, error: Any) -> tuple[Any, Any]:
    unknown = np.full_like(error, np.inf)
    i = _kept(inputs)
    unknown[:, i] = error[:, i]
    return value, unknown


def _ordered(inputs: Inputs, value: Any, error: Any) -> tuple[Any, Any]:
    order = inputs.rng().permutation(inputs.q.shape[-2])
    return value[:, order], error[:, order]


def check(lab: Any, inputs: Inputs) -> Any:
    """Change the other queries, keep one query alone, or permute the queries, in turn."""
    i = _kept(inputs)
    which = 0 if inputs.causal else inputs.seed % 3
    if which == 0:
        shown = f"np.all(np.abs(out[0] - out[1])[..., {i}, :] <= bound)"
        return relation(_others_changed, _only, text=f"row {i} while other queries change", assertion=shown)(
            lab, inputs
        )
    if which == 1:
        shown = f"np.all(np.abs(out[0][..., {i} : {i} + 1, :] - out[1]) <= bound)"
        return relation(_alone, _row, text=f"row {i} against query {i} alone", assertion=shown)(lab, inputs)
    order = inputs.rng().permutation(inputs.q.shape[-2]).tolist()
    shown = f"np.all(np.abs(out[0][..., {order}, :] - out[1]) <= bound)"
    return relation(_permuted, _ordered, text="queries permuted", assertion=shown)(lab, inputs)


def formal(subject: Subject) -> Goal | None:
    """Each query alone, with its row of the mask, gives its row of the output."""
    if subject.square or subject.fixed:
        return None
    whole = subject.run()
    conclusion: list[Expr] = []
    runs = []
    for i in range(subject.sizes[0]):
        alone = subject.run(q=rows(subject.q, [i]), visible=[subject.visible[i]])
        conclusion += equal(build.index(alone.output, 0), build.index(whole.output, i))
        runs.append(alone)
    return Goal(tuple(conclusion), runs=(whole, *runs))


PROPERTY = Property(
    name="query-independent",
    ids=("P08",),
    statement="f(q, k, v, mask)_i depends on q_i and mask[i] only, and in the same way for every i",
    holders="functions without co-attention or positions of queries",
    check=check,
    formal=formal,
    default=True,
    layers=False,
    alternatives=3,
)
