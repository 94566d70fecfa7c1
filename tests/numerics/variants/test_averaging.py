"""Averages computed in floating point stay within the bound; sums that are no averages do not."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from numerics.variants.averaging import averaging_bound
from numerics.variants.campaign import campaign
from numerics.variants.profile import profile
from numerics.variants.rounding import FORMATS
from numerics.variants.target import make_target
from verify.properties._base import Inputs


@given(st.integers(0, 10**6), st.sampled_from(["float64", "float32", "float16"]), st.integers(1, 40))
def test_rounding_of_an_average_stays_within_the_bound(seed, name, keys):
    rng = np.random.default_rng(seed)
    e = (rng.random(keys) + 0.01).astype(name)
    v = (rng.normal(size=keys) * 10).astype(name)
    out = np.dtype(name).type(0)
    for a, b in zip(e / e.sum(dtype=name), v, strict=True):
        out = out + a * b
    q = np.zeros((1, 1, 1), name)
    inputs = Inputs(q, np.zeros((1, keys, 1), name), v[None, :, None])
    room = averaging_bound("convex-hull", FORMATS[name], (inputs,))[0]
    assert max(float(v.min()) - float(out), float(out) - float(v.max())) <= room


def listed(function):
    """Leaves NumPy by way of Python lists, so that no operation can be followed."""

    def attend(q, k, v):
        s = np.array((q @ np.swapaxes(k, -1, -2)).tolist(), dtype=q.dtype)
        e = np.exp(s - s.max(-1, keepdims=True))
        return function(e, s) @ v

    return attend


def verdict(function, name):
    target = make_target("listed", listed(function), None)
    (one,) = campaign(target, profile(only=name), [FORMATS["float64"]], budget=20, seed=0, examples=0)
    return one


def test_what_is_no_average_is_refuted_though_operations_are_not_followed():
    assert verdict(lambda e, s: e / (1 + e.sum(-1, keepdims=True)), "convex-hull").verdict == "refuted"
    assert verdict(lambda e, s: e / e.sum(-1, keepdims=True), "convex-hull").verdict == "supported"


def test_other_properties_are_then_only_suspected():
    one = verdict(
        lambda e, s: e / e.sum(-1, keepdims=True) * (1 + np.arange(e.shape[-1])), "permutation-invariant-keys"
    )
    assert one.verdict == "undecided"
    assert "suspected" in one.reason
    assert one.inputs is not None
