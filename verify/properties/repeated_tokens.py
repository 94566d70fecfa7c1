"""Repeating every key-value pair equally often changes nothing (P13).

Problem: constants in a normaliser, duplicates treated as one, thresholds that count keys.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Property, relation
from verify.properties._formal import Goal, Subject, equal, rows

TWICE = "every token twice, next to itself"
"""What is proved of the statement: other numbers of copies are other sizes."""


def _repeated(inputs: Inputs) -> Inputs:
    times = 2 + inputs.seed % 2
    mask = None if inputs.mask is None else np.repeat(inputs.mask, times, axis=-1)
    if inputs.layer:
        x = np.repeat(inputs.q, times, axis=1)
        return inputs.changed(x=x, mask=None if mask is None else np.repeat(mask, times, axis=1))
    return inputs.changed(k=np.repeat(inputs.k, times, axis=1), v=np.repeat(inputs.v, times, axis=1), mask=mask)


def _expected(inputs: Inputs, value: Any, error: Any) -> tuple[Any, Any]:
    times = 2 + inputs.seed % 2
    return (np.repeat(value, times, axis=1), np.repeat(error, times, axis=1)) if inputs.layer else (value, error)


def check(lab: Any, inputs: Inputs) -> Any:
    """Compare f with f on repeated keys and values."""
    times = 2 + inputs.seed % 2
    shown = f"np.all(np.abs(np.repeat(out[0], {times}, axis=-2) - out[1]) <= bound)"
    plain = "np.all(np.abs(out[0] - out[1]) <= bound)"
    return relation(
        _repeated, _expected, text=f"every pair repeated {times} times", assertion=shown if inputs.layer else plain
    )(lab, inputs)


def formal(subject: Subject) -> Goal | None:
    """Every token twice; functions with as many queries as keys repeat their queries too."""
    if subject.fixed:
        return None
    twice = [j for j in range(subject.sizes[1]) for _ in range(2)]
    visible = [[row[j] for j in twice] for row in subject.visible]
    k, v = rows(subject.k, twice), rows(subject.v, twice)
    if not subject.square:
        runs = subject.run(), subject.run(k=k, v=v, visible=visible)
        return Goal(equal(runs[0].output, runs[1].output), runs=runs, note=TWICE)
    runs = subject.run(), subject.run(q=rows(subject.q, twice), k=k, v=v, visible=[visible[i] for i in twice])
    return Goal(equal(rows(runs[0].output, twice), runs[1].output), runs=runs, note=TWICE)


PROPERTY = Property(
    name="repeated-tokens",
    ids=("P13",),
    statement="f(q, [k; ...; k], [v; ...; v]) = f(q, k, v)",
    holders="functions that are a ratio of two sums over keys (softmax, kernels); not projections such as sparsemax",
    check=check,
    formal=formal,
    default=True,
    alternatives=2,
)
