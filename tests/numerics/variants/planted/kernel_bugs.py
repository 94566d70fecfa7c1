"""Twins of sparse maps, sigmoid, sinks, linear attention, Performer, L2 and cosine attention."""

from functools import partial

import numpy as np
from parts import clean, dot, parameter, positions, root, share, softmax, sparsemax, swap, visibility


def softmax1(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    s = np.where(seen, dot(q, k) / root(q), -np.inf).astype(q.dtype)
    top = np.maximum(s.max(-1, keepdims=True), np.zeros_like(s[..., :1]))
    if bug == "B31":
        top = s.max(-1, keepdims=True)
        top = np.where(np.isfinite(top), top, np.zeros_like(top))
    e = np.exp(s - top)
    one = np.ones_like(top) if bug == "B31" else np.exp(-top)
    return (e / (one + e.sum(-1, keepdims=True))) @ clean(v, seen)


def sigmoid(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    length = k.shape[-2] if bug == "B32" else 4
    s = dot(q, k) / root(q) - q.dtype.type(np.log(length))
    s = np.where(seen, s, np.zeros_like(s))
    e = np.exp(-np.abs(s))
    w = np.where(s >= 0, 1 / (1 + e), e / (1 + e))
    return np.where(seen, w, np.zeros_like(w)) @ clean(v, seen)


def sparse(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    s = dot(q, k) / root(q)
    return sparsemax(s, seen, minus=0 if bug == "B33" else 1, extra=1 if bug == "B34" else 0) @ clean(v, seen)


def entmax15(q, k, v, mask=None, bug=""):
    """Bisection on the threshold, which only adds and compares."""
    seen = visibility(q, k, mask)
    s = dot(q, k) / root(q) * q.dtype.type(1.0 if bug == "B37" else 0.5)
    s = np.where(seen, s, np.full_like(s, -np.inf))
    order = np.sort(s, axis=-1)[..., ::-1]
    places = np.arange(s.shape[-1]) < seen.sum(-1, keepdims=True)
    top = order[..., :1]
    top = np.where(np.isfinite(top), top, np.zeros_like(top))
    x = np.where(places, np.maximum(order - top, -2 * np.ones_like(order)), np.zeros_like(order))
    counts = np.arange(1, s.shape[-1] + 1).astype(s.dtype)
    mean = np.cumsum(x, axis=-1) / counts
    spread = np.cumsum(x * x, axis=-1) - counts * mean * mean
    room = (1 - spread) / counts
    tau = mean - np.sqrt(np.maximum(room, np.zeros_like(room)))
    valid = places & (tau <= x) & (room > 0)
    best = np.where(valid, tau, np.full_like(tau, -np.inf)).max(-1, keepdims=True)
    best = np.where(np.isfinite(best), best, np.zeros_like(best))
    gap = np.maximum(np.where(seen, s - top, best) - best, np.zeros_like(s))
    return (gap * gap) @ clean(v, seen)


def elu1(a, bug=""):
    grown = np.where(a > 0, a + 1, np.exp(np.minimum(a, np.zeros_like(a))))
    return grown - 1 if bug == "B39" else grown


def linear(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    i, j = positions(q, k)
    if bug in ("B40", "B41", "causal"):
        whole = seen
        seen = seen & (j < i[:, None] if bug == "B40" else j <= i[:, None])
    products = np.where(seen, dot(elu1(q, bug), elu1(k, bug)), 0).astype(q.dtype)
    if bug == "B38":
        return products @ clean(v, seen)
    if bug == "B41":
        z = np.where(whole, dot(elu1(q), elu1(k)), 0).astype(q.dtype).sum(-1, keepdims=True)
        return products / np.where(z > 0, z, np.ones_like(z)) @ clean(v, seen)
    return share(products, seen) @ clean(v, seen)


def performer(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    w = parameter("performer", "w", q.shape[-1], v.shape[-1], q.dtype)
    scale = q.dtype.type(q.shape[-1] ** -0.25)

    def features(a, drop):
        x = a * scale
        inner = x @ swap(w)
        return np.exp(inner if drop else inner - (x * x).sum(-1, keepdims=True) / 2)

    k = np.where(seen.any(-2)[..., None], k, np.zeros_like(k))
    return share(dot(features(q, False), features(k, bug == "B42")), seen) @ clean(v, seen)


def l2(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    apart = (q * q).sum(-1, keepdims=True) - 2 * dot(q, k)
    apart = apart if bug == "B43" else apart + swap((k * k).sum(-1, keepdims=True))
    if bug == "B44":
        apart = np.sqrt(np.maximum(apart, np.zeros_like(apart)))
    return softmax(-apart / root(q), seen) @ clean(v, seen)


def cosine(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    axis = -2 if bug == "B58" else -1

    def direction(a):
        size = np.sqrt((a * a).sum(axis, keepdims=True))
        return a / size if bug == "B59" else a / np.where(size > 0, size, np.ones_like(size))

    k = np.where(seen.any(-2)[..., None], k, np.zeros_like(k))
    return softmax(dot(direction(q), direction(k)) * q.dtype.type(10), seen) @ clean(v, seen)


B31 = partial(softmax1, bug="B31")
B32 = partial(sigmoid, bug="B32")
B33, B34 = partial(sparse, bug="B33"), partial(sparse, bug="B34")
B37 = partial(entmax15, bug="B37")
B38, B39, B40, B41 = (partial(linear, bug=f"B{n}") for n in range(38, 42))
B42 = partial(performer, bug="B42")
B43, B44 = partial(l2, bug="B43"), partial(l2, bug="B44")
B58, B59 = partial(cosine, bug="B58"), partial(cosine, bug="B59")
