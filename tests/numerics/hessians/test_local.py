"""Derivatives of single operations: every operation with a gradient has one, the others say so."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.hessians import local
from numerics.hessians.local import Unstructured
from numerics.hessians.structured import structured_hessian
from verify.expr import build
from verify.expr import functions as F
from verify.expr.numpy_derivatives import hessian_numpy

x = F.argument("x", (2, 3))
POINTS = np.random.default_rng(2).standard_normal((4, 6))
OPERATIONS = {
    "softmax": F.softmax(x), "sparsemax": F.sparsemax(x), "logsumexp": F.logsumexp(x), "max": F.max(x, 1),
    "maximum": build.maximum(x, 1 - x), "where": build.where(x < 0, x**2, x**3), "div": 1 / (x**2 + 1),
    "slice": x[:, 1:], "entry": x[1, 2] * x[0, 0], "reshape": build.reshape(x, (3, 2)), "stack": build.stack([x, x * x]),
    "concat": build.concatenate([x, 2 * x], 1), "repeat": build.gather(x, [0, 0, 5], (3,)),
    "scatter": build.scatter(x, [0, 0, 1, 2, 3, 7], (8,)), "outer": x @ x.T, "sqrt": F.sqrt(x**2 + 1), "abs": abs(x),
    "rows of one": F.logsumexp(build.reshape(x, (6, 1))),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations(name, matrices, problem):
    array = OPERATIONS[name]
    loss = F.sum(F.exp(0.3 * array)) * F.sum(array**2)
    case = type(problem(0))(loss, [x], {}, POINTS)
    found = matrices(structured_hessian(loss, [x]), case)
    for a, b in zip(found, hessian_numpy(loss, [x])(POINTS), strict=True):
        assert np.allclose(a, b, rtol=1e-11, atol=1e-11)


def test_saturated_softmax_keeps_its_accuracy(matrices, problem):
    """The slopes of large arguments cancel before they are multiplied out."""
    v, U = F.argument("v", (2,)), F.argument("U", (2, 3))
    loss = F.sum((F.softmax(1e9 * (v @ U)) @ [1, 2, 3]) * v)
    case = type(problem(0))(loss, [v, U], {}, np.random.default_rng(0).standard_normal((5, 8)))
    found = matrices(structured_hessian(loss, [v, U]), case)[2]
    assert np.allclose(found, hessian_numpy(loss, [v, U])(case.points)[2], rtol=0, atol=1e-12)


def test_operations_without_rule_are_refused():
    S = build.extreme_eigenvalue("min_eig", x @ x.T)
    with pytest.raises(Unstructured, match="min_eig"):
        structured_hessian(S**2, [x])


def test_large_rearrangements_are_refused(monkeypatch):
    monkeypatch.setattr(local, "MAX_SELECTION", 4)
    with pytest.raises(Unstructured, match="rearrangement"):
        structured_hessian(F.sum(build.reshape(x, (3, 2)) ** 3), [x])
