"""One scalar expression per primitive, shared by the tests of all readings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import pytest

from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr, symbols

X = F.argument("x", (2, 3))
Y = F.argument("y", (2, 3))
V = F.argument("v", (3,))
WEIGHTS = build.constant([Fraction(k, 3) for k in (1, -2, 4, 5, -7, 8)], (2, 3))


@dataclass(frozen=True)
class Case:
    """A primitive inside a scalar loss; ``rational`` if rational arguments give rational values."""

    name: str
    loss: Expr
    rational: bool

    @property
    def inputs(self) -> list[Expr]:
        return list(symbols(self.loss).values())


def weighted(a: Expr) -> Expr:
    """Return a scalar that every entry of ``a`` influences differently."""
    positions = range(1, a.size + 1)
    weights = build.constant([Fraction(3 * k - 7, 5) for k in positions], a.shape)
    return F.sum(weights * a)


def _smooth(function: Callable[[Expr], Expr]) -> Expr:
    return weighted(function(X * Y))


_RATIONAL: dict[str, Expr] = {
    "add": weighted((X + Y) ** 2),
    "sub": weighted((X - 2 * Y) ** 2),
    "mul": weighted(X * Y * X),
    "div": weighted(X / Y),
    "pow": weighted(X**3 + Y**-2),
    "abs": weighted(abs(X - Y) * X),
    "relu": weighted(F.relu(X - Y) ** 2),
    "maximum": weighted(F.maximum(X, Y) * X),
    "minimum": weighted(F.minimum(X, Y) * X),
    "sign": weighted(F.sign(X - Y) * X * X),
    "step": weighted(build.step(X - Y) * X * X),
    "where": weighted(F.where(X < Y, X * X, Y**3)),
    "broadcast": weighted(V * X + V),
    "reshape": weighted((X * Y).reshape(3, 2) ** 2),
    "transpose": weighted((X * Y).T ** 2),
    "gather": weighted(X[:, 1] * Y[0, 2] + X[1, 0]),
    "slice": weighted(X[:, 1:] * Y[:, :2]),
    "concat": weighted(F.concatenate([X * X, Y], axis=1) ** 2),
    "stack": weighted(F.stack([X[0], V]) ** 2),
    "sum": F.sum(X * Y) ** 2,
    "sum0": weighted(F.sum(X * Y, axis=0) ** 2),
    "sum1": weighted(F.mean(X * Y, axis=1) ** 3),
    "max": F.max(X * Y) ** 2,
    "max1": weighted(F.max(X * Y, axis=1) ** 2),
    "min0": weighted(F.min(X * Y, axis=0) ** 2),
    "matmul": weighted((X @ Y.T) @ X),
    "matvec": weighted(X @ V) * F.dot(V, V),
    "rowvec": weighted(V @ Y.T @ X),
    "stacked matmul": weighted(F.stack([X, Y]) @ F.stack([X, Y]).T),
    "shared matmul": weighted(F.stack([X, Y]) @ F.outer(V, V)),
    "sparsemax": weighted(F.sparsemax(X[0, :2] * Y[1, :2]) * V[1:]),
    "det": F.det(F.stack([X[0], X[1], V])),
    "trace": F.trace(X @ Y.T) ** 2,
    "diag": weighted(F.diag(V) @ X.T) + weighted(F.diag(X @ Y.T)),
    "norm1": F.norm1(X - Y) ** 2,
    "norminf": F.norminf(X) ** 2,
    "outer": weighted(F.outer(X[0], V) ** 2),
}

_TRANSCENDENTAL: dict[str, Expr] = {
    "exp": _smooth(F.exp),
    "log": _smooth(F.log),
    "sqrt": _smooth(F.sqrt),
    "tanh": _smooth(F.tanh),
    "sigmoid": _smooth(F.sigmoid),
    "softplus": _smooth(F.softplus),
    "gelu": _smooth(F.gelu),
    "erf": _smooth(F.erf),
    "sin": _smooth(F.sin),
    "cos": _smooth(F.cos),
    "softmax": weighted(F.softmax(X * Y)),
    "logsumexp": weighted(F.logsumexp(X * Y)),
    "norm": F.norm(X - 2 * Y) * F.norm(V),
    "power of a symbol": F.sum(build.power(2, Y)),
    "root": weighted(build.power(X, Fraction(3, 2)) + build.power(Y, Fraction(1, 3))),
    "attention": weighted(F.softmax(X @ Y.T) @ X),
}

CASES = [
    *(Case(name, loss, True) for name, loss in _RATIONAL.items()),
    *(Case(name, loss, False) for name, loss in _TRANSCENDENTAL.items()),
]


@pytest.fixture(scope="session", params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    """Every primitive in turn."""
    chosen: Case = request.param
    return chosen
