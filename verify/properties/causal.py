"""The output on a prefix is the prefix of the output (P22).

Problem: a causal mask off by one, a normaliser or a prefix sum that sees the future. As many queries as keys; query i
sits at position i.
"""

from __future__ import annotations

from typing import Any

from verify.expr.node import Expr
from verify.properties._base import Inputs, Property, relation
from verify.properties._formal import Goal, Subject, equal


def _square(inputs: Inputs) -> Inputs:
    """Cut to as many queries as keys."""
    n = min(inputs.q.shape[-2], inputs.k.shape[-2])
    mask = None if inputs.mask is None else inputs.mask[:, :n, :n]
    if inputs.layer:
        return inputs.changed(x=inputs.q[:, :n], mask=mask)
    return inputs.changed(q=inputs.q[:, :n], k=inputs.k[:, :n], v=inputs.v[:, :n], mask=mask)


def _length(inputs: Inputs) -> int:
    return int(inputs.rng().integers(1, max(inputs.q.shape[-2], 2)))


def _prefix(inputs: Inputs) -> Inputs | None:
    n = _length(inputs)
    if inputs.q.shape[-2] < 2:
        return None
    return _square(
        inputs.changed(x=inputs.q[:, :n], mask=None if inputs.mask is None else inputs.mask[:, :n, :n])
        if inputs.layer
        else inputs.changed(
            q=inputs.q[:, :n],
            k=inputs.k[:, :n],
            v=inputs.v[:, :n],
            mask=None if inputs.mask is None else inputs.mask[:, :n, :n],
        )
    )


def check(lab: Any, inputs: Inputs) -> Any:
    """Compare the first rows of the whole with the whole of the first rows."""
    inputs = _square(inputs)
    n = _length(inputs)
    return relation(
        _prefix,
        lambda x, value, error: (value[:, :n], error[:, :n]),
        text=f"the first {n} tokens alone",
        assertion=f"np.all(np.abs(out[0][..., :{n}, :] - out[1]) <= bound)",
    )(lab, inputs)


def formal(subject: Subject) -> Goal | None:
    """As many queries as keys, without a mask: the function hides later keys by itself."""
    if subject.fixed or not all(map(all, subject.visible)):
        return None
    n = subject.sizes[1]
    own = subject.resized((n, *subject.sizes[1:]))
    whole = own.run()
    conclusion: list[Expr] = []
    runs = []
    for m in range(1, n):
        part = own.run(q=own.q[:m, :], k=own.k[:m, :], v=own.v[:m, :], visible=[row[:m] for row in own.visible[:m]])
        conclusion += equal(part.output, whole.output[:m, :])
        runs.append(part)
    return Goal(tuple(conclusion), runs=(whole, *runs), note=f"n = {n}")


PROPERTY = Property(
    name="causal",
    ids=("P22",),
    statement="f(q[:n], k[:n], v[:n]) = f(q, k, v)[:n]",
    holders="causal functions, with or without a further mask",
    check=check,
    formal=formal,
)
