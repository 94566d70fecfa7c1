"""Only relative positions count (P15): masked tokens in front, which move all positions, change nothing.

Problem: positions applied to queries only, mismatched pairings of coordinates. As many queries as keys.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Property, relation


def _square(inputs: Inputs) -> Inputs:
    n = min(inputs.q.shape[-2], inputs.k.shape[-2])
    mask = np.ones((inputs.q.shape[0], n, n), bool) if inputs.mask is None else inputs.mask[:, :n, :n]
    return inputs.changed(q=inputs.q[:, :n], k=inputs.k[:, :n], v=inputs.v[:, :n], mask=mask)


def _extra(inputs: Inputs) -> int:
    return 1 + inputs.seed % 3


def _later(inputs: Inputs) -> Inputs:
    extra = _extra(inputs)
    pad = ((0, 0), (extra, 0), (0, 0))
    mask = np.pad(inputs.mask, ((0, 0), (extra, 0), (extra, 0)))
    return inputs.changed(q=np.pad(inputs.q, pad), k=np.pad(inputs.k, pad), v=np.pad(inputs.v, pad), mask=mask)


def _expected(inputs: Inputs, value: Any, error: Any) -> tuple[Any, Any]:
    """Rows of padding see nothing and are not compared."""
    pad = ((0, 0), (_extra(inputs), 0), (0, 0))
    return np.pad(value, pad), np.pad(error, pad)


def check(lab: Any, inputs: Inputs) -> Any:
    """Compare with the same tokens a few positions later."""
    inputs = _square(inputs)
    return relation(
        _later,
        _expected,
        text=f"all tokens {_extra(inputs)} positions later",
        assertion=f"np.all(np.abs(out[0] - out[1][..., {_extra(inputs)} :, :]) <= bound)",
    )(lab, inputs)


PROPERTY = Property(
    name="rotary-relative",
    ids=(
        "P15",
        "P20",
    ),
    statement="f([*; q], [*; k], [*; v], first tokens masked)[m:] = f(q, k, v)",
    holders="rotary and relative position encodings",
    check=check,
    layers=False,
    exact_inputs=True,
    needs="mask",
)
