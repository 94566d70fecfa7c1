"""Rows with overflowing logits, infinities, undefined entries and ties, against the NumPy reading."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.kernels import compile_kernel
from verify.expr import functions as F
from verify.expr.derive import gradient
from verify.expr.node import Expr
from verify.expr.numpy_reading import compile_numpy

pytestmark = pytest.mark.usefixtures("needs_compiler", "optimised")

ROWS = [[1e308, 1e308, -1e308], [1e4, -1e4, 1e4], [np.inf, 0, 1], [-np.inf, 0, 1], [-np.inf] * 3, [np.nan, 0, 1],
        [0, np.nan, 1], [0, 1, np.nan], [2, 2, 2], [-800, 0, 800], [0, 0, 0]]  # fmt: skip


def test_edges_of_rows(form) -> None:
    x = F.argument("x", (3,))
    outputs = [F.softmax(x), F.logsumexp(x), F.sparsemax(x), F.max(x), Expr("margin", (x,), shape=(3,)),
               Expr("gap", (x,), attrs=(0,), shape=()), *gradient(F.max(x), [x])]  # fmt: skip
    points = np.array(ROWS, dtype=float)
    own = compile_kernel(outputs, [x], backend="c")(points)
    other = compile_numpy(outputs, [x], batched=True)(points)
    for a, b in zip(own, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)
