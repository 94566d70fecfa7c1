"""The model for one sample in scalars, for the tools that know nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
from protocol import Case


def sample_loss(case: Case, algebra: Any) -> tuple[list[Any], list[Any], Any, Any]:
    """Return the symbols of parameters, input and target, and the loss of one sample in a computer algebra system."""
    p = case.theta.shape[1]
    theta = list(algebra.symbols(f"t0:{p}"))
    x = list(algebra.symbols(f"x0:{case.tokens * case.width}"))
    y = algebra.Symbol("y")
    parts = np.split(np.array(theta, dtype=object), case.cuts)
    v, W, W_V, W_Q, W_K = (part.reshape(shape) for part, shape in zip(parts, case.shapes, strict=True))
    X = np.array(x, dtype=object).reshape(case.tokens, case.width)
    logits = (X @ W_Q) @ (X @ W_K).T / algebra.sqrt(case.width)
    weights = np.vectorize(algebra.exp, otypes=[object])(logits)
    weights = weights / weights.sum(1, keepdims=True)
    pooled = (weights @ (X @ W_V)).sum(0) / case.tokens
    residual = np.vectorize(algebra.tanh, otypes=[object])(W @ pooled) @ v - y
    return theta, x, y, residual**2 / (2 * len(case.y))
