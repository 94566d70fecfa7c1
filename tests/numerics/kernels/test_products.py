"""Products of every small size and layout, with data on either side."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from numerics.kernels import compile_kernel, lowering
from verify.expr import build
from verify.expr import functions as F
from verify.expr.numpy_reading import compile_numpy

SIZES = [(1, 9, 1), (1, 5, 9), (9, 3, 1), (5, 4, 6), (4, 4, 4), (3, 2, 2), (8, 1, 8), (9, 8, 5)]


@pytest.mark.usefixtures("needs_compiler")
def test_sizes_and_layouts(monkeypatch: pytest.MonkeyPatch, agrees) -> None:
    monkeypatch.setattr(lowering, "FLAT_WORK", -1)
    monkeypatch.setattr(lowering, "WHOLE_WORK", 1 << 40)
    inputs, shared, outputs = [], {}, []
    rng = np.random.default_rng(0)
    for number, (n, k, m) in enumerate(SIZES):
        a, b = F.argument(f"a{number}", (n, k)), F.argument(f"b{number}", (m, k))
        c, d = F.argument(f"c{number}", (k, n)), F.argument(f"d{number}", (2, k, m))
        inputs += [a, b]
        shared |= {str(s.attrs): rng.standard_normal(s.shape) for s in (c, d)}
        left, right = (a, F.exp(c.T) * a), (b.T, d)
        outputs += [build.matmul(p, q) for p, q in product(left, right)]
        outputs += [c.T @ b.T, build.matmul(F.ones(n, k), b.T), F.sum(build.matmul(a, d), axis=0)]
    batch = [rng.standard_normal((5, *s.shape)) for s in inputs]
    own = compile_kernel(outputs, inputs, shared=shared, backend="c")(*batch)
    other = compile_numpy(outputs, inputs, batched=True, shared=shared)(*batch)
    assert all(agrees(x, y) for x, y in zip(own, other, strict=True))
