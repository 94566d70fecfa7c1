"""Twins B01 to B21 and B27 to B30: scaled dot-product attention with one mistake each."""

from functools import partial

import numpy as np
from parts import clean, dot, positions, root, softmax, swap, visibility

CALLS = [0]


def attend(q, k, v, mask=None, bug=""):
    d, dtype = q.shape[-1], q.dtype
    scale = {"B02": 1.0, "B03": 1 / d, "B04": np.sqrt(d)}.get(bug, 1 / np.sqrt(d))
    seen = visibility(q, k, mask)
    if bug in ("B11", "B12", "B13", "causal"):
        i, j = positions(q, k)
        i = np.arange(q.shape[-2]) if bug == "B13" else i
        seen = seen & {"B11": j <= i[:, None] + 1, "B12": j < i[:, None]}.get(bug, j <= i[:, None])
    if bug == "B29":
        k *= dtype.type(0.5)
        scale *= 2
    s = dot(q, k) * dtype.type(scale)
    v = clean(v, seen)
    if bug == "B20":
        width = min(v.shape[-1], k.shape[-1])
        v = np.concatenate([clean(k, seen)[..., :width], v[..., width:]], axis=-1)
    if bug == "B21" and v.shape[-1] == v.shape[-2]:
        v = swap(v)
    return weights(s, seen, bug) @ v


def weights(s, seen, bug):
    dtype = s.dtype
    additive = {"B07": -30.0, "B08": -1e4, "B09": -1e9}.get(bug)
    if additive is not None:
        s = s + np.where(seen, 0, additive).astype(dtype)
        e = np.exp(s - s.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)
    if bug == "B01":
        return swap(softmax(swap(s), swap(seen)))
    if bug == "B05":
        return np.where(seen, softmax(s, np.ones_like(seen)), np.zeros_like(s))
    if bug == "B06":
        return softmax(np.where(seen, s, np.zeros_like(s)), np.ones_like(seen))
    if bug == "B10":
        s = np.where(seen, s, np.full_like(s, -np.inf))
        e = np.exp(s - s.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)
    if bug == "B14":
        kept = np.random.default_rng().random(s.shape) < 0.9
        return np.where(kept, softmax(s, seen), np.zeros_like(s))
    if bug in ("B15", "B16", "B17", "B18", "B19"):
        return stabilised(s, seen, bug)
    if bug in ("B27", "B28"):
        low = np.float16 if bug == "B27" else np.float32
        return softmax(s.astype(low), seen).astype(dtype)
    return softmax(s, seen)


def stabilised(s, seen, bug):
    low = np.where(seen, s, np.full_like(s, -np.inf))
    top = {
        "B15": lambda: low.max(-1, keepdims=True),
        "B16": lambda: np.zeros_like(s[..., :1]),
        "B17": lambda: low.max(-2, keepdims=True),
        "B18": lambda: low.max((-1, -2), keepdims=True),
        "B19": lambda: np.maximum(low.max(-1, keepdims=True), np.full_like(s[..., :1], -1e4)),
    }[bug]()
    top = np.where(np.isfinite(top), top, np.zeros_like(top))
    e = np.where(seen, np.exp(np.where(seen, s, np.zeros_like(s)) - top), np.zeros_like(s))
    z = e.sum(-1, keepdims=True)
    if bug == "B15":
        return e / (z + s.dtype.type(1e-6))
    if bug == "B19":
        return e / np.maximum(z, np.full_like(z, 1e-6))
    return e / np.where(seen.any(-1, keepdims=True), z, np.ones_like(z))


def online(q, k, v, mask=None, bug="B30", block=2):
    """Two accumulators per row, updated block by block; the twin forgets to rescale the output."""
    seen = visibility(q, k, mask)
    v = clean(v, seen)
    out = np.zeros((*seen.shape[:-1], v.shape[-1]), dtype=q.dtype)
    top = np.full((*seen.shape[:-1], 1), -np.inf, dtype=q.dtype)
    total = np.zeros((*seen.shape[:-1], 1), dtype=q.dtype)
    for start in range(0, k.shape[-2], block):
        part = slice(start, start + block)
        sight = seen[..., part]
        s = np.where(sight, dot(q, k[..., part, :]) / root(q), -np.inf).astype(q.dtype)
        new = np.maximum(top, s.max(-1, keepdims=True))
        safe = np.where(np.isfinite(new), new, np.zeros_like(new))
        p = np.where(sight, np.exp(s - safe), np.zeros_like(s))
        decay = np.where(np.isfinite(top), np.exp(top - safe), np.zeros_like(top))
        total = total * decay + p.sum(-1, keepdims=True)
        out = (out if bug == "B30" else out * decay) + p @ v[..., part, :]
        top = new
    return out / np.where(seen.any(-1, keepdims=True), total, np.ones_like(total))


for _name in [f"B{_n:02}" for _n in (*range(1, 22), 27, 28, 29)]:
    globals()[_name] = partial(attend, bug=_name)
B30 = partial(online, bug="B30")
