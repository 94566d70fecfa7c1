"""Rounding bounds where the operations of a function cannot be followed.

Hypothesis: the function is computed stably in the mixed sense, its result being that of inputs moved by at most N*u
relative to their sizes, itself moved by N*u relative to the largest visible value, where N counts the operations on
the longest path of an attention function over Tk keys and d features: N = 8*(Tk + d + 16). What moved inputs can do
is measured: the function is run in float64 on inputs moved by 2**-20, with random signs. By Khinchine's inequality
the worst signs exceed the root mean square by at most the square root of the number of entries, and the largest of
several probes, doubled, exceeds the root mean square but for rare draws.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from numerics.variants.rounding import FORMATS
from verify.properties._base import Inputs, Run

STEP = 2.0**-20
"""Relative size of the probes; rounding in float64 is 2**33 times smaller."""

PROBES = 6


def bounded(lab: Any, inputs: Inputs, plain: Run) -> Run:
    """Return the plain run with a bound from measured conditioning, and a float64 reference for narrower formats."""
    queries, keys, d, dv = inputs.sizes
    steps = 8 * (keys + d + 16) * lab.unit
    exact = _double(lab)
    centre = exact.again(_widened(inputs))
    if centre.failed or centre.output.shape != plain.output.shape:
        return replace(plain, error=np.full(plain.output.shape, np.inf), method="unknown")
    rng = np.random.default_rng(inputs.seed)
    moved = np.zeros(plain.output.shape)
    weights = None if plain.weights is None else np.zeros(plain.weights.shape)
    for _ in range(PROBES):
        probe = exact.again(_moved(_widened(inputs), rng))
        if probe.failed:
            return replace(plain, error=np.full(plain.output.shape, np.inf), method="unknown")
        moved = np.maximum(moved, _gap(probe.output, centre.output))
        if weights is not None and probe.weights is not None:
            weights = np.maximum(weights, _gap(probe.weights, centre.weights))
    entries = np.sqrt((queries + keys) * d + keys * dv)
    axes = tuple(range(1, moved.ndim))
    size = _value_size(inputs) if not inputs.layer else np.abs(centre.output).max(axis=axes, initial=0)
    size = size.reshape((-1,) + (1,) * (moved.ndim - 1)) + np.abs(centre.output)
    reach = moved.max(axis=axes, keepdims=True) if moved.ndim > 1 else moved
    error = steps * (2 * entries * reach / STEP + size) + 8 * keys * lab.form.tiny * (1 + size)
    wide = centre.output if lab.name != "float64" else None
    out = replace(plain, error=_settled(error), wide=wide, method="measured conditioning")
    if weights is None:
        return out
    reach = weights.max(axis=(1, 2), keepdims=True)
    return replace(out, weights_error=_settled(steps * (2 * entries * reach / STEP + 1)))


def _settled(error: Any) -> Any:
    return np.where(np.isfinite(error), error, np.inf)


def _double(lab: Any) -> Any:
    target = lab.target
    if target.framework == "torch":
        from numerics.variants.torch_target import at_format

        target = target.with_function(at_format(target.function, lab.name))
    return replace(lab, target=target, form=FORMATS["float64"], _memory={})


def _widened(inputs: Inputs) -> Inputs:
    q = inputs.q.astype(np.float64)
    if inputs.layer:
        return inputs.changed(x=q)
    return inputs.changed(q=q, k=inputs.k.astype(np.float64), v=inputs.v.astype(np.float64))


def _moved(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    def move(a: Any) -> Any:
        return a * (1 + STEP * rng.choice([-1.0, 1.0], a.shape))

    if inputs.layer:
        return inputs.changed(x=move(inputs.q))
    return inputs.changed(q=move(inputs.q), k=move(inputs.k), v=move(inputs.v))


def _gap(a: Any, b: Any) -> Any:
    with np.errstate(all="ignore"):
        gap = np.abs(a.astype(np.float64) - b.astype(np.float64))
    return np.where(np.isnan(a) & np.isnan(b), 0.0, np.where(np.isnan(gap), np.inf, gap))


def _value_size(inputs: Inputs) -> Any:
    """Return the largest visible value of each sample."""
    seen = inputs.visible.any(axis=-2)[..., None]
    size = np.where(seen, np.abs(inputs.v.astype(np.float64)), 0.0)
    return np.where(np.isfinite(size), size, 0.0).max(axis=(1, 2), initial=0.0)
