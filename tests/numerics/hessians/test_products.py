"""Products with directions against the matrices."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.compiler import compiler
from numerics.hessians.batches import gauss_newton_function, hessian_function
from numerics.hessians.products import gauss_newton_product_function, hessian_product_function
from verify.errors import InvalidInput
from verify.expr import build
from verify.expr import functions as F


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(
    ("whole", "product"),
    [(hessian_function, hessian_product_function), (gauss_newton_function, gauss_newton_product_function)],
)
def test_products_are_those_of_the_matrices(seed, whole, product, problem):
    case = problem(seed)
    ways = np.random.default_rng(seed).standard_normal(case.points.shape)
    matrix = whole(case.loss, case.wrt, shared=case.shared, backend="numpy")(case.points)[2]
    found = product(case.loss, case.wrt, shared=case.shared, backend="numpy")(case.points, ways)
    truth = np.einsum("bij,bj->bi", matrix, ways)
    both = np.isfinite(truth) & np.isfinite(found)
    assert both.any()
    assert np.abs(truth - found)[both].max() <= 1e-11 * (1 + np.abs(truth[both]).max())


def test_parameters_that_do_not_matter_get_zeros():
    u, v = F.argument("u", (2,)), F.argument("v", (2,))
    found = gauss_newton_product_function(F.sum(u**2), [u, v], backend="numpy")(np.ones((1, 4)), np.ones((1, 4)))
    assert found.tolist() == [[2, 2, 0, 0]]


def test_operations_without_rule_are_refused():
    x = F.argument("x", (2, 2))
    with pytest.raises(InvalidInput, match="no Gauss-Newton matrix"):
        gauss_newton_product_function(build.extreme_eigenvalue("max_eig", x @ x.T) ** 2, [x])


@pytest.mark.skipif(not compiler(), reason="no C compiler")
@pytest.mark.parametrize("product", [hessian_product_function, gauss_newton_product_function])
def test_compiled_products_agree_with_numpys(product, problem, tmp_path, monkeypatch):
    monkeypatch.setenv("ATTNVERIFY_CACHE", str(tmp_path))
    case = problem(3)
    ways = np.random.default_rng(3).standard_normal(case.points.shape)
    found, truth = (
        product(case.loss, case.wrt, shared=case.shared, backend=backend)(case.points, ways)
        for backend in ("c", "numpy")
    )
    assert np.isfinite(truth).all()
    assert np.allclose(found, truth, rtol=1e-11, atol=1e-13)
