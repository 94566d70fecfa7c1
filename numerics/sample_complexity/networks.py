"""Many networks trained at once by Adam: one for each weight decay, all on the same samples.

Two-layer net without attention (M0): f = v^T tanh(W x + b). Self-attention (M3' with heads): each head has a learned
query; its logits are a product with the token plus a learned number for the position, f = sum_h sum_t P^h_t <w_h, x_t>.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Blocks = list[Array]

STEPS, RATE = 600, 0.03
"""Adam steps, with a rate that falls to zero along half a cosine."""

FIRST, SECOND, TINY = 0.9, 0.99, 1e-8
"""Adam's averages and its floor (Kingma, Ba 2015)."""

HIDDEN, HEADS = 16, 4

DECAYS = tuple(float(10.0**e) for e in (-4, -3, -2.5, -2, -1.5, -1, -0.5, 0))
"""Weight decays that are tried."""

Slopes = Callable[[list["NDArray[np.float64]"]], list["NDArray[np.float64]"]]


def adam(blocks: Blocks, slopes: Slopes, *, steps: int = STEPS, rate: float = RATE) -> Blocks:
    """Return the blocks after Adam steps along ``slopes``."""
    mean, spread = [np.zeros_like(b) for b in blocks], [np.zeros_like(b) for b in blocks]
    for step in range(1, steps + 1):
        size = rate * 0.5 * (1 + np.cos(np.pi * step / steps))
        correction = np.sqrt(1 - SECOND**step) / (1 - FIRST**step)
        for place, slope in enumerate(slopes(blocks)):
            mean[place] = FIRST * mean[place] + (1 - FIRST) * slope
            spread[place] = SECOND * spread[place] + (1 - SECOND) * slope**2
            blocks[place] = blocks[place] - size * correction * mean[place] / (np.sqrt(spread[place]) + TINY)
    return blocks


def two_layer(x: Array, y: Array, decays: Array, test: Array, tokens: tuple[int, int], seed: int) -> Array:
    """Train a two-layer net for each weight decay and return its predictions, (decays, test samples)."""
    rng = np.random.default_rng([seed, 1])
    m, p, n = len(decays), x.shape[1], len(x)
    weights = np.repeat(rng.standard_normal((1, HIDDEN, p)) / np.sqrt(p), m, axis=0)
    readout = np.repeat(rng.standard_normal((1, HIDDEN)) / np.sqrt(HIDDEN), m, axis=0)
    shift, ridge = np.zeros((m, HIDDEN)), decays[:, None]

    def hidden(inputs: Array, blocks: Blocks) -> Array:
        flat = inputs @ blocks[0].reshape(m * HIDDEN, p).T + blocks[1].ravel()
        return np.tanh(flat).reshape(len(inputs), m, HIDDEN)

    def slopes(blocks: Blocks) -> Blocks:
        h = hidden(x, blocks)
        residual = (np.einsum("nmh,mh->nm", h, blocks[2]) - y[:, None]) / n
        inner = residual[:, :, None] * blocks[2] * (1 - h**2)
        flat = inner.reshape(n, m * HIDDEN)
        return [
            (flat.T @ x).reshape(m, HIDDEN, p) + ridge[:, :, None] * blocks[0],
            inner.sum(axis=0),
            np.einsum("nm,nmh->mh", residual, h) + ridge * blocks[2],
        ]

    end = adam([weights, shift, readout], slopes)
    predicted: Array = np.einsum("nmh,mh->mn", hidden(test, end), end[2])
    return predicted


def self_attention(x: Array, y: Array, decays: Array, test: Array, tokens: tuple[int, int], seed: int) -> Array:
    """Train self-attention with one learned query per head, for each weight decay; return predictions."""
    rng = np.random.default_rng([seed, 2])
    m, (count, d), n = len(decays), tokens, len(x)
    shape = (m, HEADS)
    query = np.repeat(0.1 * rng.standard_normal((1, HEADS, d)), m, axis=0)
    place = np.repeat(0.5 * rng.standard_normal((1, HEADS, count)), m, axis=0)
    value = np.repeat(0.3 * rng.standard_normal((1, HEADS, d)), m, axis=0)
    ridge = decays[:, None, None]

    def heads(inputs: Array, blocks: Blocks) -> tuple[Array, Array]:
        """Return weights and values of the tokens, (samples, T, m, heads) each."""
        flat = inputs.reshape(-1, d)
        logits = (flat @ blocks[0].reshape(-1, d).T).reshape(len(inputs), count, *shape) / np.sqrt(d)
        logits = logits + blocks[1].transpose(2, 0, 1)
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        return weights, (flat @ blocks[2].reshape(-1, d).T).reshape(len(inputs), count, *shape)

    flat_x = x.reshape(-1, d)

    def slopes(blocks: Blocks) -> Blocks:
        weights, values = heads(x, blocks)
        pooled = (weights * values).sum(axis=1)
        residual = (pooled.sum(axis=2) - y[:, None]) / n
        outer = residual[:, None, :, None] * weights
        inner = outer * (values - pooled[:, None])
        to_value = (outer.reshape(n * count, -1).T @ flat_x).reshape(*shape, d)
        to_query = (inner.reshape(n * count, -1).T @ flat_x).reshape(*shape, d) / np.sqrt(d)
        to_place = inner.sum(axis=0).transpose(1, 2, 0)
        return [to_query + ridge * blocks[0], to_place + ridge / count * blocks[1], to_value + ridge * blocks[2]]

    end = adam([query, place, value], slopes)
    weights, values = heads(test, end)
    predicted: Array = (weights * values).sum(axis=(1, 3)).T
    return predicted
