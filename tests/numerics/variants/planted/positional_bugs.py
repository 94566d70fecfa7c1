"""Twins of RoPE, ALiBi, windows, local attention and elastic softmax."""

from functools import partial

import numpy as np
from parts import clean, dot, parameter, positions, root, softmax, visibility


def rope(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    i, j = positions(q, k)
    i = np.arange(q.shape[-2]) if bug == "B47" else i
    turned = k if bug == "B45" else turn(k, j, bug == "B46")
    return softmax(dot(turn(q, i), turned) / root(q), seen) @ clean(v, seen)


def turn(a, place, halves=False):
    d = a.shape[-1]
    angle = place[:, None] * 10_000.0 ** (-2 * np.arange(d // 2) / d)
    c, s = np.cos(angle).astype(a.dtype), np.sin(angle).astype(a.dtype)
    x, y = (a[..., : d // 2], a[..., d // 2 :]) if halves else (a[..., 0::2], a[..., 1::2])
    u, w = c * x - s * y, s * x + c * y
    if halves:
        return np.concatenate([u, w], axis=-1)
    return np.stack([u, w], axis=-1).reshape(a.shape)


def alibi(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    i, j = positions(q, k)
    slope = -0.5 if bug == "B48" else 0.5
    bias = (slope * np.abs(i[:, None] - j)).astype(q.dtype)
    return softmax(dot(q, k) / root(q) - bias, seen) @ clean(v, seen)


def window(q, k, v, mask=None, bug=""):
    i, j = positions(q, k)
    width = {"B49": 3, "B50": 1}.get(bug, 2)
    near = (j <= i[:, None]) & (i[:, None] - j < width)
    seen = visibility(q, k, mask) & near
    return softmax(dot(q, k) / root(q), seen) @ clean(v, seen)


def local_m(q, k, v, mask=None, bug=""):
    i, j = positions(q, k)
    near = np.abs(i[:, None] - j) <= 1
    if bug == "B51":
        near = near | (np.abs(i[:, None] - j) == k.shape[-2] - 1)
    seen = visibility(q, k, mask) & near
    return softmax(dot(q, k), seen) @ clean(v, seen)


def local_p(q, k, v, mask=None, bug=""):
    seen = visibility(q, k, mask)
    d, dv = q.shape[-1], v.shape[-1]
    w, u = (parameter("luong_local_p", name, d, dv, q.dtype) for name in ("W", "u"))
    count = np.full(seen.shape[:-1], k.shape[-2]) if bug == "B54" else seen.sum(-1)
    hidden = np.tanh(q @ w.T) @ u
    e = np.exp(-np.abs(hidden))
    centre = count.astype(q.dtype) * np.where(hidden >= 0, 1 / (1 + e), e / (1 + e))
    place = np.arange(1, k.shape[-2] + 1).astype(q.dtype)
    apart = place - centre[..., None]
    sight = seen & (np.abs(apart) <= 2)
    bell = np.where(sight, np.exp(-apart * apart / 2), np.zeros_like(apart))
    s = dot(q, k)
    if bug == "B52":
        return softmax(s - np.where(sight, apart * apart / 2, np.zeros_like(apart)), sight) @ clean(v, seen)
    weights = softmax(s, sight) * bell
    if bug == "B53":
        z = weights.sum(-1, keepdims=True)
        weights = weights / np.where(z > 0, z, np.ones_like(z))
    return weights @ clean(v, seen)


def elastic(q, k, v, mask=None, bug="", tau=-1 / 3):
    seen = visibility(q, k, mask)
    i, j = positions(q, k)
    tau = 1 / 3 if bug == "B60" else tau
    bias = (0.25 * np.abs(i[:, None] - j)).astype(q.dtype)
    offset = (tau / np.maximum(i + 1, 1)).astype(q.dtype)[:, None]
    weights = np.maximum(softmax(dot(q, k) / root(q) - bias, seen) + offset, 0)
    return (weights if bug == "B60" else np.where(seen, weights, np.zeros_like(weights))) @ (
        v if bug == "B60" else clean(v, seen)
    )


B45, B46, B47 = (partial(rope, bug=f"B{n}") for n in (45, 46, 47))
B48 = partial(alibi, bug="B48")
B49, B50 = partial(window, bug="B49"), partial(window, bug="B50")
B51 = partial(local_m, bug="B51")
B52, B53, B54 = (partial(local_p, bug=f"B{n}") for n in (52, 53, 54))
B60 = partial(elastic, bug="B60")
