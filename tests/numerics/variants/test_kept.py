"""Violating samples survive a run, and are tried first in the next one."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis.database import InMemoryExampleDatabase

from numerics.variants import kept
from numerics.variants.campaign import stream
from numerics.variants.profile import profile
from numerics.variants.rounding import FORMATS
from numerics.variants.target import make_target
from verify.properties._base import Inputs


def sample(layer=False):
    a = np.array([[[1.0, np.nan]]], dtype=np.float32)
    return Inputs(a, a, a, None if layer else np.array([[[True]]]), seed=3, layer=layer)


@pytest.mark.parametrize("layer", [False, True])
def test_bytes_give_the_sample_back(layer):
    dtype, batched, back = kept.decoded(kept.encoded("float32", True, sample(layer)))
    assert (dtype, batched, back.seed, back.layer) == ("float32", True, 3, layer)
    assert np.array_equal(back.q, sample().q, equal_nan=True)
    assert back.q.dtype == np.float32
    assert (back.mask is None) == layer


@pytest.mark.parametrize("data", [b"", b"nothing", b"PK\x05\x06" + bytes(18)])
def test_other_bytes_are_not_a_sample(data):
    with pytest.raises(ValueError):
        kept.decoded(data)


def double(q, k, v):
    return np.broadcast_to(2 * v.mean(-2, keepdims=True), (*q.shape[:-1], v.shape[-1]))


def half(q, k, v):
    return np.broadcast_to(v.mean(-2, keepdims=True), (*q.shape[:-1], v.shape[-1]))


def found(function):
    target = make_target("one", function, None)
    (one,) = stream(
        target, profile(only="convex-hull"), [FORMATS["float64"]], budget=20, seed=0, examples=0, replay=True
    )
    return one


def test_a_violation_is_replayed_first_and_forgotten_when_it_is_gone():
    database = InMemoryExampleDatabase()
    settings.register_profile("kept", database=database)
    settings.load_profile("kept")
    try:
        assert found(double).examples > 1
        assert found(double).examples == 1
        assert list(kept.kept("one", "convex-hull"))
        assert found(half).verdict == "supported"
        assert not list(kept.kept("one", "convex-hull"))
    finally:
        settings.load_profile("ci")
