"""NumPy functions in bfloat16, which needs the library ml_dtypes."""

import numpy as np
import pytest

from numerics.variants.campaign import campaign
from numerics.variants.profile import profile
from numerics.variants.rounding import FORMATS
from numerics.variants.target import make_target

pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed; docs/foreign.md says how to run this group")


def attend(q, k, v):
    s = (q @ np.swapaxes(k, -1, -2)).astype(q.dtype) / q.dtype.type(np.sqrt(q.shape[-1]))
    e = np.exp(s - s.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True) @ v).astype(q.dtype)


def unstable(q, k, v):
    e = np.exp((q @ np.swapaxes(k, -1, -2)).astype(q.dtype) * q.dtype.type(8))
    return (e / e.sum(-1, keepdims=True) @ v).astype(q.dtype)


def verdicts(function):
    chosen = profile(only="finite,accuracy,convex-hull,dtype-kept,permutation-invariant-keys")
    found = campaign(make_target("one", function, None), chosen, [FORMATS["bfloat16"]], budget=15, seed=0, examples=0)
    return {one.property.name: one.verdict for one in found}


def test_a_correct_function_keeps_to_the_error_analysis():
    assert set(verdicts(attend).values()) == {"supported"}


def test_an_overflow_is_found():
    assert verdicts(unstable)["finite"] == "refuted"


def test_sums_are_charged():
    """A row of 250 equal numbers: their sum stops growing at 256, which its bound must cover."""
    import ml_dtypes

    from numerics.variants.traced import Trace

    trace = Trace(FORMATS["bfloat16"], np.float64)
    one = trace.array(np.full(400, 1.5, dtype=ml_dtypes.bfloat16)).sum()
    assert not abs(float(one.value) - float(one.wide)) > one.error
