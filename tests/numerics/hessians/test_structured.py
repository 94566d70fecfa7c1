"""Structured Hessians against one derivative per parameter, on random losses and on the shapes users write."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.hessians.structured import gauss_newton, structured_hessian
from verify import models
from verify.expr import build
from verify.expr import functions as F
from verify.expr.derive import gradient
from verify.expr.node import topological
from verify.expr.numpy_derivatives import flatten, hessian_numpy, unflatten
from verify.expr.numpy_reading import compile_numpy

RELATIVE = 1e-11


def differs(found, truth):
    """Largest difference of the finite entries, relative to the largest."""
    both = np.isfinite(found) & np.isfinite(truth)
    return np.abs(found - truth)[both].max(initial=0) / (1 + np.abs(truth[both]).max(initial=0))


@pytest.mark.parametrize("seed", range(24))
def test_random_losses(seed, problem, matrices):
    case = problem(seed)
    found = matrices(structured_hessian(case.loss, case.wrt), case)
    truth = hessian_numpy(case.loss, case.wrt, shared=case.shared)(case.points)
    for a, b in zip(found, truth, strict=True):
        assert differs(a, b) < RELATIVE
        assert (np.isnan(b) | ~np.isnan(a)).all()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24, 144))
def test_more_random_losses(seed, problem, matrices):
    test_random_losses(seed, problem, matrices)


@pytest.mark.parametrize("seed", range(12))
def test_kinks(seed, problem, matrices):
    """Defined entries agree; what is undefined here is undefined along unit vectors, too."""
    case = problem(seed, kinks=True)
    found = matrices(structured_hessian(case.loss, case.wrt), case)
    truth = hessian_numpy(case.loss, case.wrt, shared=case.shared)(case.points)
    for a, b in zip(found, truth, strict=True):
        assert differs(a, b) < RELATIVE
        assert (np.isnan(b) | ~np.isnan(a)).all()
    assert (np.isnan(found[1]) == np.isnan(truth[1])).all()


def test_a_kink_is_undefined():
    w = F.argument("w", (2,))
    made = structured_hessian(F.sum(F.relu(w) ** 2), [w])
    block = compile_numpy([made.blocks[0, 0]], [w])(np.array([0.0, 1.0]))[0]
    assert np.isnan(block[0, 0])
    assert block[1, 1] == 2


@pytest.mark.parametrize("name", sorted(models.names()) if hasattr(models, "names") else ["self-attention"])
def test_models(name, matrices, problem):
    model = models.build(name)
    wrt = list(model.parameters.values())
    rng = np.random.default_rng(5)
    shared = {key: rng.standard_normal(symbol.shape) for key, symbol in model.data.items()}
    case = type(problem(0))(model.loss, wrt, shared, rng.standard_normal((2, sum(s.size for s in wrt))))
    found = matrices(structured_hessian(model.loss, wrt), case)
    truth = hessian_numpy(model.loss, wrt, shared=shared)(case.points)
    for a, b in zip(found, truth, strict=True):
        assert differs(a, b) < RELATIVE


def test_plain_functions_have_no_data():
    x = F.argument("x", (3,))
    f = F.sum(x[0] * x[1] ** 2) + F.exp(x[2]) * x[0]
    made = structured_hessian(f, [x])
    point = np.array([2.0, 3.0, 0.5])
    block = compile_numpy([made.blocks[0, 0]], [x])(point)[0]
    e = np.exp(0.5)
    assert np.allclose(block, [[0, 6, e], [6, 4, 0], [e, 0, 2 * e]], rtol=1e-14, atol=0)


def test_linear_and_constant_losses_have_no_blocks():
    x, c = F.argument("x", (3,)), F.argument("c", ())
    assert structured_hessian(F.sum(2 * x) + 1, [x, c]).blocks == {}
    assert structured_hessian(build.number(3), [x]).blocks == {}


def test_blocks_that_vanish_are_never_formed():
    X = F.argument("X", (5, 2))
    u, v, w = F.argument("u", (2,)), F.argument("v", (2,)), F.argument("w", (2,))
    made = structured_hessian(F.sum((X @ u) ** 2) + F.sum((X @ v) ** 3) + F.sum(w), [u, v, w])
    assert set(made.blocks) == {(0, 0), (1, 1)}


def test_gauss_newton_is_that_of_least_squares(matrices, problem):
    model = models.build("self-attention", n=5, T=3, d=2, hidden=2)
    wrt = list(model.parameters.values())
    rng = np.random.default_rng(3)
    shared = {key: rng.standard_normal(symbol.shape) for key, symbol in model.data.items()}
    case = type(problem(0))(model.loss, wrt, shared, rng.standard_normal((3, sum(s.size for s in wrt))))
    found = matrices(gauss_newton(model.loss, wrt), case)[2]
    residual = model.definitions["r"]
    rows = [gradient(residual[k], wrt) for k in range(5)]
    for k, point in enumerate(case.points):
        values = [compile_numpy(row, wrt, batched=True, shared=shared)(*unflatten(point[None], wrt)) for row in rows]
        jacobian = np.concatenate([flatten(value, wrt) for value in values])
        assert differs(found[k], jacobian.T @ jacobian / 5) < RELATIVE


def test_gauss_newton_keeps_ridge_terms():
    X, y, w = F.argument("X", (4, 2)), F.argument("y", (4,)), F.argument("w", (2,))
    made = gauss_newton(F.sum((F.tanh(X @ w) - y) ** 2) + 3 * F.sum(w**2), [w])
    data = {"X": np.zeros((4, 2)), "y": np.ones(4)}
    assert np.allclose(compile_numpy([made.blocks[0, 0]], [w], shared=data)(np.ones(2))[0], 6 * np.eye(2))


@pytest.mark.parametrize("samples", [16, 256])
def test_no_swelling_at_size(samples):
    """T = d = hidden = 8: the graphs do not depend on the sizes; gradient and Hessian are small multiples of the loss."""
    model = models.build("self-attention", n=samples, T=8, d=8, hidden=8)
    wrt = list(model.parameters.values())
    made = structured_hessian(model.loss, wrt)
    assert len(topological(*gradient(model.loss, wrt))) < 120
    assert len(topological(*made.gradient)) < 160
    assert len(topological(made.value, *made.gradient, *made.blocks.values())) < 650


def test_a_planted_error_is_found(matrices, problem):
    """Dropping the second derivative of softmax is seen."""
    from numerics.hessians import local

    case = problem(4)
    right = matrices(structured_hessian(F.sum(F.softmax(case.wrt[2] * 2) ** 2 * F.exp(case.wrt[2])), case.wrt), case)[2]
    known = dict(local._ROWS_SECOND)
    local._ROWS_SECOND.clear()
    try:
        wrong = matrices(
            structured_hessian(F.sum(F.softmax(case.wrt[2] * 2) ** 2 * F.exp(case.wrt[2])), case.wrt), case
        )[2]
    finally:
        local._ROWS_SECOND.update(known)
    assert case.wrt[2].size == 1 or differs(wrong, right) > 1e-3
