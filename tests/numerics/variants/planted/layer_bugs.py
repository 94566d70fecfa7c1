"""Twins of layers: heads side by side in the feature axis, and what goes wrong across heads and batches."""

from functools import partial

import numpy as np
from parts import clean, dot, parameter, root, softmax, visibility

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


WIDTH = 2
"""Width of a head behind the projections."""


def projected(q, k, v, mask=None, bug="", base="multi_head", heads=2, groups=2):
    """Heads behind projections, mixed by the output matrix; the library's default parameters."""
    seen = visibility(q, k, mask)
    wq, wk, wv, wo = (parameter(base, name, q.shape[-1], v.shape[-1], q.dtype) for name in ("WQ", "WK", "WV", "WO"))
    q, k, v = q @ wq, np.where(seen.any(-2)[..., None], k, np.zeros_like(k)) @ wk, clean(v, seen) @ wv
    scale = q.dtype.type(np.sqrt(heads * WIDTH if bug == "L04" else WIDTH))
    total = 0
    for head in range(heads):
        group = head % groups if bug == "L05" else head * groups // heads
        own, keys, values = part(q, head), part(k, group), part(v, group)
        out = softmax(dot(own, keys) / scale, seen) @ values
        total = total + out @ wo[(0 if bug == "L02" else head) * WIDTH :][:WIDTH]
    return total


def part(a, number):
    return a[..., number * WIDTH : (number + 1) * WIDTH]


grouped = partial(projected, base="grouped_query", heads=4, groups=2)
one_group = partial(projected, base="multi_query", heads=2, groups=1)
L02, L04 = partial(projected, bug="L02"), partial(projected, bug="L04")
L05 = partial(projected, base="grouped_query", heads=4, groups=2, bug="L05")
