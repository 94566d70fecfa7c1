"""Known objects are wrapped, look-alikes are left as they are."""

import functools

import pytest

from numerics.variants.known import adapted, is_known


def test_a_subclass_with_its_own_forward_is_not_known():
    torch = pytest.importorskip("torch")

    class Mine(torch.nn.MultiheadAttention):
        def forward(self, q, k, v, mask=None):
            return q

    class Same(torch.nn.MultiheadAttention):
        pass

    mine = Mine(2, 1)
    assert adapted(mine) is mine
    assert is_known(torch.nn.MultiheadAttention(2, 1))
    assert is_known(Same(2, 1))


def test_a_function_that_took_over_a_name_is_not_known():
    jax = pytest.importorskip("jax")

    @functools.wraps(jax.nn.dot_product_attention)
    def mine(q, k, v, mask=None):
        return q

    assert adapted(mine) is mine
    assert is_known(jax.nn.dot_product_attention)


def test_flax_functions_are_known():
    linen = pytest.importorskip("flax.linen")
    assert is_known(linen.dot_product_attention)
