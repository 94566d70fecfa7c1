"""Chains of products: cheaper, and the same up to rounding."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.kernels.chains import rebracketed
from numerics.kernels.lowering import cost, varying_nodes
from verify import models
from verify.expr import functions as F
from verify.expr.derive import gradient, hessian_product
from verify.expr.node import Expr, topological
from verify.expr.numpy_reading import compile_numpy

A, B, C = F.argument("a", (6, 2)), F.argument("b", (6, 2)), F.argument("c", (2,))
X = F.argument("x", (20, 5, 6))
INPUTS = [A, B, C]


def price(outputs: list[Expr]) -> int:
    nodes = topological(*outputs)
    varying = varying_nodes(nodes, INPUTS)
    return sum(cost(node) for node in nodes if id(node) in varying)


def again(outputs: list[Expr], inputs: list[Expr] = INPUTS) -> list[Expr]:
    return rebracketed(outputs, varying_nodes(topological(*outputs), inputs))


def same(outputs: list[Expr], others: list[Expr], inputs: list[Expr], data: list[Expr]) -> bool:
    rng = np.random.default_rng(0)
    batch = [rng.standard_normal((3, *s.shape)) for s in inputs]
    shared = {str(s.attrs): rng.standard_normal(s.shape) for s in data}
    values = [compile_numpy(part, inputs, batched=True, shared=shared)(*batch) for part in (outputs, others)]
    return all(
        own.shape == other.shape and np.abs(own - other).max() <= 1e-12 * (1 + np.abs(own).max())
        for own, other in zip(*values, strict=True)
    )


LOGITS = (X @ A) @ (X @ B).T
WEIGHTS = F.softmax(LOGITS)
CHAINS = {
    "a matrix once for all samples": [LOGITS],
    "a mean of rows": [F.mean(WEIGHTS @ (X @ A), axis=1)],
    "a sum of columns": [F.sum(WEIGHTS @ (X @ A), axis=2)],
    "a factor out of the sum over samples": [F.sum(X.T @ WEIGHTS @ X @ A, axis=0)],
    "common ends": [X @ A @ C + X @ B @ C, F.sum(X @ A @ B.T @ X.T + X @ B @ A.T @ X.T * 2, axis=0)],
    "a sum taken apart": [F.sum(X.T @ (WEIGHTS @ (X @ A) + 3 * (WEIGHTS.T @ (X @ B))), axis=0)],
    "a part used elsewhere": [F.tanh(X @ A), X @ A @ B.T],
    "transposes": [(X @ A @ B.T @ X.T).T, F.sum((A @ B.T).T @ X.T, axis=0)],
    "ones": [F.ones(20, 4, 5) @ X @ A, X @ A @ F.ones(2, 3), (F.ones(5, 1) * C) @ A.T @ X.T],
    "constants": [F.sum(X.T @ (2 * (X @ A)) * 3, axis=0)],
}


@pytest.mark.parametrize("name", CHAINS)
def test_values_stay(name: str) -> None:
    outputs = CHAINS[name]
    others = again(outputs)
    assert [(o.shape, o.kind) for o in outputs] == [(o.shape, o.kind) for o in others]
    assert same(outputs, others, INPUTS, [X])


CHEAPER = ["a mean of rows", "a sum of columns", "a factor out of the sum over samples", "common ends"]


def test_costs_never_rise() -> None:
    assert all(price(again(outputs)) <= price(outputs) for outputs in CHAINS.values())


@pytest.mark.parametrize("name", CHEAPER)
def test_costs_fall(name: str) -> None:
    assert price(again(CHAINS[name])) < price(CHAINS[name])


@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_of_attention(order: int) -> None:
    model = models.build("self-attention", n=10, T=6, d=5, hidden=3)
    wrt = list(model.parameters.values())
    moves = [F.argument(f"move {s.attrs}", s.shape) for s in wrt]
    outputs = gradient(model.loss, wrt) if order == 1 else hessian_product(model.loss, wrt, moves)
    inputs = wrt if order == 1 else [*wrt, *moves]
    others = again(outputs, inputs)
    assert same(outputs, others, inputs, list(model.data.values()))
    works = [
        sum(n.size * n.args[0].shape[-1] for n in topological(*part) if n.op == "matmul") for part in (outputs, others)
    ]
    assert works[1] < 0.6 * works[0]


def test_a_second_time_changes_nothing_in_cost() -> None:
    once = again(CHAINS["a sum taken apart"])
    assert price(again(once)) <= price(once)
