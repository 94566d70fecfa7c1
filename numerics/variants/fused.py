"""Fused attention kernels: bounds from the formula that they document, in any order of operations.

The kernel's own steps are not seen. The model: it evaluates softmax(scale q k' + mask) v with every score, weight,
sum and product rounded in the declared format or a wider one, sums in any order and in any blocks, rescaled at every
new maximum or not. Its rounding charges are relative to its own intermediate results, which differ from those of the
evaluation here by at most twice the error of a score in relative terms. While that is at most 1/4 every charge is at
most exp(1/4) < 2 times the charge here, so that twice the bound here covers the kernel; otherwise there is no bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.variants import array_rules as rules
from numerics.variants.follow_torch import TorchReading, fused
from numerics.variants.traced import Trace, Traced, TracingLost

MOST = 1 / 8
"""Largest error of a score for which a bound is given."""


@dataclass
class DeclaredTrace(Trace):
    """Charges every operation the declared format, whatever the format of the arrays here."""

    def unit(self, dtype: Any) -> float:
        return self.form.unit


def attention(
    reading: TorchReading, q: Any, k: Any, v: Any, dropout_p: float = 0.0, is_causal: bool = False, *,
    attn_mask: Any = None, scale: float | None = None,
) -> tuple[Any, Any]:  # fmt: skip
    """Return (output, None for the log-sum-exp)."""
    if dropout_p or q.shape[:-2] != k.shape[:-2]:
        raise TracingLost("fused attention of this form has no error rule")
    scale = scale if scale is not None else 1 / float(np.sqrt(q.shape[-1]))
    output, _, worst = _formula(reading, q, k, v, scale, attn_mask, is_causal)
    return (output, None) if reading.trace is None else (_doubled(reading, output, q.dtype, worst), None)


def _formula(reading: Any, q: Any, k: Any, v: Any, scale: float, mask: Any, causal: bool) -> tuple[Any, Any, Any]:
    """Return (output, weights, error of the scores that count) over (..., T, d) arrays."""
    if reading.trace is not None:
        inner = DeclaredTrace(reading.trace.form, reading.trace.wide)
        q, k, v, mask = (_held(inner, a) for a in (q, k, v, mask))
    else:
        inner = None
    scores = _dots(inner, q, k) * scale
    if mask is not None:
        scores = scores + (rules.as_objects(mask) if rules.is_object(scores) else mask)
    if causal:
        seen = np.tril(np.ones(scores.shape[-2:], dtype=bool))
        hidden = np.broadcast_to(np.asarray(-np.inf), scores.shape)
        hidden = rules.as_objects(hidden) if rules.is_object(scores) else hidden.astype(scores.dtype)
        scores = rules.choose(np.broadcast_to(seen, scores.shape), scores, hidden)
    weights = rules.softmax(scores, -1, empty_is_zero=True)
    output = _weighted(inner, weights, v)
    worst = None if inner is None else scores.error.max(axis=-1, initial=0.0, keepdims=True)
    return output, weights, worst


def _held(trace: Any, a: Any) -> Any:
    """The same array under another trace, values at least in float32."""
    if a is None or not isinstance(a, Traced):
        return a if a is None or a.dtype.kind == "b" else trace.array(np.asarray(a))
    value = a.value.astype(np.float32) if a.value.dtype == np.float16 else a.value
    return Traced(trace, value, a.wide, a.error)


def _letters(a: Any) -> str:
    return "abcdefgh"[: a.ndim - 2]


def _dots(trace: Any, q: Any, k: Any) -> Any:
    lead = _letters(q)
    return rules.contract(trace, (lead + "xz", lead + "yz"), lead + "xy", q, k, q.dtype)


def _weighted(trace: Any, weights: Any, v: Any) -> Any:
    lead = _letters(v)
    return rules.contract(trace, (lead + "xy", lead + "yz"), lead + "xz", weights, v, v.dtype)


def _doubled(reading: Any, made: Any, dtype: Any, worst: Any) -> Any:
    form = reading.trace.form
    size = np.abs(made.value.astype(np.float64))
    error = 2 * made.error + form.unit * size + form.tiny
    error = np.where(worst <= MOST, error, np.inf)
    return fused(Traced(reading.trace, made.value.astype(dtype), made.wide, error))


def attention_backward(
    reading: TorchReading, g: Any, q: Any, k: Any, v: Any, out: Any, logsumexp: Any, dropout_p: float,
    is_causal: bool, *, attn_mask: Any = None, scale: float | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    """Return the gradients with respect to q, k and v."""
    if dropout_p:
        raise TracingLost("fused attention with dropout has no error rule")
    scale = scale if scale is not None else 1 / float(np.sqrt(q.shape[-1]))
    _, weights, worst = _formula(reading, q, k, v, scale, attn_mask, is_causal)
    inner = None if reading.trace is None else weights.trace
    if inner is not None:
        g, q, k, v = (_held(inner, a) for a in (g, q, k, v))
    lead = _letters(q)
    dv = rules.contract(inner, (lead + "xy", lead + "xz"), lead + "yz", weights, g, v.dtype)
    dw = rules.contract(inner, (lead + "xz", lead + "yz"), lead + "xy", g, v, v.dtype)
    ds = (dw - rules.reduced("sum", dw * weights, (dw.ndim - 1,), keep=True)) * weights
    dq = rules.contract(inner, (lead + "xy", lead + "yz"), lead + "xz", ds, k, q.dtype) * scale
    dk = rules.contract(inner, (lead + "xy", lead + "xz"), lead + "yz", ds, q, q.dtype) * scale
    if inner is None:
        return dq, dk, dv
    most = np.broadcast_to(worst.max(axis=-2, keepdims=True), (*worst.shape[:-2], 1, 1))
    return tuple(_doubled(reading, part, part.dtype, most) for part in (dq, dk, dv))


def multi_head(
    reading: TorchReading, query: Any, key: Any, value: Any, width: int, heads: int, weight: Any, bias: Any,
    out_weight: Any, out_bias: Any, mask: Any = None, need_weights: bool = True, average: bool = True,
    mask_type: Any = None,
) -> tuple[Any, Any]:  # fmt: skip
    """Return (output, weights) of multi-head attention over (B, T, width)."""
    if mask is not None and (mask.ndim != 4 or mask_type not in (0, 1, 2, None)):
        raise TracingLost("fused multi-head attention with this mask has no error rule")
    inner = None if reading.trace is None else DeclaredTrace(reading.trace.form, reading.trace.wide)
    parts = [query, key, value, weight, bias, out_weight, out_bias]
    if inner is not None:
        parts = [_held(inner, a) for a in parts]
    query, key, value, weight, bias, out_weight, out_bias = parts
    q, k, v = (_projected(inner, a, weight, bias, i, width, heads) for i, a in enumerate((query, key, value)))
    shown: Any = None
    if mask is not None:
        gone = (mask.value if isinstance(mask, Traced) else mask) != 0
        if gone.all(axis=-1).any():
            raise TracingLost("fused multi-head attention of rows that see nothing has no error rule")
        shown = np.broadcast_to(np.where(gone, -np.inf, 0.0), (*q.shape[:-1], k.shape[-2]))
        shown = rules.as_objects(shown) if inner is None else inner.array(shown.astype(q.dtype))
    output, weights, worst = _formula(reading, q, k, v, 1 / float(np.sqrt(width // heads)), shown, False)
    joined: Any = np.reshape(np.transpose(output, (0, 2, 1, 3)), (*query.shape[:-1], width))
    if inner is not None:
        joined = Traced(inner, joined.value, joined.wide, joined.error)
    out = rules.contract(inner, ("btc", "oc"), "bto", joined, out_weight, joined.dtype) + out_bias
    if reading.trace is None:
        return out, rules.reduced("sum", weights, (1,)) / float(heads) if average else weights
    most = np.broadcast_to(worst.max(axis=(1, 2)), (out.shape[0], 1))[..., None]
    mean = rules.reduced("sum", weights, (1,)) / float(heads) if average else weights
    per_row = worst.max(axis=1) if average else worst
    made = _doubled(reading, out, out.dtype, most)
    return made, _doubled(reading, mean, mean.dtype, per_row) if need_weights else None


def _projected(trace: Any, a: Any, weight: Any, bias: Any, place: int, width: int, heads: int) -> Any:
    part = slice(place * width, (place + 1) * width)
    made = rules.contract(trace, ("btc", "oc"), "bto", a, weight[part], a.dtype) + bias[part]
    return np.transpose(np.reshape(made, (*a.shape[:-1], heads, width // heads)), (0, 2, 1, 3))
