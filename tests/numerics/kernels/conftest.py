"""Shared by the tests of compiled kernels: one cache for the whole run, and every operation of the language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np
import pytest

from numerics import compiler
from numerics.kernels import lowering, writer
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr

X, Y, V = F.argument("x", (3, 4)), F.argument("y", (3, 4)), F.argument("v", (4,))
DATA = F.argument("data", (3, 4))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a cache that all tests fill together."""
    return str(tmp_path_factory.mktemp("kernels"))


@pytest.fixture(autouse=True)
def _own_cache(built: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compile without optimisation, which is quicker; slow tests and those marked so compile as users do."""
    monkeypatch.setenv(compiler.CACHE_VARIABLE, built)
    if request.node.get_closest_marker("slow") is None and "optimised" not in request.fixturenames:
        monkeypatch.setattr(compiler, "FLAGS", tuple("-O0" if flag == "-O2" else flag for flag in compiler.FLAGS))
    yield
    compiler.compiler.cache_clear()


@pytest.fixture
def optimised() -> None:
    """Compile as users do."""


@pytest.fixture
def needs_compiler() -> None:
    if compiler.compiler() is None:
        pytest.skip("no C compiler on this machine")


@pytest.fixture(params=["flat", "loops", "slices"])
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ways a kernel can be written: written out, with loops over entries, with loops over slices as well."""
    chosen: str = request.param
    shape_source(chosen, monkeypatch)
    return chosen


def shape_source(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Force one way of writing kernels."""
    if form == "flat":
        monkeypatch.setattr(lowering, "FLAT_WORK", 1 << 30)
        monkeypatch.setattr(lowering, "WHOLE_WORK", 1 << 30)
    else:
        monkeypatch.setattr(lowering, "FLAT_WORK", -1)
        monkeypatch.setattr(lowering, "WHOLE_WORK", -1 if form == "slices" else 1 << 30)
        monkeypatch.setattr(writer, "UNROLLED", 0)


@pytest.fixture(scope="session")
def operations() -> dict[str, Expr]:
    """Arrays that between them use every operation that kernels are written for, on x, y, v and data."""
    square = X @ Y.T
    stack = F.stack([X, Y])
    holds = X < Y
    cases = {
        "add": X + Y, "sub": X - V, "mul": X * Y, "div": X / Y, "pow": X**3 + Y**-2 + build.power(X, 7),
        "exp": F.exp(X), "log": F.log(X), "sqrt": F.sqrt(X), "tanh": F.tanh(X), "sigmoid": F.sigmoid(X),
        "softplus": F.softplus(X), "erf": F.erf(X), "sin": F.sin(X), "cos": F.cos(X), "abs": abs(X - Y),
        "sign": F.sign(X - Y), "relu": F.relu(X - Y), "step": build.step(X - Y), "maximum": F.maximum(X, Y),
        "where": F.where(holds, X * X, Y), "lt": holds, "le": X <= Y, "eq": build.compare("==", X, 1),
        "ne": build.compare("!=", X, Y), "and": build.logical("and", holds, X > 1),
        "or": build.logical("or", holds, X > 1, Y > 1), "not": build.logical("not", holds),
        "broadcast": V * F.ones(3, 4) * X, "reshape": (X * Y).reshape(2, 6) @ Y.reshape(6, 2),
        "reshape of a transpose": (X.T @ Y).T.reshape(8, 2) + 1, "transpose": (X * Y).T @ X,
        "gather": X[1, 1:] * Y[::2, 3][0], "uneven gather": build.gather(X * Y, [0, 5, 5, 2], (2, 2)),
        "scatter": build.scatter(X * Y, [0, 1, 2, 3] * 3, (5,)), "concat": F.concatenate([X * Y, Y], axis=1),
        "sum": F.sum(X * Y), "sum0": F.sum(X, axis=0), "sum1": F.sum(stack, axis=1), "max": F.max(X * Y),
        "max1": F.max(X, axis=1), "matmul": square @ X, "stacked": stack @ F.outer(V, V),
        "matvec": X @ V, "repeated": (F.ones(3, 1) * V) @ X.T, "softmax": F.softmax(square),
        "sparsemax": F.sparsemax(X), "logsumexp": F.logsumexp(X), "inverse_sqrt_pi": Expr("inverse_sqrt_pi", shape=()) * X,
        "gap": Expr("gap", (X * Y,), attrs=(1,), shape=(3,)), "margin": Expr("margin", (X,), shape=(3, 4)),
        "data": DATA @ X.T @ DATA, "fixed": DATA * 2, "fixed condition": DATA < 1,
        "constant": build.constant([Fraction(k, 7) for k in range(12)], (3, 4)) * X, "symbol": X + 0,
        "centred": (X - F.mean(X, axis=0)) ** 2 @ V,
    }  # fmt: skip
    return cases


@pytest.fixture(scope="session")
def arguments() -> list[Expr]:
    return [X, Y, V]


@pytest.fixture(scope="session")
def shared() -> dict[str, np.ndarray]:
    return {"data": np.random.default_rng(3).uniform(0.2, 2, DATA.shape)}


@pytest.fixture(scope="session")
def batch() -> list[np.ndarray]:
    """Eleven points: a full register of lanes and a part of one."""
    rng = np.random.default_rng(4)
    return [rng.uniform(0.2, 2, (11, *symbol.shape)) for symbol in (X, Y, V)]


@pytest.fixture(scope="session")
def agrees() -> Callable[[np.ndarray, np.ndarray], bool]:
    """Whether two results agree up to rounding, and exactly in what is infinite or undefined."""

    def check(own: np.ndarray, other: np.ndarray, bound: float = 1e-13) -> bool:
        if own.shape != other.shape or own.dtype != other.dtype:
            return False
        if own.dtype == bool:
            return bool((own == other).all())
        finite = np.isfinite(other)
        scale = np.abs(other[finite]).max(initial=1.0)
        same = np.array_equal(own[~finite], other[~finite], equal_nan=True)
        return same and bool((np.abs(own[finite] - other[finite]) <= bound * scale).all())

    return check
