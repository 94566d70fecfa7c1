"""The scale falls with the width as d**(-1/2) (P36), seen without an oracle.

Problem: no scale, 1/d, or sqrt(d) upside down. Sixteen copies of the features multiply q.k by 16 and sqrt(d) by 4,
which is what doubling both queries and keys does at the old width; everything is exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.expr import functions as F
from verify.properties._base import Inputs, Property, relation, unchanged
from verify.properties._formal import Goal, Subject, equal


def _copied(inputs: Inputs) -> Inputs:
    return inputs.changed(q=np.tile(inputs.q, 16), k=np.tile(inputs.k, 16))


def check(lab: Any, inputs: Inputs) -> Any:
    """Compare sixteenfold features with doubled tokens."""
    small = inputs.changed(q=inputs.q / 4, k=inputs.k / 4) if lab.name in ("float16", "bfloat16") else inputs
    double = small.changed(q=small.q * 2, k=small.k * 2)
    return relation(lambda x: _copied(small), unchanged, text="features copied 16 times against doubled tokens")(
        lab, double
    )


def formal(subject: Subject) -> Goal | None:
    """Width 1: sixteen copies of the feature are twice the tokens, so that the scores carry 1/sqrt(d)."""
    if subject.fixed or subject.parameters(1, subject.sizes[3]):
        return None
    narrow = subject.resized((*subject.sizes[:2], 1, subject.sizes[3]))
    wide = [F.concatenate([a] * 16, 1) for a in (narrow.q, narrow.k)]
    runs = narrow.run(q=wide[0], k=wide[1]), narrow.run(q=F.mul(2, narrow.q), k=F.mul(2, narrow.k))
    return Goal(equal(runs[0].output, runs[1].output), runs=runs, note="at width 1")


PROPERTY = Property(
    name="scale-rule",
    ids=("P36",),
    statement="f([q x16], [k x16], v) = f(2q, 2k, v)",
    holders="scores that are quadratic in the tokens over sqrt(d)",
    check=check,
    formal=formal,
    layers=False,
    exact_inputs=True,
)
