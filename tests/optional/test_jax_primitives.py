"""JAX primitives whose name has several meanings: integer bits, reductions that hold a jaxpr."""

import numpy as np
import pytest

jax = pytest.importorskip("jax")


def read(function, x):
    """Return what the reading of the function's jaxpr computes."""
    from numerics.variants.follow_jax import JaxReading
    from numerics.variants.rounding import format_named
    from numerics.variants.traced import Trace

    jax.config.update("jax_enable_x64", True)
    trace = Trace(format_named("float64"), np.longdouble)
    return JaxReading(trace).run(jax.make_jaxpr(function)(x), [trace.array(x)])[0].value


X = np.arange(6.0).reshape(2, 3) + 0.5

BITS = [
    lambda x: (jax.numpy.arange(5) & 6).astype(x.dtype) * x.sum(),
    lambda x: (~jax.numpy.arange(5)).astype(x.dtype) * x.sum(),
    lambda x: ((jax.numpy.arange(5) | 4) ^ 1).astype(x.dtype) * x.sum(),
    lambda x: (~(x > 2) & (x < 4)) | (x == 0.5),
    lambda x: (x > 2).all(1),
]


@pytest.mark.parametrize("function", BITS)
def test_bits_of_integers_are_no_truth_values(function):
    assert np.array_equal(read(function, X), np.asarray(function(X)))


def test_a_reduction_by_a_jaxpr_is_not_run_as_a_call():
    from numerics.variants.traced import TracingLost

    with pytest.raises(TracingLost, match="reduce"):
        read(lambda x: jax.lax.reduce(x, 0.0, lambda a, b: a + b + a * b, (1,)), X)
