"""JAX: jit of value_and_grad or hessian, over points by vmap, by lax.map, or by lax.map over blocks; the fastest is used."""

from __future__ import annotations

import os
import time
from typing import Any

from protocol import Case, one_thread, serve

one_thread()
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

jax.config.update("jax_enable_x64", True)


class Tool:
    """See :mod:`protocol`."""

    def prepare(self, case: Case) -> None:
        X, y, cuts, shapes = jnp.asarray(case.X), jnp.asarray(case.y), case.cuts, case.shapes

        def loss(theta: Any) -> Any:
            parts = jnp.split(theta, cuts)
            v, W, W_V, W_Q, W_K = (part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))
            logits = (X @ W_Q) @ (X @ W_K).swapaxes(1, 2) / np.sqrt(case.width)
            pooled = (jax.nn.softmax(logits, axis=-1) @ (X @ W_V)).mean(1)
            residual = jnp.tanh(pooled @ W.T) @ v - y
            return (residual**2).sum() / (2 * len(case.y))

        one = jax.value_and_grad(loss) if case.what == "gradient" else jax.hessian(loss)
        self.theta = jnp.asarray(case.theta)
        self.ways = {
            "vmap": jax.jit(jax.vmap(one)),
            "lax.map": jax.jit(lambda points: jax.lax.map(one, points)),
            "lax.map in blocks of 8": jax.jit(lambda points: jax.lax.map(one, points, batch_size=8)),
            "lax.map in blocks of 32": jax.jit(lambda points: jax.lax.map(one, points, batch_size=32)),
        }
        jax.block_until_ready(jax.jit(one)(self.theta[0]))
        self.way = self.ways["vmap"]

    def tune(self, count: int) -> str:
        spans = {}
        for name, way in self.ways.items():
            self.way = way
            self.run(count)
            start = time.perf_counter()
            self.run(count)
            spans[name] = time.perf_counter() - start
        best = min(spans, key=spans.__getitem__)
        self.way = self.ways[best]
        return best

    def call(self, points: Any) -> Any:
        return jax.block_until_ready(self.way(points))

    def run(self, count: int) -> None:
        self.last = self.call(self.theta[:count])

    def values(self) -> list[Any]:
        out = self.ways["lax.map"](self.theta[:2])
        return list(out) if isinstance(out, tuple) else [out]


if __name__ == "__main__":
    serve(Tool())
