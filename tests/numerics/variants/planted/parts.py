"""Correct building blocks that the planted bugs share; each twin goes wrong in one place only."""

import numpy as np


def visibility(q, k, mask):
    shape = (*np.broadcast_shapes(q.shape[:-2], k.shape[:-2]), q.shape[-2], k.shape[-2])
    return np.broadcast_to(True if mask is None else mask, shape)


def clean(v, seen):
    """Values of slots that no query sees become zero, whatever they hold."""
    return np.where(seen.any(-2)[..., None], v, np.zeros_like(v))


def swap(a):
    return np.swapaxes(a, -1, -2)


def dot(q, k):
    return q @ swap(k)


def softmax(s, seen):
    """Stable softmax over visible keys; rows that see nothing are zero."""
    s = np.where(seen, s, np.zeros_like(s))
    top = np.where(seen, s, np.full_like(s, -np.inf)).max(-1, keepdims=True)
    top = np.where(seen.any(-1, keepdims=True), top, np.zeros_like(top))
    e = np.where(seen, np.exp(np.minimum(s - top, np.zeros_like(s))), np.zeros_like(s))
    z = e.sum(-1, keepdims=True)
    return e / np.where(seen.any(-1, keepdims=True), z, np.ones_like(z))


def share(products, seen):
    """Rows divided by their sum over visible keys."""
    products = np.where(seen, products, np.zeros_like(products))
    z = products.sum(-1, keepdims=True)
    return products / np.where(seen.any(-1, keepdims=True), z, np.ones_like(z))


def sparsemax(s, seen, *, minus=1, extra=0):
    """Projection on the simplex of each row's visible entries."""
    s = np.where(seen, s, np.full_like(s, -np.inf))
    order = np.sort(s, axis=-1)[..., ::-1]
    order = np.where(np.isfinite(order), order, np.zeros_like(order))
    counts = np.arange(1, s.shape[-1] + 1).astype(s.dtype)
    places = np.arange(s.shape[-1]) < seen.sum(-1, keepdims=True)
    taus = (np.cumsum(order, axis=-1) - s.dtype.type(minus)) / counts
    taus = np.where(places, taus, np.full_like(taus, -np.inf))
    if extra:
        size = np.argmax(taus, axis=-1)[..., None]
        size = np.minimum(size + extra, seen.sum(-1, keepdims=True) - 1)
        tau = np.take_along_axis(taus, np.maximum(size, 0), axis=-1)
        return np.where(seen, np.where(s - tau > -1, s - tau, np.zeros_like(s)), np.zeros_like(s))
    tau = taus.max(-1, keepdims=True)
    return np.where(seen, np.maximum(s - tau, np.zeros_like(s)), np.zeros_like(s))


def positions(q, k):
    return np.arange(q.shape[-2]) + k.shape[-2] - q.shape[-2], np.arange(k.shape[-2])


def root(q):
    return q.dtype.type(np.sqrt(q.shape[-1]))


def parameter(name, part, d, dv, dtype):
    """The library's default parameter, so that twins can be held against the library's variant."""
    from numerics.variants.library import default_parameters, shapes_of
    from verify.attention import variant

    one = variant(name)
    values = [float(x) for x in default_parameters(one, d, dv)[part]]
    return np.array(values, dtype=dtype).reshape(shapes_of(one, d, dv)[part])
