"""Derive self-attention at three sizes and print what it costs and how well it agrees with independent methods.

Run it with ``python tests/benchmarks/bench_derive.py``; nothing here is collected by pytest. Sizes as in the goals:
S1 has 2 tokens of width 2 and 2 hidden units, S2 has 4, 3 and 4, S3 has 8, 8 and 8; 16 samples.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from verify import models
from verify.crosscheck import check
from verify.derivation import Derivation, derive
from verify.expr.derive import gradient, hessian_product
from verify.expr.node import Expr, topological
from verify.expr.numpy_derivatives import gradient_numpy, hessian_numpy
from verify.expr.numpy_reading import compile_numpy
from verify.models._model import Model

SIZES = {"S1": (2, 2, 2), "S2": (4, 3, 4), "S3": (8, 8, 8)}
SAMPLES = 16
BATCH = {"S1": 256, "S2": 128, "S3": 16}
REPEATS = 5


def timed(work: Callable[[], Any]) -> float:
    """Return the median seconds of some runs."""
    spans = []
    for _ in range(REPEATS):
        start = perf_counter()
        work()
        spans.append(perf_counter() - start)
    return statistics.median(spans)


def build(size: str) -> Model:
    tokens, width, hidden = SIZES[size]
    return models.build("self-attention", n=SAMPLES, T=tokens, d=width, hidden=hidden)


def derivation_row(size: str) -> list[str]:
    """Seconds from definition to the first value of gradient, Hessian product and Hessian."""
    rng = np.random.default_rng(0)
    start = perf_counter()
    model = build(size)
    wrt = list(model.parameters.values())
    shared = {name: rng.standard_normal(symbol.shape) for name, symbol in model.data.items()}
    point = [rng.standard_normal(symbol.shape) for symbol in wrt]
    slopes = gradient(model.loss, wrt)
    derived = perf_counter()
    compile_numpy([model.loss, *slopes], wrt, shared=shared)(*point)
    first = perf_counter()
    moves = [Expr("symbol", attrs=f"move {symbol.attrs}", shape=symbol.shape) for symbol in wrt]
    product = hessian_product(model.loss, wrt, moves)
    compile_numpy(product, [*wrt, *moves], shared=shared)(*point, *point)
    second = perf_counter()
    hessian_numpy(model.loss, wrt, shared=shared)(np.zeros((1, sum(s.size for s in wrt))))
    done = perf_counter()
    spans = (derived - start, first - start, second - first, done - second)
    count = sum(symbol.size for symbol in wrt)
    sizes = [count, len(topological(model.loss)), len(topological(*slopes)), len(topological(*product))]
    return [size, *map(str, sizes), *(f"{1000 * span:.1f}" for span in spans)]


def agreement_row(size: str) -> list[str]:
    """SymPy at two samples of S1 (values in balls); central differences in balls at full size."""
    tokens, width, hidden = SIZES[size]
    samples = 2 if size == "S1" else SAMPLES
    model = models.build("self-attention", n=samples, T=tokens, d=width, hidden=hidden)
    derivation: Derivation = derive(model.loss, model.parameters)
    result = check(derivation, points=1, seed=0)
    return [size, str(samples), result.method, str(result.entries), result.difference, f"{result.seconds:.2f}"]


def complex_step_row(size: str) -> list[str]:
    """The float gradient against complex steps of a plain NumPy implementation, relative to its largest entry."""
    rng = np.random.default_rng(1)
    model = build(size)
    wrt = list(model.parameters.values())
    shared = {name: rng.standard_normal(symbol.shape) for name, symbol in model.data.items()}
    point = [rng.standard_normal(symbol.shape) for symbol in wrt]
    flat = np.concatenate([part.ravel() for part in point])
    _, slope = gradient_numpy(model.loss, wrt, shared=shared)(flat[None])
    step = 1e-30
    reference = np.array([plain_loss(flat + 1j * step * unit, wrt, shared).imag / step for unit in np.eye(len(flat))])
    error = np.abs(reference - slope[0]).max() / np.abs(reference).max()
    return [size, f"{error:.1e}"]


def plain_loss(flat: np.ndarray, wrt: list[Expr], data: dict[str, np.ndarray]) -> complex:
    """Self-attention written directly in NumPy, for complex arguments."""
    cuts = np.cumsum([symbol.size for symbol in wrt])[:-1]
    parts = {str(s.attrs): part.reshape(s.shape) for s, part in zip(wrt, np.split(flat, cuts), strict=True)}
    X = data["X"]
    keys = X @ parts["W_K"]
    logits = (X @ parts["W_Q"]) @ np.swapaxes(keys, 1, 2) / np.sqrt(keys.shape[2])
    weights = np.exp(logits - logits.real.max(axis=2, keepdims=True))
    weights = weights / weights.sum(axis=2, keepdims=True)
    pooled = (weights @ (X @ parts["W_V"])).mean(axis=1)
    residual = np.tanh(pooled @ parts["W"].T) @ parts["v"] - data["y"]
    return complex((residual**2).sum() / (2 * len(residual)))


def evaluation_row(size: str) -> list[str]:
    """Evaluations per second over a batch of points."""
    rng = np.random.default_rng(2)
    model = build(size)
    wrt = list(model.parameters.values())
    shared = {name: rng.standard_normal(symbol.shape) for name, symbol in model.data.items()}
    points = rng.standard_normal((BATCH[size], sum(symbol.size for symbol in wrt)))
    first, second = gradient_numpy(model.loss, wrt, shared=shared), hessian_numpy(model.loss, wrt, shared=shared)
    spans = timed(lambda: first(points)), timed(lambda: second(points))
    return [size, str(len(points)), *(f"{len(points) / span:,.0f}" for span in spans)]


def table(title: str, heads: list[str], rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in (heads, *rows)]
    return "\n".join([title, *lines, ""])


def main() -> None:
    """Print the tables."""
    derivation_row("S1")  # imports
    heads = ["size", "parameters", "loss nodes", "gradient nodes", "product nodes", "derive ms", "first gradient ms",
             "first product ms", "first Hessian ms"]  # fmt: skip
    print(table("Deriving, 16 samples", heads, [derivation_row(size) for size in SIZES]))
    heads = ["size", "samples", "compared with", "values", "largest difference", "seconds"]
    print(table("Agreement of loss, gradient and Hessian product", heads, [agreement_row(size) for size in SIZES]))
    heads = ["size", "relative error"]
    print(table("Float gradient against complex steps", heads, [complex_step_row(size) for size in SIZES]))
    heads = ["size", "points", "loss and gradient /s", "with Hessian /s"]
    print(table("Evaluating in batches, 16 samples", heads, [evaluation_row(size) for size in SIZES]))


if __name__ == "__main__":
    main()
