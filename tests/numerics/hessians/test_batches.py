"""Batches of Hessians: all ways agree, blocks of points do not matter, vanishing blocks are zero."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.compiler import compiler
from numerics.hessians import batches
from numerics.hessians.batches import gauss_newton_function, gradient_function, hessian_function
from numerics.kernels.kernel import Kernel
from verify import models
from verify.errors import InvalidInput
from verify.expr import build
from verify.expr import functions as F
from verify.expr.numpy_derivatives import gradient_numpy, hessian_numpy


@pytest.fixture
def attention():
    model = models.build("self-attention", n=6, T=3, d=2, hidden=2)
    rng = np.random.default_rng(0)
    shared = {key: rng.standard_normal(symbol.shape) for key, symbol in model.data.items()}
    wrt = list(model.parameters.values())
    return model.loss, wrt, shared, rng.standard_normal((19, sum(s.size for s in wrt)))


BACKENDS = pytest.mark.parametrize(
    "backend", ["numpy", pytest.param("c", marks=pytest.mark.skipif(not compiler(), reason="no C compiler"))]
)


@BACKENDS
def test_gradients_agree_with_the_numpy_reading(attention, backend, tmp_path, monkeypatch):
    monkeypatch.setenv("ATTNVERIFY_CACHE", str(tmp_path))
    loss, wrt, shared, points = attention
    found = gradient_function(loss, wrt, shared=shared, backend=backend)(points)
    for a, b in zip(found, gradient_numpy(loss, wrt, shared=shared)(points), strict=True):
        assert np.allclose(a, b, rtol=1e-11, atol=1e-13)


@BACKENDS
def test_against_one_derivative_per_parameter(attention, backend, tmp_path, monkeypatch):
    monkeypatch.setenv("ATTNVERIFY_CACHE", str(tmp_path))
    loss, wrt, shared, points = attention
    function = hessian_function(loss, wrt, shared=shared, backend=backend)
    assert (function.method, function.kernel.backend) == ("structured", backend)
    bend = function(points)[2]
    assert (bend == np.swapaxes(bend, 1, 2)).all()
    for a, b in zip(function(points), hessian_numpy(loss, wrt, shared=shared)(points), strict=True):
        assert np.allclose(a, b, rtol=1e-11, atol=1e-13)


@pytest.mark.skipif(not compiler(), reason="no C compiler")
def test_kernels_keep_what_every_sample_needs(problem, tmp_path, monkeypatch):
    """A matrix rearranged once before the loop over samples must survive the first round."""
    monkeypatch.setenv("ATTNVERIFY_CACHE", str(tmp_path))
    monkeypatch.setattr("numerics.compiler.FLAGS", ("-O0", "-march=native", "-fPIC", "-shared", "-w", "-x", "c"))
    case = problem(534)
    found, truth = (
        hessian_function(case.loss, case.wrt, shared=case.shared, backend=backend)(case.points)[2]
        for backend in ("c", "numpy")
    )
    assert np.allclose(found, truth, rtol=1e-11, atol=1e-13)


def test_few_points_are_not_compiled_for(attention):
    loss, wrt, shared, _ = attention
    assert hessian_function(loss, wrt, shared=shared, points=3).kernel.backend == "numpy"


def test_where_structure_is_more_work_it_is_not_used():
    """A Hessian of two parameters behind a long chain of dense layers."""
    data = F.argument("data", (2, 2))
    w = F.argument("w", ())
    state = data * w
    for _ in range(3):
        state = F.tanh(state @ state)
    function = hessian_function(F.sum(state), [w], shared={"data": np.eye(2)}, backend="numpy")
    assert function.method in ("structured", "directions")
    truth = hessian_numpy(F.sum(state), [w], shared={"data": np.eye(2)})(np.full((2, 1), 0.7))
    for a, b in zip(function(np.full((2, 1), 0.7)), truth, strict=True):
        assert np.allclose(a, b, rtol=1e-12)


def test_blocks_of_points_do_not_matter(attention, monkeypatch):
    loss, wrt, shared, points = attention
    function = hessian_function(loss, wrt, shared=shared, backend="numpy")
    whole = function(points)
    for limit in ("NUMPY_ENTRIES", "BLOCK_ENTRIES"):
        monkeypatch.setattr(batches, limit, 1)
        for a, b in zip(whole, function(points), strict=True):
            assert np.allclose(a, b, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(("entries", "largest_block"), [(1, 64), (1 << 16, 4)])
def test_blocks_are_small_where_intermediate_arrays_are_large(entries, largest_block, monkeypatch):
    monkeypatch.setattr(batches, "NUMPY_ENTRIES", 1 << 18)
    data, w = F.argument("data", (entries,)), F.argument("w", (2,))
    loss = F.sum(F.tanh(data * w[0]) * w[1])
    function = hessian_function(loss, [w], shared={"data": np.ones(entries)}, backend="numpy")
    seen = []
    evaluate = Kernel.__call__
    monkeypatch.setattr(Kernel, "__call__", lambda self, *x: seen.append(len(x[0])) or evaluate(self, *x))
    function(np.ones((64, 2)))
    assert sum(seen) == 64
    assert largest_block // 4 <= max(seen) <= largest_block


def test_other_operations_fall_back(problem):
    x = F.argument("x", (2, 3))
    loss = F.sum(build.reshape(F.exp(x), (3, 2)) ** 3)
    old = hessian_function(loss, [x], backend="numpy")
    assert old.method == "structured"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("numerics.hessians.local.MAX_SELECTION", 4)
        new = hessian_function(loss, [x], backend="numpy")
    assert new.method == "directions"
    assert "rearrangement" in new.reason
    points = np.random.default_rng(1).standard_normal((11, 6))
    for a, b in zip(old(points), new(points), strict=True):
        assert np.allclose(a, b, rtol=1e-12)


def test_vanishing_blocks_are_zero():
    u, v = F.argument("u", (2,)), F.argument("v", (2,))
    _, slope, bend = hessian_function(F.sum(u**3) + F.sum(v), [u, v], backend="numpy")(np.ones((3, 4)))
    assert (slope == [3, 3, 1, 1]).all()
    assert (bend == np.diag([6, 6, 0, 0])).all()


def test_gauss_newton_is_positive_semidefinite(attention):
    loss, wrt, shared, points = attention
    matrix = gauss_newton_function(loss, wrt, shared=shared, backend="numpy")(points)[2]
    assert np.linalg.eigvalsh(matrix).min() > -1e-12
    assert np.linalg.eigvalsh(hessian_numpy(loss, wrt, shared=shared)(points)[2]).min() < -1e-6


def test_points_of_another_width_are_refused(attention):
    loss, wrt, shared, points = attention
    function = hessian_function(loss, wrt, shared=shared, backend="numpy")
    for one in (function, gradient_function(loss, wrt, shared=shared, backend="numpy")):
        with pytest.raises(InvalidInput, match="points of shape"):
            one(points[:, :-1])
    assert function(points[:0])[2].shape == (0, points.shape[1], points.shape[1])
