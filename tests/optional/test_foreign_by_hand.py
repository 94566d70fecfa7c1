"""Every entry of the table that fails, reproduced by hand without this project's search."""

import numpy as np
import pytest
from foreign_modules import HAS, TARGETS, WIDTH


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="torch is not installed; docs/foreign.md says how to run this group")


@pytest.fixture
def jax():
    jax = pytest.importorskip("jax", reason="jax is not installed; docs/foreign.md says how to run this group")
    jax.config.update("jax_enable_x64", True)
    return jax


@pytest.mark.parametrize("name", ["torch-sdpa", "torch-sdpa-fused"])
def test_torch_nan_in_a_masked_value_reaches_the_output(torch, name):
    attend = TARGETS[name][1]()
    one = torch.zeros(1, 1, 1, dtype=torch.float64)
    v = torch.tensor([[[1.0], [float("nan")]]], dtype=torch.float64)
    mask = torch.tensor([[[True, False]]])
    out = attend(one, torch.zeros(1, 2, 1, dtype=torch.float64), v, mask)
    assert torch.isnan(out).all()


@pytest.mark.parametrize("name", ["torch-sdpa", "torch-sdpa-fused"])
def test_torch_a_fully_masked_row_is_zero(torch, name):
    attend = TARGETS[name][1]()
    a = torch.ones(1, 2, 1, dtype=torch.float64)
    assert (attend(a, a, a, torch.zeros(1, 2, 2, dtype=torch.bool)) == 0).all()


def test_torch_heads_give_nan_on_a_fully_masked_row(torch):
    module = TARGETS["torch-mha"][1]().eval()
    x = torch.ones(1, 2, WIDTH)
    hidden = torch.tensor([[True, True], [False, False]])
    with torch.no_grad():
        out, _ = module(x, x, x, attn_mask=hidden)
    assert torch.isnan(out[0, 0]).all()
    assert torch.isfinite(out[0, 1]).all()


def jax_single(jax, q, k, v, mask, dtype="float64"):
    jnp = jax.numpy
    parts = [jnp.asarray(np.array(a, dtype=dtype)).reshape(1, -1, 1, 1) for a in (q, k, v)]
    return np.asarray(
        jax.nn.dot_product_attention(*parts, mask=jnp.asarray(mask).reshape(1, 1, len(q), len(k)))
    ).ravel()


def test_jax_a_fully_masked_row_averages_what_it_must_not_see(jax):
    assert jax_single(jax, [0], [0, 0], [1, 3], [[False, False]]) == 2.0


def test_jax_nan_in_a_masked_value_reaches_the_output(jax):
    assert np.isnan(jax_single(jax, [0], [0, 0], [1, np.nan], [[True, False]])).all()


def test_jax_float64_is_computed_with_a_float32_softmax(jax):
    out = jax_single(jax, [1], [1, 0], [1, 0], [[True, True]])[0]
    exact = 1 / (1 + np.exp(-1.0))
    assert 1e-9 < abs(out - exact) < 1e-6


def test_jax_compiled_float16_is_refused_on_cpu(jax):
    if jax.default_backend() != "cpu":
        pytest.skip("the backend is no CPU")
    a = jax.numpy.ones((1, 3, 1, 4), dtype="float16")
    with pytest.raises(Exception, match="F16_F16_F32"):
        jax.jit(jax.nn.dot_product_attention)(a, a, a)


def flax_attend():
    import flax.linen

    return flax.linen.dot_product_attention


@pytest.mark.skipif(not HAS["flax"], reason="flax is not installed; docs/foreign.md says how to run this group")
def test_flax_a_fully_masked_row_averages_what_it_must_not_see(jax):
    jnp = jax.numpy
    zero, v = jnp.zeros((1, 1, 1)), jnp.array([1.0, 3.0]).reshape(2, 1, 1)
    out = flax_attend()(zero, jnp.zeros((2, 1, 1)), v, mask=jnp.zeros((1, 1, 2), dtype=bool))
    assert float(out.ravel()[0]) == 2.0


@pytest.mark.skipif(not HAS["equinox"], reason="equinox is not installed; docs/foreign.md says how to run this group")
def test_equinox_a_fully_masked_row_depends_on_hidden_values(jax):
    module = TARGETS["equinox-mha"][1]()
    jnp = jax.numpy
    q, hidden = jnp.ones((1, WIDTH)), jnp.zeros((1, 2), dtype=bool)
    first, second = (module(q, v, v, mask=hidden) for v in (jnp.ones((2, WIDTH)), 3 * jnp.ones((2, WIDTH))))
    assert not np.allclose(first, second)
