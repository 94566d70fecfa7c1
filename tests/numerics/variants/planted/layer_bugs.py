"""Twins of layers: heads side by side in the feature axis, and what goes wrong across heads and batches."""

from functools import partial

import numpy as np
from parts import clean, dot, root, softmax, visibility

HEADS = 2


def multi(q, k, v, mask=None, bug=""):
    """Attention per block of features; without projections, so that heads can be exchanged."""
    if q.shape[-1] % HEADS or v.shape[-1] % HEADS:
        raise ValueError(f"the widths must be multiples of {HEADS}")
    seen = visibility(q, k, mask)
    if bug == "L06" and seen.ndim > 2:
        seen = np.broadcast_to(seen[:1], seen.shape)
    if bug == "L07" and k.ndim > 2:
        k = k / np.maximum(np.abs(k).max(0, keepdims=True), 1)
    outs = []
    for head in range(HEADS):
        qs, ks, vs = (split(a, head, bug) for a in (q, k, v))
        qs = split(q, 0, bug) if bug == "L01" else qs
        outs.append(softmax(dot(qs, ks) / root(qs), seen) @ clean(vs, seen))
    return np.concatenate(outs, axis=-1)


def split(a, head, bug):
    if bug == "L03":
        blocks = a.reshape(*a.shape[:-2], HEADS, a.shape[-2], a.shape[-1] // HEADS)
        return blocks[..., head, :, :]
    width = a.shape[-1] // HEADS
    return a[..., head * width : (head + 1) * width]


L01, L03, L06, L07 = (partial(multi, bug=name) for name in ("L01", "L03", "L06", "L07"))
