"""Random losses of attention networks, and second derivatives read off block by block."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from numerics.hessians.structured import SecondDerivative
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr
from verify.expr.numpy_derivatives import flatten, unflatten
from verify.expr.numpy_reading import compile_numpy


@dataclass(frozen=True)
class Problem:
    """A loss with its parameter arrays, values for its data, and points."""

    loss: Expr
    wrt: list[Expr]
    shared: dict[str, Any]
    points: np.ndarray

    @property
    def width(self) -> int:
        return sum(symbol.size for symbol in self.wrt)


def smooth_or_not(r: random.Random, x: Expr) -> Expr:
    """Apply one operation; kinks and switches among them."""
    return r.choice([
        F.tanh, F.sigmoid, F.softplus, F.relu, F.exp, F.sin, F.cos, F.erf, F.absolute, F.softmax, F.sparsemax,
        lambda x: x**2,
        lambda x: x**3,
        lambda x: F.sqrt(x * x + 1),
        lambda x: F.log(x * x + 1),
        lambda x: 1 / (x * x + 2),
        lambda x: x / (F.sum(x * x) + 1),
        lambda x: build.where(x < 0, x * x, F.sin(x)),
        lambda x: build.maximum(x, 0.3 * x + 0.1),
    ])(x)  # fmt: skip


def random_loss(seed: int) -> tuple[Expr, list[Expr], dict[str, Expr]]:
    """Return a loss of an attention network with data, its parameters and its data symbols; sizes from 1 to 5."""
    r = random.Random(seed)
    n, T, d, h = r.choice([1, 2, 3, 5]), r.choice([1, 2, 3]), r.choice([1, 2, 3]), r.choice([1, 2, 3])
    X, Z, y = F.argument("X", (n, T, d)), F.argument("Z", (n, d)), F.argument("y", (n,))
    W, U, v = F.argument("W", (d, h)), F.argument("U", (h, h)), F.argument("v", (h,))
    a, c = F.argument("a", (d,)), F.argument("c", ())
    keys = (X * a if r.random() < 0.5 else X) @ W
    queries = X @ W @ U if r.random() < 0.5 else smooth_or_not(r, X @ W)
    weights = r.choice([F.softmax, F.sparsemax, lambda x: smooth_or_not(r, x)])(queries @ keys.T)
    pooled = _pooled(r, weights @ r.choice([keys, queries, smooth_or_not(r, keys)]), keys, v)
    if r.random() < 0.5:
        pooled = smooth_or_not(r, pooled @ U)
    if r.random() < 0.3:
        pooled = pooled + smooth_or_not(r, Z @ W)
    residual = smooth_or_not(r, pooled) @ v - y
    if r.random() < 0.3:
        residual = residual * c
    loss = r.choice([
        lambda: F.sum(residual * residual),
        lambda: F.mean(F.softplus(residual)),
        lambda: F.log(F.sum(residual**2) + 1),
        lambda: F.sum(residual**2) * F.sum(smooth_or_not(r, v) * v),
    ])()  # fmt: skip
    if r.random() < 0.5:
        loss = loss + 0.1 * F.sum(W**2) + 0.01 * F.sum(a**2) * c
    if r.random() < 0.3:
        loss = loss + F.sum(smooth_or_not(r, U @ U.T))
    return loss, [W, U, v, a, c], {"X": X, "Z": Z, "y": y}


def _pooled(r: random.Random, tokens: Expr, keys: Expr, v: Expr) -> Expr:
    """Reduce (n, T, h) to (n, h) by a sum, a slice, a maximum, a logarithm of sums, or a joint of slices."""
    n, T, h = tokens.shape
    place = r.randrange(5)
    if place == 3:
        return F.logsumexp(build.transpose(tokens))
    if place == 4:
        flat = build.reshape(build.concatenate([tokens, keys], 1), (n, 2 * T * h))
        stacked = build.concatenate([build.stack([v] * T), build.stack([F.tanh(v)] * T)], 0)
        return (flat @ build.reshape(stacked, (2 * T * h, 1))) * build.reshape(v, (1, h))
    return [F.sum(tokens, 1), tokens[:, 0], F.max(tokens, 1)][place]


@pytest.fixture
def problem() -> Callable[..., Problem]:
    """Return the maker of random problems by seed; with ``kinks`` at points where many arguments are zero or equal."""

    def make(seed: int, *, kinks: bool = False) -> Problem:
        loss, wrt, data = random_loss(seed)
        rng = np.random.default_rng(seed)
        shared = {name: rng.standard_normal(symbol.shape) for name, symbol in data.items()}
        points = rng.standard_normal((3, sum(symbol.size for symbol in wrt)))
        if kinks:
            points = np.round(points * rng.integers(0, 2, points.shape))
            shared = {name: np.round(values) for name, values in shared.items()}
        return Problem(loss, wrt, shared, points)

    return make


@pytest.fixture
def matrices() -> Callable[[SecondDerivative, Problem], tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return the function that evaluates value, gradient and whole matrix."""

    def evaluate(made: SecondDerivative, problem: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        wrt, count = problem.wrt, len(problem.points)
        outputs = [made.value, *made.gradient, *made.entries(wrt)]
        values = compile_numpy(outputs, wrt, batched=True, shared=problem.shared)(*unflatten(problem.points, wrt))
        cuts = np.cumsum([0, *(symbol.size for symbol in wrt)])
        whole = np.zeros((count, problem.width, problem.width))
        blocks = iter(values[1 + len(wrt) :])
        for i in range(len(wrt)):
            for j in range(i, len(wrt)):
                block, rows, columns = next(blocks), slice(*cuts[i : i + 2]), slice(*cuts[j : j + 2])
                whole[:, columns, rows] = np.swapaxes(block, 1, 2)
                whole[:, rows, columns] = block
        return values[0], flatten(values[1 : 1 + len(wrt)], wrt), whole

    return evaluate
