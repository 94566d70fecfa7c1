"""Bounds for functions of PyTorch and JAX, and exact derivatives, from the operations that they run.

Every primitive operation is charged one rounding of the declared format and sums any order, as for NumPy. So "refuted"
means the same for the three: the defect is not explained by rounding under that model. Where an operation is unknown,
the caller falls back on measured conditioning, which finds and does not decide.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from numerics.variants import array_rules as rules
from numerics.variants.slopes import Slope, precise
from numerics.variants.traced import Trace, Traced, TracingLost
from verify.properties._base import Inputs


def traced(lab: Any, inputs: Inputs) -> tuple[Trace, Any, Any]:
    """Return (trace, output, weights or None), traced, of a target of PyTorch or JAX.

    Raises:
        TracingLost: an operation has no rule.
    """
    trace = Trace(lab.form, np.longdouble if lab.name == "float64" else np.float64)
    given = lab.arguments(inputs)
    output, weights = guarded(_torch if lab.target.framework == "torch" else _jax, lab, trace, given, None)
    if not isinstance(output, Traced) or (weights is not None and not isinstance(weights, Traced)):
        raise TracingLost("the output does not depend on the inputs by operations that are followed")
    return trace, output, weights


def slope(lab: Any, inputs: Inputs, along: list[Any], weight: Any) -> Any:
    """Return enclosures (middle, radius), (B,) each, of the derivative of sum(weight * output) along a direction.

    Raises:
        TracingLost: an operation has no rule, or the function may have a kink there.
    """
    run = {"torch": _torch, "jax": _jax, "numpy": _numpy}[lab.target.framework]
    made = []
    with precise():
        for i in range(inputs.q.shape[0]):
            one = inputs.sample(i)
            given = lab.arguments(one)
            steps = [part[i : i + 1] if lab.batched else part[i] for part in along]
            output = rules.as_objects(guarded(run, lab, None, given, steps)[0])
            g = weight[i : i + 1] if lab.batched else weight[i]
            made.append(_paired(output, g))
    return np.array([mid for mid, _ in made]), np.array([rad for _, rad in made])


def _paired(output: Any, g: Any) -> tuple[float, float]:
    from flint import arb

    whole = arb(0)
    for number, factor in zip(output.ravel().tolist(), np.ravel(g).tolist(), strict=True):
        if factor:
            whole += number.slope * arb(float(factor))
    if not whole.is_finite():
        raise TracingLost("the derivative has no enclosure")
    middle = float(whole.mid())
    return middle, float(whole.rad()) * (1 + 2.0**-40) + abs(middle) * 2.0**-52 + 2.0**-1074


def guarded(run: Any, lab: Any, trace: Any, given: list[Any], along: Any) -> Any:
    """Run a reading; whatever it raises means that operations could not be followed."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return run(lab, trace, given, along)
        except TracingLost:
            raise
        except Exception as error:
            raise TracingLost(f"{type(error).__name__}: {error}") from error


def starting(trace: Any, given: list[Any], along: Any) -> list[Any]:
    """Return the inputs as traced arrays, or as numbers with derivatives; the mask as it is."""
    if trace is not None:
        return [None if a is None else trace.array(a) for a in given]
    *arrays, mask = given
    out = []
    for a, step in zip(arrays, along, strict=True):
        made = np.empty(a.size, dtype=object)
        pairs = zip(a.astype(np.float64).ravel().tolist(), np.ravel(step).tolist(), strict=True)
        made[:] = [Slope(Slope.constant(x).value, Slope.constant(float(u)).value) for x, u in pairs]
        out.append(made.reshape(a.shape))
    return [*out, mask]


def _numpy(lab: Any, trace: Any, given: list[Any], along: Any) -> Any:
    from numerics.variants.slope_array import numpy_slopes

    return numpy_slopes(lab, given, along)


def _jax(lab: Any, trace: Any, given: list[Any], along: Any) -> Any:
    from numerics.variants.follow_jax import JaxReading
    from numerics.variants.jax_target import narrowed, program

    closed, count = program(lab.target.function, lab.name, given)
    held = [narrowed(a, lab.name) for a in given]
    arguments = [a for a in starting(trace, held, along) if a is not None]
    outs = JaxReading(trace).run(closed, arguments)
    return (*outs[:count], *([None] * (2 - count)))


def _torch(lab: Any, trace: Any, given: list[Any], along: Any) -> Any:
    import torch  # type: ignore[import-not-found, unused-ignore]

    from numerics.variants.follow_torch import TorchReading
    from numerics.variants.lab import invoke, split
    from numerics.variants.torch_target import array, at_format

    held: list[Any] = [None if a is None else array(a, lab.name) for a in given]
    reading = TorchReading(trace)
    for tensor, a in zip(held, starting(trace, given, along), strict=True):
        if a is not None and tensor.is_floating_point():
            reading.attach(tensor, a)
    with torch.no_grad(), reading:
        outputs = split(invoke(at_format(lab.target.function, lab.name), held))
    return [None if part is None else reading.shadow(part) for part in outputs]
