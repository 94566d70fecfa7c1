"""A sample's output does not depend on the rest of its batch (P38).

Problem: statistics over the batch axis, the mask of sample 0 used for all, broadcasting mistakes. The batch run and
the runs of its samples (without a batch axis) are compared; matrix products may add in another order in the two,
which the two running-error bounds cover.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property, broken, compare


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare a batch of two or three samples with its samples one by one."""
    count = min(3, inputs.q.shape[0])
    batch = _front(inputs, count)
    if count < 2:
        return None
    whole = lab.run(batch, batched=True)
    parts = [lab.run(batch.sample(i), batched=False) for i in range(count)]
    if any(part.failed for part in parts):
        return None
    if whole.failed:
        return broken((batch,), whole.problem, "the call on a batch raised")
    if any(part.output.shape[1:] != whole.output.shape[1:] for part in parts):
        return None
    single = np.concatenate([part.output for part in parts])
    error = np.concatenate([part.error for part in parts])
    rows = batch.sees if single.shape[:-1] == batch.sees.shape else None
    one = compare(
        whole.output, single, whole.error, error, (batch, *(batch.sample(i) for i in range(count))),
        text="a batch against its samples one by one",
        assertion="all(np.all(np.abs(out[0][i] - out[i + 1]) <= bound) for i in range(len(out) - 1))",
        rows=rows,
    )  # fmt: skip
    worst = int(np.argmax(one.violated))
    return Judgement(one.defect[worst : worst + 1], one.bound[worst : worst + 1], one.calls, one.assertion, one.text)


def _front(inputs: Inputs, count: int) -> Inputs:
    q = inputs.q[:count]
    k, v = (q, q) if inputs.layer else (inputs.k[:count], inputs.v[:count])
    return inputs.changed(q=q, k=k, v=v, mask=None if inputs.mask is None else inputs.mask[:count])


PROPERTY = Property(
    name="batch-independent",
    ids=("P38",),
    statement="f(X)_b = f(X_b) for every sample b of a batch X",
    holders="every function that takes leading batch axes",
    check=check,
    default=True,
)
