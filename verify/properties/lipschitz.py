"""Slopes do not grow with the tokens (P31).

Problem: the output of self-attention on X moves without bound per unit of X as X grows, as with dot products (like
r^2), additive scores and kernels (like r). No finite set of points refutes "there is some constant", so the constant
is part of the statement: :data:`FACTOR` times the largest slope seen on tokens of size about 1. Slopes are difference
quotients of runs on tokens that are exact in the format, less what rounding explains.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property

FACTOR = 8.0
"""Constant allowed, in units of the largest slope at size 1."""

SIZES = (1.0, 4.0, 16.0, 64.0)
"""Sizes r of the tokens; the first sets the constant."""

STEP = 2.0**-6
"""Relative step; exact at every size."""


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare the largest slope at large tokens with the constant from tokens of size 1."""
    if lab.name != "float64" or inputs.q.shape[-2] != inputs.k.shape[-2] or inputs.q.shape[-1] != inputs.v.shape[-1]:
        return None
    one = inputs.first(1)
    small = _slopes(lab, one, SIZES[0])
    large = [pair for size in SIZES[1:] for pair in _slopes(lab, one, size)]
    if not small or not large:
        return None
    bound = FACTOR * max(1.0, max(gap + error for gap, error, _ in small))
    gap, error, calls = max(large, key=lambda found: found[0] - found[1])
    assertion = f"np.sqrt(((out[0] - out[1]) ** 2).sum()) / {STEP!r} <= bound + {error!r}"
    text = "slope of X -> f(X, X, X), less what rounding explains"
    return Judgement(np.array([gap - error]), np.array([bound]), calls, assertion, text)


def _slopes(lab: Any, inputs: Inputs, size: float) -> list[tuple[float, float, tuple[Inputs, ...]]]:
    """Return (slope, what rounding adds to it, the two inputs) for each family of tokens and each moved token."""
    out = []
    for pattern in _patterns(inputs, size):
        for token in range(min(2, pattern.shape[1])):
            moved = pattern.copy()
            moved[:, token, 0] += STEP
            pair = tuple(inputs.changed(q=x, k=x, v=x, mask=None) for x in (pattern, moved))
            first, second = (lab.run(one) for one in pair)
            if first.failed or second.failed or first.output.shape != pattern.shape:
                return []
            gap = float(np.sqrt(((first.output - second.output) ** 2).sum())) / STEP
            error = float(np.sqrt(((first.error + second.error) ** 2).sum())) / STEP
            if np.isfinite(gap) and np.isfinite(error):
                out.append((gap, error, pair))
    return out


def _patterns(inputs: Inputs, size: float) -> list[Any]:
    """One token at the origin; opposite tokens; a token nearly at the origin."""
    shape = inputs.q.shape
    out = []
    for first, other in ((0.0, size), (size, -size), (1 / size, size)):
        x = np.zeros(shape)
        x[:, :, 0] = other
        x[:, 0, 0] = first
        x[:, 1::2, -1] += size if shape[-1] > 1 else 0
        out.append(x.astype(inputs.q.dtype))
    return out


PROPERTY = Property(
    name="lipschitz",
    ids=("P31",),
    statement="|f(X, X, X) - f(Y, Y, Y)| <= L |X - Y|, L eight times the largest slope at tokens of size 1, at least 8",
    holders="fixed masks; squared distances with tied queries and keys; not dot products",
    check=check,
    layers=False,
    masked="never",
    tolerance="running-error bounds of both runs over the step",
)
