"""The running-error bound holds, follows allocations, and never loses track silently."""

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerics.variants.numpy_proxy import tracing_names
from numerics.variants.rounding import FORMATS
from numerics.variants.traced import Trace, Traced, TracingLost


def trace_of(name):
    return Trace(FORMATS[name], np.longdouble if name == "float64" else np.float64)


def softmax_attention(q, k, v):
    s = q @ np.swapaxes(k, -1, -2) / q.dtype.type(np.sqrt(q.shape[-1]))
    e = np.exp(s - s.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True) @ v


@pytest.mark.parametrize("name", ["float64", "float32", "float16"])
@given(seed=st.integers(0, 10**6), scale=st.sampled_from([0.1, 1.0, 4.0]))
def test_the_error_lies_within_the_bound(name, seed, scale):
    rng = np.random.default_rng(seed)
    q, k, v = (rng.normal(size=(3, 4, 2)).astype(name) * np.dtype(name).type(scale) for _ in range(3))
    trace = trace_of(name)
    out = softmax_attention(*(trace.array(a) for a in (q, k, v)))
    assert np.array_equal(out.value, softmax_attention(q, k, v))
    assert np.all(np.abs(out.value - out.wide) <= 2 * out.error)


def test_a_hidden_cast_exceeds_the_bound():
    trace = trace_of("float64")
    x = trace.array(np.array([1 / 3]))
    y = x.astype(np.float32).astype(np.float64) * 1.0
    assert abs(y.value - y.wide)[0] > 2 * y.error[0]


@pytest.mark.parametrize("escape", [float, lambda a: np.asarray(a), lambda a: a.tolist(), np.linalg.inv])
def test_leaving_the_analysis_is_noticed(escape):
    with pytest.raises(TracingLost):
        escape(trace_of("float64").array(np.eye(1)))


def test_writing_into_a_plain_array_is_noticed():
    plain = np.zeros(2)
    with pytest.raises(TracingLost):
        plain[:] = trace_of("float64").array(np.ones(2))


def test_arrays_that_the_function_allocates_are_traced():
    module = ModuleType("user_code")
    exec(
        "import numpy as np\n\ndef fill(x):\n    out = np.zeros((2, 2))\n    out[0] = x / 3\n    return out",
        vars(module),
    )
    trace = trace_of("float64")
    with tracing_names(trace, module):
        made = module.fill(trace.array(np.ones(2)))
    assert isinstance(made, Traced)
    assert made.error[0, 0] > 0
    assert isinstance(module.fill(np.ones(2)), np.ndarray)


def test_an_uncertain_branch_is_marked():
    trace = trace_of("float32")
    third = trace.array(np.float32(1)) / np.float32(3)
    assert not trace.uncertain
    bool(third * np.float32(3) > np.float32(1))
    assert trace.uncertain


def test_where_covers_both_branches_of_an_uncertain_condition():
    trace = trace_of("float32")
    third = trace.array(np.array([1], np.float32)) / np.float32(3)
    out = np.where(third * np.float32(3) >= np.float32(1), third, third + np.float32(1))
    assert out.error[0] >= 1


@given(seed=st.integers(0, 10**6))
def test_sums_products_and_functions_are_bounded(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 5)).astype(np.float32), rng.normal(size=(2, 5)).astype(np.float32)
    trace = trace_of("float32")
    x, y = trace.array(a), trace.array(b)
    made = [
        np.einsum("ij,kj->ik", x, y), np.tanh(x * y) - x, np.sqrt(np.abs(x)), np.log(1 + x * x), np.mean(x * y, axis=0),
        np.cumsum(x / (1 + y * y), axis=-1), np.sort(x * y, axis=-1), np.maximum(x / 3, y / 7), (x / 3) ** 3,
        np.linalg.norm(x / 3, axis=-1), np.var(x, axis=-1), np.clip(x / 3, -0.1, 0.1),
    ]  # fmt: skip
    for one in made:
        assert np.all(np.abs(one.value.astype(float) - one.wide) <= 2 * one.error)


def test_entries_at_traced_places_keep_their_bound():
    trace = trace_of("float32")
    third = trace.array(np.array([[1, 2, 3]], np.float32)) / np.float32(3)
    sure = np.sum(trace.array(np.ones((1, 1), np.float32)) > 0, axis=-1, keepdims=True)
    out = np.take_along_axis(third, sure, axis=-1)
    assert out.value[0, 0] == np.float32(2) / np.float32(3)
    assert 0 < out.error[0, 0] < 1e-6
    unsure = np.sum(third[:, :1] * np.float32(3) > np.float32(1), axis=-1, keepdims=True)
    assert np.isinf(np.take_along_axis(third, unsure, axis=-1).error[0, 0])
    assert np.isinf(np.take(third, unsure).error).all()
