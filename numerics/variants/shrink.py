"""Making a violating sample small: fewer tokens, fewer features, simpler numbers.

A plain greedy descent: each step proposes a simpler sample, and keeps it when the property is still violated there.
Deterministic, and bounded by a number of trials.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from verify.properties._base import Inputs

MAX_TRIALS = 400


def shrunk(
    inputs: Inputs, violates: Callable[[Inputs], bool], *, dyadic: bool = False, trials: int = MAX_TRIALS
) -> Inputs:
    """Return a smaller violating sample (batch of one); ``dyadic`` keeps entries multiples of 1/4."""
    progress = True
    while progress and trials > 0:
        progress = False
        for candidate in _simpler(inputs):
            if dyadic and not _is_dyadic(candidate):
                continue
            trials -= 1
            if violates(candidate):
                inputs, progress = candidate, True
                break
            if trials <= 0:
                break
    return inputs


def _is_dyadic(inputs: Inputs) -> bool:
    return all(bool(np.all(a * 4 == np.round(a * 4))) for a in (inputs.q, inputs.k, inputs.v))


def _simpler(inputs: Inputs) -> Iterator[Inputs]:
    yield from _shorter(inputs)
    if inputs.mask is not None:
        yield inputs.changed(mask=None)
        if not inputs.mask.all():
            yield from _opened(inputs)
    yield from _plainer(inputs)


def _shorter(inputs: Inputs) -> Iterator[Inputs]:
    """Halve or drop tokens, then drop features."""
    queries, keys, d, dv = inputs.sizes
    for count in _fewer(keys):
        yield from (_keys(inputs, slice(start, start + count)) for start in {0, keys - count})
    if not inputs.layer:
        for count in _fewer(queries):
            yield from (_queries(inputs, slice(start, start + count)) for start in {0, queries - count})
        for count in _fewer(d):
            yield inputs.changed(q=inputs.q[..., :count], k=inputs.k[..., :count])
        for count in _fewer(dv):
            yield inputs.changed(v=inputs.v[..., :count])
    if keys > 2:
        yield from (_keys(inputs, [j for j in range(keys) if j != gone]) for gone in range(min(keys, 8)))


def _fewer(length: int) -> list[int]:
    return sorted({n for n in (1, 2, length // 2, length - 1) if 0 < n < length})


def _keys(inputs: Inputs, part: Any) -> Inputs:
    mask = None if inputs.mask is None else inputs.mask[..., part]
    if inputs.layer:
        return inputs.changed(x=inputs.q[:, part], mask=None if mask is None else mask[:, part])
    return inputs.changed(k=inputs.k[:, part], v=inputs.v[:, part], mask=mask)


def _queries(inputs: Inputs, part: Any) -> Inputs:
    return inputs.changed(q=inputs.q[:, part], mask=None if inputs.mask is None else inputs.mask[:, part])


def _opened(inputs: Inputs) -> Iterator[Inputs]:
    """Let one hidden pair be seen."""
    for place in np.argwhere(~inputs.mask)[:16]:
        mask = inputs.mask.copy()
        mask[tuple(place)] = True
        yield inputs.changed(mask=mask)


def _plainer(inputs: Inputs) -> Iterator[Inputs]:
    """Replace numbers by 0, 1, -1, or by rounded ones: whole arrays first, then entries."""
    for name in ("x",) if inputs.layer else ("q", "k", "v"):
        a = inputs.q if name == "x" else getattr(inputs, name)
        for other in (np.zeros_like(a), np.ones_like(a), np.round(a), np.sign(a)):
            if _simplicity(other) < _simplicity(a):
                yield inputs.changed(**{name: other})
        if a.size <= 64:
            yield from (inputs.changed(**{name: b}) for b in _entries(a))


def _entries(a: Any) -> Iterator[Any]:
    for place in np.ndindex(a.shape):
        for value in (0.0, 1.0, float(np.round(a[place])), _leading(float(a[place]))):
            if np.isfinite(value) and _cost(value) < _cost(float(a[place])):
                b = a.copy()
                b[place] = value
                yield b


def _leading(value: float) -> float:
    """Round to one significant digit."""
    if value == 0 or not np.isfinite(value):
        return value
    scale = 10.0 ** np.floor(np.log10(abs(value)))
    return float(np.round(value / scale) * scale)


def _cost(value: float) -> tuple[float, ...]:
    return (
        (0.0,) if value == 0 else (1.0,) if value == 1 else (2.0, float(len(repr(value))), float(value < 0), abs(value))
    )


def _simplicity(a: Any) -> tuple[float, ...]:
    flat = [float(x) for x in a.ravel()[:512]]
    return (sum(x != 0 for x in flat), sum(x not in (0.0, 1.0) for x in flat), sum(len(repr(x)) for x in flat))
