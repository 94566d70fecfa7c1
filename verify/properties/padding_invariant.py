"""Padding with masked tokens, on the right or on the left, changes nothing else (P19, P20).

Problem: lengths or positions taken from the padded array, padding that leaks, visible tokens that get lost.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Property, relation


def _padded(inputs: Inputs) -> Inputs | None:
    rng = inputs.rng()
    extra, left = int(rng.integers(1, 4)), bool(rng.integers(2)) and not inputs.layer
    rows = extra if inputs.layer else 0

    def grow(a: Any) -> Any:
        fill = rng.integers(-2, 3, (1, extra, a.shape[2])).astype(a.dtype)
        fill = np.broadcast_to(fill, (a.shape[0], *fill.shape[1:]))
        return np.concatenate([fill, a] if left else [a, fill], axis=1)

    mask = np.pad(inputs.visible, ((0, 0), (0, rows), (extra, 0) if left else (0, extra)))
    if inputs.layer:
        return inputs.changed(x=grow(inputs.q), mask=mask)
    return inputs.changed(k=grow(inputs.k), v=grow(inputs.v), mask=mask)


def check(lab: Any, inputs: Inputs) -> Any:
    """Compare f on the inputs with f on the padded inputs, on the rows both have."""
    if inputs.mask is None:
        inputs = inputs.changed(mask=inputs.visible)
    if not inputs.layer:
        return _CHECK(lab, inputs)
    return _LAYER(lab, inputs)


def _filled(inputs: Inputs, value: Any, error: Any) -> tuple[Any, Any]:
    """Rows of padding themselves are not compared: they see nothing."""
    other = _padded(inputs)
    assert other is not None
    extra = ((0, 0), (0, other.q.shape[1] - inputs.q.shape[1]), (0, 0))
    return np.pad(value, extra), np.pad(error, extra)


_CHECK = relation(_padded, lambda inputs, value, error: (value, error), text="keys padded with masked ones")
_LAYER = relation(
    _padded,
    _filled,
    text="tokens padded with masked ones",
    assertion="np.all(np.abs(out[0] - out[1][..., : out[0].shape[-2], :]) <= bound)",
)

PROPERTY = Property(
    name="padding-invariant",
    ids=("P19", "P20"),
    statement="f(q, [k; *], [v; *], [mask, False]) = f(q, k, v, mask), and with the padding in front",
    holders="functions whose positions, if any, run over visible tokens",
    check=check,
    default=True,
    needs="mask",
    alternatives=2,
)
