"""Attention code of PyTorch, JAX, Equinox and Flax, as the targets of the optional tests."""

import importlib.util

HAS = {name: importlib.util.find_spec(name) is not None for name in ("torch", "jax", "equinox", "flax")}

WIDTH, HEADS = 4, 2


def sdpa():
    """The composite path: three axes."""
    import torch

    return torch.nn.functional.scaled_dot_product_attention


def sdpa_fused():
    """The fused kernel: four axes."""
    import torch

    def attend(q, k, v, mask=None):
        shown = None if mask is None else mask[..., None, :, :]
        q, k, v = (a[..., None, :, :] for a in (q, k, v))
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, shown)[..., 0, :, :]

    return attend


def torch_heads():
    import torch

    torch.manual_seed(0)
    return torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)


def jax_dot_product():
    import jax

    return jax.nn.dot_product_attention


def flax_dot_product():
    import flax.linen

    return flax.linen.dot_product_attention


def equinox_heads():
    import equinox
    import jax

    jax.config.update("jax_enable_x64", True)
    return equinox.nn.MultiheadAttention(HEADS, WIDTH, key=jax.random.PRNGKey(0))


def flax_heads():
    import flax.linen
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    module = flax.linen.MultiHeadDotProductAttention(HEADS, qkv_features=WIDTH, out_features=WIDTH)
    tokens = jnp.ones((3, WIDTH), dtype=jnp.float64)
    weights = module.init(jax.random.PRNGKey(0), tokens, tokens, tokens)

    def attend(q, k, v, mask=None):
        held = jax.tree_util.tree_map(lambda a: a.astype(q.dtype), weights)
        return module.apply(held, q, k, v, mask=None if mask is None else mask[..., None, :, :])

    return attend


NO_PROJECTION = "convex-hull,value-shift,linear-in-values,permutation-invariant-keys,padding-invariant"
PROJECTED = "linear-in-values,permutation-invariant-keys,padding-invariant"
ALWAYS = "finite,dtype-kept,deterministic,accuracy,exact-gradient,query-independent,masked-no-influence"

TARGETS = {
    "torch-sdpa": ("torch", sdpa, f"{ALWAYS},{NO_PROJECTION}"),
    "torch-sdpa-fused": ("torch", sdpa_fused, f"{ALWAYS},{NO_PROJECTION}"),
    "torch-mha": ("torch", torch_heads, f"{ALWAYS},{PROJECTED}"),
    "jax-dot-product": ("jax", jax_dot_product, f"{ALWAYS},{NO_PROJECTION}"),
    "flax-dot-product": ("jax", flax_dot_product, f"{ALWAYS},{NO_PROJECTION}"),
    "equinox-mha": ("jax", equinox_heads, f"{ALWAYS},{PROJECTED}"),
    "flax-mha": ("jax", flax_heads, f"{ALWAYS},{PROJECTED}"),
}
"""Name: framework, constructor, properties that it is held to (beside the three on masks, which are asked of all)."""

NEEDS = {"equinox-mha": "equinox", "flax-mha": "flax", "flax-dot-product": "flax"}
"""What must be importable, beside the framework."""
