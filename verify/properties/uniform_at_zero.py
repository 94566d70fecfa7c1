"""A zero query weighs all visible keys alike (P28).

Problem: windows one too narrow, self-attention excluded, a constant in the normaliser.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr
from verify.properties._base import Inputs, Judgement, Property, compare
from verify.properties._formal import Goal, Subject, equal, rows


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare with the mean of the visible values."""
    zero = inputs.changed(q=np.zeros_like(inputs.q))
    run = lab.run(zero)
    if run.failed or run.output.shape != (*inputs.sees.shape, inputs.v.shape[-1]):
        return None
    seen = inputs.visible.astype(np.longdouble)
    count = np.maximum(seen.sum(-1, keepdims=True), 1)
    mean = seen @ inputs.v.astype(np.longdouble) / count
    rounding = np.abs(mean).astype(np.float64) * 2.0**-60
    return compare(
        mean,
        run.output,
        rounding,
        run.error,
        (zero,),
        text="output of a zero query against the mean of visible values",
        assertion="np.all(np.abs(out[0] - visible_mean(inputs[0][2], masks[0])) <= bound)",
        rows=inputs.sees,
    )


def formal(subject: Subject) -> Goal | None:
    """Zero queries; every row that sees a key."""
    run = subject.run(q=F.zeros(*subject.q.shape))
    conclusion: list[Expr] = []
    for i in range(subject.sizes[0]):
        seen = subject.seen(i)
        if seen and run.output.shape[1] == subject.v.shape[1]:
            mean = F.mul(Fraction(1, len(seen)), F.sum(rows(subject.v, seen), 0))
            conclusion += equal(build.index(run.output, i), mean)
    return Goal(tuple(conclusion), runs=(run,)) if conclusion else None


PROPERTY = Property(
    name="uniform-at-zero",
    ids=("P28",),
    statement="f(0, k, v, mask)_i = mean of visible v_j",
    holders="normalised weights of scores that vanish with the query",
    check=check,
    formal=formal,
    layers=False,
    exact_inputs=True,
)
