"""Entrywise functions at the edges of their domains, against the NumPy reading."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.kernels import compile_kernel
from verify.expr import functions as F
from verify.expr.numpy_reading import compile_numpy

pytestmark = pytest.mark.usefixtures("needs_compiler", "optimised")

EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 5e-324, -5e-324, 1e-310, 1e-300, 1e-17, 0.3465735, 0.34657359028, 1.5, 19.9, 20.1, 37.0,
         708.3, 709.78, 709.79, -708.5, -745.1, -745.2, -1000.0, 1e5, -1e5, 1e17, 1e300, -1e308, 1.7e308, np.inf, -np.inf,
         np.nan]  # fmt: skip


def test_edges_of_every_function(form) -> None:
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
