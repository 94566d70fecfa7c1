"""PyTorch: torch.func.grad_and_value or hessian, over points by vmap, in blocks; the fastest block size is used."""

from __future__ import annotations

import time
from typing import Any

from protocol import Case, one_thread, serve

one_thread()

import torch  # noqa: E402

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


class Tool:
    """See :mod:`protocol`."""

    def prepare(self, case: Case) -> None:
        X, y = torch.from_numpy(case.X), torch.from_numpy(case.y)
        sizes = [int(torch.Size(shape).numel()) for shape in case.shapes]

        def loss(theta: Any) -> Any:
            parts = torch.split(theta, sizes)
            v, W, W_V, W_Q, W_K = (part.reshape(shape) for part, shape in zip(parts, case.shapes, strict=True))
            logits = (X @ W_Q) @ (X @ W_K).transpose(1, 2) / case.width**0.5
            pooled = (torch.softmax(logits, -1) @ (X @ W_V)).mean(1)
            residual = torch.tanh(pooled @ W.T) @ v - y
            return (residual**2).sum() / (2 * len(y))

        one = torch.func.grad_and_value(loss) if case.what == "gradient" else torch.func.hessian(loss)
        self.theta = torch.from_numpy(case.theta)
        self.many = torch.func.vmap(one)
        self.block = 1
        one(self.theta[0])

    def tune(self, count: int) -> str:
        spans = {}
        for block in (1, 8, 64, 512):
            if block <= 2 * count:
                self.block = block
                start = time.perf_counter()
                self.run(min(count, 4 * block))
                spans[block] = (time.perf_counter() - start) / min(count, 4 * block)
        self.block = min(spans, key=spans.__getitem__)
        return f"vmap in blocks of {self.block}"

    def run(self, count: int) -> None:
        for start in range(0, count, self.block):
            self.last = self.many(self.theta[start : min(start + self.block, count)])

    def values(self) -> list[Any]:
        out = self.many(self.theta[:2])
        return [out[1].numpy(), out[0].numpy()] if isinstance(out, tuple) else [out.numpy()]


if __name__ == "__main__":
    serve(Tool())
