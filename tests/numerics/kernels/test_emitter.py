"""Every operation of the expression language, in every way of writing it, against the NumPy reading."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.kernels import compile_kernel
from numerics.kernels.emitter import SUPPORTED
from verify.expr import functions as F
from verify.expr.derive import gradient
from verify.expr.node import BOOL, PRIMITIVES, topological
from verify.expr.numpy_reading import compile_numpy

pytestmark = pytest.mark.usefixtures("needs_compiler")
LEFT_TO_NUMPY = {"min_eig", "max_eig"}


def test_every_operation_is_written_or_named_as_left_to_numpy(operations) -> None:
    assert SUPPORTED | LEFT_TO_NUMPY == PRIMITIVES
    assert {node.op for node in topological(*operations.values())} == SUPPORTED


def test_values(operations, arguments, shared, batch, agrees, form) -> None:
    outputs = list(operations.values())
    own = compile_kernel(outputs, arguments, shared=shared, backend="c")(*batch)
    other = compile_numpy(outputs, arguments, batched=True, shared=shared)(*batch)
    wrong = [name for name, a, b in zip(operations, own, other, strict=True) if not agrees(a, b)]
    assert not wrong


@pytest.mark.slow
def test_optimised_values(operations, arguments, shared, batch, agrees, form) -> None:
    test_values(operations, arguments, shared, batch, agrees, form)


@pytest.mark.slow
def test_gradients(operations, arguments, shared, batch, agrees, form) -> None:
    kinds = {"lt", "le", "eq", "ne", "and", "or", "not", "gap", "margin"}
    losses = [F.sum(a * a) for a in operations.values() if a.kind != BOOL
              and not {node.op for node in topological(a)} & kinds]  # fmt: skip
    outputs = [slope for loss in losses for slope in gradient(loss, arguments)]
    own = compile_kernel(outputs, arguments, shared=shared, backend="c")(*batch)
    other = compile_numpy(outputs, arguments, batched=True, shared=shared)(*batch)
    assert all(agrees(a, b, 1e-12) for a, b in zip(own, other, strict=True))


EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 5e-324, -5e-324, 1e-310, 1e-300, 1e-17, 0.3465735, 0.34657359028, 1.5, 19.9, 20.1, 37.0,
         708.3, 709.78, 709.79, -708.5, -745.1, -745.2, -1000.0, 1e5, -1e5, 1e17, 1e300, -1e308, 1.7e308, np.inf, -np.inf,
         np.nan]  # fmt: skip


def test_edges_of_every_function(form, optimised) -> None:
    x = F.argument("x")
    functions = {"exp": F.exp, "log": F.log, "sqrt": F.sqrt, "tanh": F.tanh, "sigmoid": F.sigmoid, "softplus": F.softplus,
                 "erf": F.erf, "abs": abs, "sign": F.sign, "relu": F.relu, "sin": F.sin, "cos": F.cos,
                 "inverse": lambda a: 1 / a, "square": lambda a: a**2, "zeroth": lambda a: (1 / a) ** 0,
                 "less": lambda a: F.where(a < 1, a, 2), "larger": lambda a: F.maximum(a, 0.25)}  # fmt: skip
    outputs = [function(x) for function in functions.values()]
    points = np.array(EDGES)
    own = compile_kernel(outputs, [x], backend="c")(points)
    other = compile_numpy(outputs, [x], batched=True)(points)
    for name, a, b in zip(functions, own, other, strict=True):
        finite = np.isfinite(b)
        assert np.array_equal(a[~finite], b[~finite], equal_nan=True), name
        with np.errstate(all="ignore"):
            apart = np.abs(a[finite] - b[finite])
        assert (apart <= 4 * np.spacing(np.abs(b[finite]))).all(), name


ROWS = [[1e308, 1e308, -1e308], [1e4, -1e4, 1e4], [np.inf, 0, 1], [-np.inf, 0, 1], [-np.inf] * 3, [np.nan, 0, 1],
        [0, np.nan, 1], [0, 1, np.nan], [2, 2, 2], [-800, 0, 800], [0, 0, 0]]  # fmt: skip


def test_edges_of_rows(form, optimised) -> None:
    """Overflowing logits, infinities, undefined entries, and ties."""
    from verify.expr.node import Expr

    x = F.argument("x", (3,))
    outputs = [F.softmax(x), F.logsumexp(x), F.sparsemax(x), F.max(x), Expr("margin", (x,), shape=(3,)),
               Expr("gap", (x,), attrs=(0,), shape=()), *gradient(F.max(x), [x])]  # fmt: skip
    points = np.array(ROWS, dtype=float)
    own = compile_kernel(outputs, [x], backend="c")(points)
    other = compile_numpy(outputs, [x], batched=True)(points)
    for a, b in zip(own, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)
