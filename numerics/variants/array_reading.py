"""Running an expression on NumPy arrays of any format, operation by operation.

Plain and slow: it serves the search, which runs it on traced arrays too, so that every operation has its error bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from verify.expr.evaluate import transposed_positions
from verify.expr.node import Expr, topological


def run(root: Expr, env: Mapping[str, Any], like: Any) -> Any:
    """Return the value of ``root``; ``env`` gives arrays by name; constants take the format of ``like``."""
    values: dict[int, Any] = {}
    for node in topological(root):
        values[id(node)] = _value(node, [values[id(arg)] for arg in node.args], env, like)
    return values[id(root)]


def _value(node: Expr, args: list[Any], env: Mapping[str, Any], like: Any) -> Any:
    if node.op == "const":
        return np.array([float(entry) for entry in node.entries()], dtype=like).reshape(node.shape)
    if node.op == "symbol":
        return env[str(node.attrs)]
    return _RULES[node.op](node, *args)


def _softmax(node: Expr, a: Any) -> Any:
    grown = np.exp(a - np.max(a, axis=-1, keepdims=True))
    return grown / np.sum(grown, axis=-1, keepdims=True)


def _logsumexp(node: Expr, a: Any) -> Any:
    top = np.max(a, axis=-1, keepdims=True)
    return (top + np.log(np.sum(np.exp(a - top), axis=-1, keepdims=True)))[..., 0]


def _sparsemax(node: Expr, a: Any) -> Any:
    """Entries minus the threshold max over k of (sum of the k largest - 1)/k, cut at 0."""
    order = np.sort(a, axis=-1)[..., ::-1]
    counts = np.arange(1, a.shape[-1] + 1).astype(a.dtype)
    threshold = np.max((np.cumsum(order, axis=-1) - 1) / counts, axis=-1, keepdims=True)
    return np.maximum(a - threshold, 0)


def _places(node: Expr) -> Any:
    """Return the static positions or axes of a node."""
    places: Any = node.attrs
    return np.array(places, dtype=int)


def _gather(node: Expr, a: Any) -> Any:
    return np.reshape(a, (-1,))[_places(node)].reshape(node.shape)


def _scatter(node: Expr, a: Any) -> Any:
    """Positions may repeat only in derivatives, which are not read here."""
    flat, zero = np.reshape(a, (-1,)), np.zeros_like(np.reshape(a, (-1,))[:1])
    source = {place: i for i, place in enumerate(_places(node).tolist())}
    pick = np.array([source.get(place, a.size) for place in range(node.size)], dtype=int)
    return np.concatenate([flat, zero])[pick].reshape(node.shape)


def _transpose(node: Expr, a: Any) -> Any:
    pick = np.array(transposed_positions(node.args[0].shape, _places(node).tolist()), dtype=int)
    return np.reshape(a, (-1,))[pick].reshape(node.shape)


def _reduce(function: Any) -> Callable[..., Any]:
    return lambda node, a: np.reshape(function(a, axis=node.attrs), node.shape)


def _sigmoid(node: Expr, a: Any) -> Any:
    """(1 + tanh(a/2))/2 loses small weights; exp of the negative part does not, and never overflows."""
    shrunk = np.exp(-np.abs(a))
    return np.where(a >= 0, 1 / (1 + shrunk), shrunk / (1 + shrunk))


_RULES: dict[str, Callable[..., Any]] = {
    "add": lambda node, a, b: a + b, "mul": lambda node, a, b: a * b, "div": lambda node, a, b: a / b,
    "pow": lambda node, a: a**node.attrs, "exp": lambda node, a: np.exp(a), "log": lambda node, a: np.log(a),
    "sqrt": lambda node, a: np.sqrt(a), "tanh": lambda node, a: np.tanh(a), "sin": lambda node, a: np.sin(a),
    "cos": lambda node, a: np.cos(a), "sigmoid": _sigmoid, "abs": lambda node, a: np.abs(a),
    "relu": lambda node, a: np.maximum(a, 0), "maximum": lambda node, a, b: np.maximum(a, b),
    "where": lambda node, c, a, b: np.where(c, a, b), "lt": lambda node, a, b: a < b, "le": lambda node, a, b: a <= b,
    "eq": lambda node, a, b: a == b, "ne": lambda node, a, b: a != b, "not": lambda node, a: ~a,
    "and": lambda node, a, b: a & b, "or": lambda node, a, b: a | b,
    "broadcast": lambda node, a: np.broadcast_to(a, node.shape), "reshape": lambda node, a: np.reshape(a, node.shape),
    "transpose": _transpose, "gather": _gather, "scatter": _scatter,
    "concat": lambda node, *parts: np.concatenate(parts, axis=node.attrs), "sum": _reduce(np.sum),
    "max": _reduce(np.max), "softmax": _softmax, "sparsemax": _sparsemax, "logsumexp": _logsumexp,
    "matmul": lambda node, a, b: np.matmul(a, b), "sign": lambda node, a: np.sign(a),
}  # fmt: skip
