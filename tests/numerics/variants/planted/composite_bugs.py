"""Twins of differential, gated, additive, co-attention, spatio-temporal, residual and mask attention."""

from functools import partial

import numpy as np
from parts import clean, dot, parameter, root, softmax, swap, visibility


def differential(q, k, v, mask=None, bug=""):
    if q.shape[-1] % 2:
        raise ValueError("differential attention needs an even width")
    seen = visibility(q, k, mask)
    half, lam = q.shape[-1] // 2, q.dtype.type(0.2)
    s1, s2 = (dot(q[..., p], k[..., p]) / q.dtype.type(np.sqrt(half)) for p in (slice(0, half), slice(half, None)))
    if bug == "B55":
        weights = softmax(s1 - lam * s2, seen)
    elif bug == "B56":
        weights = softmax(s1, seen) + lam * softmax(s2, seen)
    else:
        weights = softmax(s1, seen) - lam * softmax(s2, seen)
    return weights @ clean(v, seen)


def logistic(a):
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1 / (1 + e), e / (1 + e))


def gated(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    gate = logistic(q @ parameter("gated", "G", q.shape[-1], v.shape[-1], q.dtype))
    gate = np.roll(gate, 1, axis=-2) if bug == "B57" else gate
    return softmax(dot(q, k) / root(q), seen) @ clean(v, seen) * gate


def additive(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    k = np.where(seen.any(-2)[..., None], k, np.zeros_like(k))
    w, u, r = (parameter("bahdanau", name, q.shape[-1], v.shape[-1], q.dtype) for name in ("W", "U", "u"))
    inner = (q @ w.T)[..., :, None, :] + (k @ u.T)[..., None, :, :]
    s = (inner if bug == "B62" else np.tanh(inner)) @ r
    return softmax(s, seen) @ clean(v, seen)


def parallel(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    d, dv = q.shape[-1], v.shape[-1]
    b, vv, w, h = (parameter("lu_parallel", name, d, dv, q.dtype) for name in ("B", "V", "W", "h"))
    if bug != "B64":
        k = np.where(seen.any(-2)[..., None], k, np.zeros_like(k))
        q = np.where(seen.any(-1)[..., None], q, np.zeros_like(q))
    c = np.tanh(dot(q @ b, k))
    c = c if bug == "B64" else np.where(seen, c, np.zeros_like(c))
    turned = c if bug == "B63" and c.shape[-1] == c.shape[-2] else swap(c)
    s = swap(np.tanh(k @ vv.T + turned @ (q @ w.T)) @ h[:, None])
    any_row = seen.any(-2, keepdims=True)
    weights = softmax(s, any_row)
    return np.broadcast_to(weights @ clean(v, seen), (*seen.shape[:-1], dv))


def pu(q, k, v, mask=None, bug=""):
    if q.shape[-1] % 2 or v.shape[-1] % 2:
        raise ValueError("two levels need even widths")
    seen = visibility(q, k, mask)
    d, dv = q.shape[-1], v.shape[-1]
    p = {name: parameter("pu_spatiotemporal", name, d, dv, q.dtype) for name in ("W", "U", "u", "B", "C", "b")}
    k = np.where(seen.any(-2)[..., None], k, np.zeros_like(k))
    s = np.tanh((q @ p["W"].T)[..., :, None, :] + (k @ p["U"].T)[..., None, :, :]) @ p["u"]
    half, wide = d // 2, dv // 2
    v = clean(v, seen)
    if bug == "B65":
        parts = [
            np.tanh((q @ p["B"].T)[..., :, None, :] + (k[..., l * half : (l + 1) * half] @ p["C"].T)[..., None, :, :])
            @ p["b"]
            for l in range(2)
        ]
        flat = softmax(np.concatenate([s + part for part in parts], axis=-1), np.concatenate([seen, seen], axis=-1))
        return flat @ np.concatenate([v[..., :wide], v[..., wide:]], axis=-2)
    alpha = softmax(s, seen)
    mixed, means = alpha @ v, alpha @ k
    beta = np.stack(
        [np.tanh(q @ p["B"].T + means[..., l * half : (l + 1) * half] @ p["C"].T) @ p["b"] for l in range(2)], axis=-1
    )
    beta = softmax(beta, np.ones(beta.shape, bool))
    return beta[..., :1] * mixed[..., :wide] + beta[..., 1:] * mixed[..., wide:]


def sagan(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    gamma = parameter("sagan", "gamma", q.shape[-1], v.shape[-1], q.dtype)
    s = dot(q, k)
    weights = swap(softmax(swap(s), swap(seen))) if bug == "B66" else softmax(s, seen)
    rest = v[..., v.shape[-2] - q.shape[-2] :, :]
    return gamma * (weights @ clean(v, seen)) + rest * (2 if bug == "B67" else 1)


def token_mask(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    a = parameter("global_mask", "a", q.shape[-1], v.shape[-1], q.dtype)
    values = clean(v, seen)
    if bug == "B68" and v.shape[-1] == v.shape[-2]:
        return values * a[: v.shape[-1]]
    kept = swap(np.eye(seen.shape[-1], dtype=bool) & seen).any(-1)[..., None]
    return np.where(kept, values * a[np.arange(v.shape[-2]) % len(a), None], np.zeros_like(values))


B55, B56 = partial(differential, bug="B55"), partial(differential, bug="B56")
B57 = partial(gated, bug="B57")
B62 = partial(additive, bug="B62")
B63, B64 = partial(parallel, bug="B63"), partial(parallel, bug="B64")
B65 = partial(pu, bug="B65")
B66, B67 = partial(sagan, bug="B66"), partial(sagan, bug="B67")
B68 = partial(token_mask, bug="B68")
