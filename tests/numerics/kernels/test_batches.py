"""Losses with their derivatives over flat points, against the NumPy reading and dense matrices."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.kernels import LossKernels
from numerics.kernels.batches import gauss_newton_product
from verify import models
from verify.errors import InvalidInput
from verify.expr import functions as F
from verify.expr.derive import gradient
from verify.expr.numpy_derivatives import hessian_numpy
from verify.expr.numpy_reading import compile_numpy

pytestmark = pytest.mark.usefixtures("needs_compiler")


@pytest.fixture(scope="module")
def model():
    return models.build("self-attention", n=6, T=3, d=2, hidden=2)


@pytest.fixture(scope="module")
def wrt(model):
    return list(model.parameters.values())


@pytest.fixture(scope="module")
def data(model):
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal(symbol.shape) for name, symbol in model.data.items()}


@pytest.fixture(scope="module")
def points(wrt):
    return np.random.default_rng(1).standard_normal((5, sum(symbol.size for symbol in wrt)))


def test_derivatives_agree_with_the_numpy_reading(model, wrt, data, points) -> None:
    kernels = LossKernels(model.loss, wrt, shared=data, backend="c")
    value, slope, hessian = hessian_numpy(model.loss, wrt, shared=data)(points)
    np.testing.assert_allclose(kernels.value(points), value, rtol=1e-13)
    own_value, own_slope = kernels.value_and_gradient(points)
    np.testing.assert_allclose(own_value, value, rtol=1e-13)
    np.testing.assert_allclose(own_slope, slope, rtol=1e-11, atol=1e-13)
    dense = kernels.hessian(points)
    np.testing.assert_allclose(dense, hessian, rtol=1e-10, atol=1e-12)
    assert np.array_equal(dense, dense.transpose(0, 2, 1))
    directions = np.random.default_rng(2).standard_normal(points.shape)
    product = kernels.hessian_product(points, directions)
    np.testing.assert_allclose(product, np.einsum("bij,bj->bi", hessian, directions), rtol=1e-10, atol=1e-12)


def residual_of(model):
    """The array whose squares the loss sums: found by its shape and by what it is made of."""
    from verify.expr.node import topological

    return next(node.args[0] for node in topological(model.loss) if node.op == "pow")


def test_gauss_newton_products_are_those_of_the_dense_matrix(model, wrt, data, points) -> None:
    residual = residual_of(model)
    kernels = LossKernels(model.loss, wrt, shared=data, residual=residual, backend="c")
    directions = np.random.default_rng(3).standard_normal(points.shape)
    own = kernels.gauss_newton_product(points, directions)
    rows = [gradient(residual[k], wrt) for k in range(residual.size)]
    flat = [slope for row in rows for slope in row]
    values = compile_numpy(flat, wrt, batched=True, shared=data)(
        *[
            part.reshape(5, *s.shape)
            for part, s in zip(np.split(points, np.cumsum([s.size for s in wrt])[:-1], axis=1), wrt, strict=True)
        ]
    )
    count = len(wrt)
    jacobian = np.stack(
        [
            np.concatenate([v.reshape(5, -1) for v in values[k * count : (k + 1) * count]], axis=1)
            for k in range(len(rows))
        ],
        axis=1,
    )
    expected = np.einsum("bni,bnj,bj->bi", jacobian, jacobian, directions) / residual.size
    np.testing.assert_allclose(own, expected, rtol=1e-11, atol=1e-13)


def test_what_is_missing_is_named(model, wrt, data, points) -> None:
    with pytest.raises(InvalidInput, match="residual"):
        LossKernels(model.loss, wrt, shared=data).gauss_newton_product(points, points)
    with pytest.raises(InvalidInput, match="a loss of shape"):
        LossKernels(residual_of(model), wrt, shared=data)
    with pytest.raises(InvalidInput, match="points of shape"):
        LossKernels(model.loss, wrt, shared=data).value(points[:, 1:])
    ridge = model.loss + F.sum(wrt[0] ** 2)
    with pytest.raises(InvalidInput, match="beside the residual"):
        gauss_newton_product(ridge, residual_of(model), wrt, wrt)
