"""One query decodes to the last row of the full pass (P40).

Problem: positions or a causal mask aligned to the start when there are fewer queries than keys.
"""

from __future__ import annotations

from typing import Any

from verify.expr import build
from verify.properties._base import Inputs, Property, relation
from verify.properties._formal import Goal, Subject, equal, rows


def _square(inputs: Inputs) -> Inputs:
    n = min(inputs.q.shape[-2], inputs.k.shape[-2])
    return inputs.changed(q=inputs.q[:, :n], k=inputs.k[:, :n], v=inputs.v[:, :n], mask=None)


def _last(inputs: Inputs) -> Inputs | None:
    return None if inputs.q.shape[-2] < 2 else inputs.changed(q=inputs.q[:, -1:])


def check(lab: Any, inputs: Inputs) -> Any:
    """Compare the last row with the last query alone."""
    return relation(
        _last,
        lambda x, value, error: (value[:, -1:], error[:, -1:]),
        text="the last query alone",
        assertion="np.all(np.abs(out[0][..., -1:, :] - out[1]) <= bound)",
    )(lab, _square(inputs))


def formal(subject: Subject) -> Goal | None:
    """The last query alone gives the last row."""
    if subject.fixed or subject.square:
        return None
    last = subject.sizes[0] - 1
    runs = subject.run(), subject.run(q=rows(subject.q, [last]), visible=[subject.visible[last]])
    return Goal(equal(build.index(runs[0].output, last), build.index(runs[1].output, 0)), runs=runs)


PROPERTY = Property(
    name="decode-consistent",
    ids=("P40",),
    statement="f(q[-1:], k, v) = f(q, k, v)[-1:]",
    holders="causal and positional functions whose queries are aligned to the end",
    check=check,
    formal=formal,
    layers=False,
    exact_inputs=True,
    masked="never",
)
