"""Float kernels: batch axes behind, long and short matrix products alike."""

from __future__ import annotations

import numpy as np
import pytest

from verify.expr import numpy_kernels as kernels

RNG = np.random.default_rng(3)


def integers(*shape: int) -> np.ndarray:
    return RNG.integers(-4, 5, shape).astype(float)


@pytest.mark.parametrize("inner", [1, 2, kernels.LOOPED_PRODUCT, kernels.LOOPED_PRODUCT + 1, 20])
@pytest.mark.parametrize("stacks", [(), (3,), (2, 3)])
@pytest.mark.parametrize("fixed", ["none", "left", "right", "both"])
def test_products_of_batches(inner: int, stacks: tuple[int, ...], fixed: str) -> None:
    """Small integers: every order of summation gives the same float."""
    a, b = integers(*stacks, 4, inner, 1 if fixed in ("left", "both") else 5), integers(*stacks, inner, 2, 5)
    if fixed in ("right", "both"):
        b = b[..., :1]
    kernel = kernels.product(1, fixed in ("left", "both"), fixed in ("right", "both"))
    length = max(a.shape[-1], b.shape[-1])
    for k in range(length):
        expected = a[..., min(k, a.shape[-1] - 1)] @ b[..., min(k, b.shape[-1] - 1)]
        assert (kernel(a, b)[..., k] == expected).all()


def test_products_with_two_batch_axes() -> None:
    a, b = integers(4, 2, 1, 5), integers(2, 3, 6, 1)
    out = kernels.product(2, False, False)(a, b)
    assert out.shape == (4, 3, 6, 5)
    assert (out[..., 2, 3] == a[..., 0, 3] @ b[..., 2, 0]).all()


@pytest.mark.parametrize("trail", [0, 1])
def test_contraction_sums_over_stacks(trail: int) -> None:
    a, b = integers(3, 4, 2), integers(3, 2, 5)
    batch = integers(*(1,) * trail) if trail else 1.0
    out = kernels.contraction(trail)(a.reshape(*a.shape, *(1,) * trail), b.reshape(*b.shape, *(1,) * trail) * batch)
    assert (out.reshape(4, 5) == (a @ b).sum(axis=0) * (batch if trail else 1)).all()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 10])
def test_powers(n: int) -> None:
    a = np.array([-2.0, 0.0, 3.0, np.nan])
    assert np.array_equal(kernels.power(n)(a), np.where(np.isnan(a), np.nan, a**n), equal_nan=True)


@pytest.mark.parametrize("positions", [[0, 1, 2], [1], [0, 2, 4], [4, 0, 0], [5, 4, 3], []])
def test_gather_and_scatter_are_adjoint(positions: list[int]) -> None:
    a, g = integers(2, 3, 4), integers(len(positions), 4)
    picked = kernels.gather(positions, (len(positions),), 1)(a)
    assert (picked == a.reshape(6, 4)[positions]).all()
    spread = kernels.scatter(positions, (2, 3), 1)(g)
    assert (picked * g).sum() == (a * spread).sum()


def test_rows_sum_to_one() -> None:
    rows = RNG.normal(size=(3, 5, 7)) * 50
    for kernel in (kernels.softmax(-2), kernels.sparsemax(-2)):
        weights = kernel(rows)
        assert (weights >= 0).all()
        assert np.abs(weights.sum(axis=-2) - 1).max() < 1e-13
    assert (kernels.sparsemax(-2)(rows) == 0).any()
