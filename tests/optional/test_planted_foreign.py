"""Planted bugs in PyTorch and JAX code are refuted, correct code of many operations is not."""

import numpy as np
import pytest

from numerics.variants.campaign import campaign
from numerics.variants.profile import profile
from numerics.variants.rounding import FORMATS
from numerics.variants.target import make_target

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # the clock rings inside a callback
]


def torch_functions():
    torch = pytest.importorskip("torch", reason="torch is not installed; docs/foreign.md says how to run this group")

    def attend(q, k, v, mask=None, *, change=lambda a: a, scale=1.0, narrow=None):
        s = q @ change(k).transpose(-1, -2) / q.shape[-1] ** 0.5 * scale
        if mask is not None:
            s = s.masked_fill(~mask, float("-inf"))
        if narrow is not None:
            s = s.to(narrow)
        return torch.softmax(s, -1).to(q.dtype) @ v

    def in_place(q, k, v):
        s = torch.bmm(q, k.transpose(1, 2))
        s -= s.amax(-1, keepdim=True)
        e = s.exp_()
        e /= e.sum(-1, keepdim=True)
        return e @ v

    torch.manual_seed(0)
    layer = torch.nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, activation="gelu")

    return {
        "right": (lambda q, k, v, mask=None: attend(q, k, v, mask), set()),
        "in place": (in_place, set()),
        "encoder layer": (layer, set()),
        "detached keys": (lambda q, k, v: attend(q, k, v, change=lambda a: a.detach()), {"exact-gradient"}),
        "float32 inside": (lambda q, k, v: attend(q, k, v, narrow=torch.float32), {"accuracy", "exact-gradient"}),
    }


def jax_functions():
    jax = pytest.importorskip("jax", reason="jax is not installed; docs/foreign.md says how to run this group")
    jnp = jax.numpy

    def attend(q, k, v, *, stop=lambda a: a, narrow=None):
        s = jnp.einsum("...id,...jd->...ij", q, stop(k)) / np.sqrt(q.shape[-1])
        s = s if narrow is None else s.astype(narrow)
        return jnp.einsum("...ij,...jc->...ic", jax.nn.softmax(s).astype(q.dtype), v)

    @jax.custom_vjp
    def softmax(s):
        return jax.nn.softmax(s)

    def forward(s):
        p = jax.nn.softmax(s)
        return p, p

    softmax.defvjp(forward, lambda p, g: (p * g,))  # the sum over the row is missing

    def wrong_rule(q, k, v):
        return softmax(q @ jnp.swapaxes(k, -1, -2)) @ v

    return {
        "right": (attend, set()),
        "stopped keys": (lambda q, k, v: attend(q, k, v, stop=jax.lax.stop_gradient), {"exact-gradient"}),
        "wrong rule": (wrong_rule, {"exact-gradient"}),
        "float32 inside": (lambda q, k, v: attend(q, k, v, narrow=jnp.float32), {"accuracy"}),
    }


def refuted(function, framework, *, formats=("float64",), seconds=20.0):
    target = make_target("one", function, None, array=framework)
    chosen = profile(only="accuracy,exact-gradient,deterministic")
    found = campaign(target, chosen, [FORMATS[f] for f in formats], budget=seconds, seed=0, examples=0)
    assert {one.property.name: one.verdict for one in found}["accuracy"] in ("refuted", "supported")
    return {one.property.name for one in found if one.verdict == "refuted"}


@pytest.mark.parametrize("name", ["right", "in place", "encoder layer", "detached keys", "float32 inside"])
def test_torch(name):
    function, wanted = torch_functions()[name]
    formats = ("float64",) if wanted else ("float64", "float32", "float16", "bfloat16")
    assert refuted(function, "torch", formats=formats) == wanted


@pytest.mark.parametrize("name", ["right", "stopped keys", "wrong rule", "float32 inside"])
def test_jax(name):
    function, wanted = jax_functions()[name]
    found = refuted(function, "jax", seconds=45.0)
    assert found - {"exact-gradient"} == wanted - {"exact-gradient"}
    assert "float32" in name or ("exact-gradient" in found) == ("exact-gradient" in wanted)
