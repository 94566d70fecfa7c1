"""The twelve equivalent mutants: written differently, equal in exact arithmetic; none may be flagged."""

import numpy as np
from composite_bugs import logistic
from kernel_bugs import softmax1 as softmax1_direct  # noqa: F401
from parts import clean, dot, parameter, positions, root, share, softmax, swap, visibility
from positional_bugs import turn
from softmax_bugs import online as online_softmax


def scale_on_q(q, k, v, mask=None):
    seen = visibility(q, k, mask)
    return softmax(dot(q / root(q), k), seen) @ clean(v, seen)


def log_space(q, k, v, mask=None):
    seen = visibility(q, k, mask)
    s = np.where(seen, dot(q, k) / root(q), -np.inf).astype(q.dtype)
    top = s.max(-1, keepdims=True)
    top = np.where(np.isfinite(top), top, np.zeros_like(top))
    z = np.exp(s - top).sum(-1, keepdims=True)
    lse = top + np.log(np.where(z > 0, z, np.ones_like(z)))
    return np.exp(s - lse) @ clean(v, seen)


def online(q, k, v, mask=None):
    return online_softmax(q, k, v, mask, bug="", block=max(1, (k.shape[-2] + 1) // 2))


def sink_as_token(q, k, v, mask=None):
    seen = visibility(q, k, mask)
    s = dot(q, k) / root(q)
    s = np.concatenate([s, np.zeros_like(s[..., :1])], axis=-1)
    weights = softmax(s, np.concatenate([seen, np.ones_like(seen[..., :1])], axis=-1))
    values = np.concatenate([clean(v, seen), np.zeros_like(v[..., :1, :])], axis=-2)
    return weights @ values


def alibi_by_key(q, k, v, mask=None):
    """Causal: -m(i - j) and +m j differ by a constant of the row."""
    i, j = positions(q, k)
    seen = visibility(q, k, mask) & (j <= i[:, None])
    return softmax(dot(q, k) / root(q) + (0.5 * j).astype(q.dtype), seen) @ clean(v, seen)


def performer_keys_only(q, k, v, mask=None):
    seen = visibility(q, k, mask)
    k = np.where(seen.any(-2)[..., None], k, np.zeros_like(k))
    w, scale = parameter("performer", "w", q.shape[-1], v.shape[-1], q.dtype), q.dtype.type(q.shape[-1] ** -0.25)
    x = k * scale
    right = np.exp(x @ swap(w) - (x * x).sum(-1, keepdims=True) / 2)
    return share(dot(np.exp((q * scale) @ swap(w)), right), seen) @ clean(v, seen)


def l2_without_query(q, k, v, mask=None):
    seen = visibility(q, k, mask)
    apart = swap((k * k).sum(-1, keepdims=True)) - 2 * dot(q, k)
    return softmax(-apart / root(q), seen) @ clean(v, seen)


def additive_flipped(q, k, v, mask=None):
    seen = visibility(q, k, mask)
    k = np.where(seen.any(-2)[..., None], k, np.zeros_like(k))
    w, u, r = (-parameter("bahdanau", name, q.shape[-1], v.shape[-1], q.dtype) for name in ("W", "U", "u"))
    return softmax(np.tanh((q @ w.T)[..., :, None, :] + (k @ u.T)[..., None, :, :]) @ r, seen) @ clean(v, seen)


def differential_late(q, k, v, mask=None):
    if q.shape[-1] % 2:
        raise ValueError("differential attention needs an even width")
    seen = visibility(q, k, mask)
    half, scale = q.shape[-1] // 2, q.dtype.type(np.sqrt(q.shape[-1] // 2))
    first, second = (
        softmax(dot(q[..., p], k[..., p]) / scale, seen) @ clean(v, seen) for p in (slice(0, half), slice(half, None))
    )
    return first - q.dtype.type(0.2) * second


def rope_later(q, k, v, mask=None):
    seen = visibility(q, k, mask)
    i, j = positions(q, k)
    return softmax(dot(turn(q, i + 7), turn(k, j + 7)) / root(q), seen) @ clean(v, seen)


def window_as_difference(q, k, v, mask=None):
    i, j = positions(q, k)
    near = (j <= i[:, None]) & ~(j <= i[:, None] - 2)
    seen = visibility(q, k, mask) & near
    return softmax(dot(q, k) / root(q), seen) @ clean(v, seen)


def sigmoid_by_tanh(q, k, v, mask=None):
    seen = visibility(q, k, mask)
    s = np.where(seen, dot(q, k) / root(q) - q.dtype.type(np.log(4)), 0).astype(q.dtype)
    return np.where(seen, (1 + np.tanh(s / 2)) / 2, 0).astype(q.dtype) @ clean(v, seen)


def sigmoid_plain(q, k, v, mask=None):
    seen = visibility(q, k, mask)
    s = np.where(seen, dot(q, k) / root(q) - q.dtype.type(np.log(4)), 0).astype(q.dtype)
    return np.where(seen, logistic(s), 0).astype(q.dtype) @ clean(v, seen)
