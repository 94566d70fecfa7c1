"""SciPy's minimisers with JAX derivatives, start after start, on the model of :mod:`protocol` with ridge."""

from __future__ import annotations

import json
import os
import sys
import time

from protocol import one_thread

one_thread()
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from scipy.optimize import minimize  # noqa: E402

jax.config.update("jax_enable_x64", True)

TOLERANCE = 1e-10


def main() -> None:
    """Read one request, search for its seconds, print how many starts were done and how many arrived."""
    request = json.loads(sys.stdin.readline())
    _, width, hidden = request["size"]
    with np.load(request["file"]) as data:
        X, y, starts = jnp.asarray(data["X"]), jnp.asarray(data["y"]), data["theta"]
    shapes = [(hidden,), (hidden, width), *3 * [(width, width)]]
    cuts = [int(end) for end in np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]]

    def loss(theta):  # type: ignore[no-untyped-def]
        v, W, W_V, W_Q, W_K = (part.reshape(s) for part, s in zip(jnp.split(theta, cuts), shapes, strict=True))
        logits = (X @ W_Q) @ (X @ W_K).swapaxes(1, 2) / np.sqrt(width)
        pooled = (jax.nn.softmax(logits, axis=-1) @ (X @ W_V)).mean(1)
        residual = jnp.tanh(pooled @ W.T) @ v - y
        return (residual**2).sum() / (2 * len(y)) + request["ridge"] / 2 * (theta**2).sum()

    both, bend = jax.jit(jax.value_and_grad(loss)), jax.jit(jax.hessian(loss))
    both(starts[0]), bend(starts[0])

    def function(theta):  # type: ignore[no-untyped-def]
        value, slope = both(theta)
        return float(value), np.asarray(slope)

    options = {} if request["method"] == "BFGS" else {"hess": lambda theta: np.asarray(bend(theta))}
    begun, done, arrived = time.perf_counter(), 0, 0
    for start in starts:
        found = minimize(function, start, jac=True, method=request["method"], options={"gtol": TOLERANCE}, **options)
        np.linalg.eigvalsh(np.asarray(bend(found.x)))
        arrived += bool(np.linalg.norm(function(found.x)[1]) <= TOLERANCE)
        done += 1
        if time.perf_counter() - begun > request["seconds"]:
            break
    print(json.dumps({"done": done, "arrived": arrived, "seconds": time.perf_counter() - begun}))


if __name__ == "__main__":
    main()
