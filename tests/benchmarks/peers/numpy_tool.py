"""NumPy: loss and gradient written out by hand, batched over points in blocks; the fastest block size is used."""

from __future__ import annotations

import time
from typing import Any

from protocol import Case, one_thread, serve

one_thread()

import numpy as np  # noqa: E402


class Tool:
    """See :mod:`protocol`."""

    def prepare(self, case: Case) -> None:
        if case.what != "gradient":
            raise ValueError("only loss and gradient are written out")
        self.case, self.block = case, 1
        self.run(1)

    def evaluate(self, theta: Any) -> tuple[Any, Any]:
        case, (X, y) = self.case, (self.case.X, self.case.y)
        n, root = len(y), np.sqrt(case.width)
        parts = np.split(theta, case.cuts, axis=1)
        v, W, W_V, W_Q, W_K = (p.reshape(-1, 1, *s) for p, s in zip(parts, case.shapes, strict=True))
        Q, K, V = X @ W_Q, X @ W_K, X @ W_V
        S = Q @ K.swapaxes(-1, -2) / root
        P = np.exp(S - S.max(-1, keepdims=True))
        P /= P.sum(-1, keepdims=True)
        pooled = (P @ V).mean(-2)
        H = np.tanh(pooled @ W[:, 0].swapaxes(-1, -2))
        r = (H @ v[:, 0, :, None])[..., 0] - y
        g_H = r[..., None] * v / n * (1 - H**2)
        g_pooled = g_H @ W[:, 0]
        g_O = np.broadcast_to(g_pooled[..., None, :] / case.tokens, V.shape)
        g_P = g_O @ V.swapaxes(-1, -2)
        g_S = P * (g_P - (g_P * P).sum(-1, keepdims=True)) / root
        XT = X.swapaxes(-1, -2)
        slopes = [
            (r[..., None] * H).sum(1) / n,
            g_H.swapaxes(-1, -2) @ pooled,
            (XT @ (P.swapaxes(-1, -2) @ g_O)).sum(1),
            (XT @ (g_S @ K)).sum(1),
            (XT @ (g_S.swapaxes(-1, -2) @ Q)).sum(1),
        ]
        return (r**2).sum(-1) / (2 * n), np.concatenate([s.reshape(len(theta), -1) for s in slopes], axis=1)

    def tune(self, count: int) -> str:
        spans = {}
        for block in (1, 4, 16, 64):
            self.block = block
            start = time.perf_counter()
            self.run(min(count, 2 * block))
            spans[block] = (time.perf_counter() - start) / min(count, 2 * block)
        self.block = min(spans, key=spans.__getitem__)
        return f"blocks of {self.block} points"

    def run(self, count: int) -> None:
        for start in range(0, count, self.block):
            self.last = self.evaluate(self.case.theta[start : min(start + self.block, count)])

    def values(self) -> list[Any]:
        return list(self.evaluate(self.case.theta[:2]))


if __name__ == "__main__":
    serve(Tool())
