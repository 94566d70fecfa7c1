"""Exact directional derivatives, and bounds on the rounding of gradients.

Two readings are compared. The forward operations, carried out on numbers with derivatives in balls, enclose the exact
derivative of the formula along a direction (:mod:`numerics.variants.slopes`); no rule of the framework's own
differentiation takes part. The backward operations that the framework runs, carried out on traced arrays, bound how
far rounding can move its gradient from the exact value of the backward formula. A correct backward formula has the
exact derivative as its exact value; so a larger distance refutes it. A backward pass that was written by hand for
NumPy may use other constants than the forward pass, such as d**-0.5 beside sqrt(d): constants that are no short dyadic
numbers are charged eight units in both readings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.variants.follow import guarded, slope, starting
from numerics.variants.numpy_proxy import tracing_names
from numerics.variants.rounding import gamma
from numerics.variants.slope_array import CONSTANT_ULPS, long
from numerics.variants.traced import Trace, Traced, TracingLost
from verify.properties._base import Inputs

UNIT = 2.0**-53
"""Unit roundoff in which the inner product with the direction is summed."""


def directional(lab: Any, inputs: Inputs, along: list[Any], weight: Any, found: list[Any]) -> tuple[Any, Any]:
    """Return (derivative, bound), (B,) each.

    Raises:
        TracingLost: an operation has no rule, or the function may have a kink there.
    """
    exact, radius = slope(lab, inputs, along, weight)
    errors = gradient_error(lab, inputs, weight, found)
    room = np.zeros(exact.shape)
    for part, u, error in zip(found, along, errors, strict=True):
        terms = part[0].size + len(found) + 2
        count = part.shape[0]
        with np.errstate(all="ignore"):
            reach = np.where(u == 0, 0.0, np.abs(u) * error).reshape(count, -1).sum(1)
            room = room + reach + gamma(terms, UNIT) * np.abs(part * u).reshape(count, -1).sum(1)
    return exact, (room + radius) * (1 + 2.0**-30)


def gradient_error(lab: Any, inputs: Inputs, weight: Any, found: list[Any]) -> list[Any]:
    """Return bounds on |found - exact value of the backward formula|, one array per gradient."""
    trace = Trace(lab.form, np.longdouble if lab.name == "float64" else np.float64)
    given = lab.arguments(inputs)
    g = weight if lab.batched else weight[0]
    run = {"torch": _torch, "jax": _jax, "numpy": _numpy}[lab.target.framework]
    parts = guarded(run, lab, trace, given, np.asarray(g, dtype=np.float64))
    if trace.uncertain:
        raise TracingLost("the backward pass branches on a comparison that rounding could turn")
    out = []
    for part, plain in zip(parts, found, strict=True):
        made = part if isinstance(part, Traced) else trace.array(np.asarray(part))
        value, error = (made.value, made.error) if lab.batched else (made.value[None], made.error[None])
        with np.errstate(all="ignore"):
            apart = np.abs(value.astype(np.float64) - plain)
        out.append(np.where(np.isnan(apart), np.inf, error + apart))
    return out


@dataclass
class _Charging(Trace):
    """A trace in which constants of the program carry the rounding that may have made them."""

    def array(self, value: Any, wide: Any = None, error: Any = None) -> Traced:
        held = np.asarray(value)
        if error is None and held.dtype.kind == "f":
            with np.errstate(all="ignore"):
                error = np.where(long(held), np.abs(held.astype(np.float64)) * CONSTANT_ULPS * UNIT, 0.0)
        return super().array(value, wide, error)


def _numpy(lab: Any, trace: Trace, given: list[Any], g: Any) -> Any:
    charging = _Charging(trace.form, trace.wide)
    *arrays, mask = given
    exact = [charging.array(a, error=np.zeros(a.shape)) for a in (*arrays, g)]
    with tracing_names(charging, lab.target.module):
        parts = lab.target.vjp(*exact[:-1], mask, exact[-1])
    trace.uncertain = charging.uncertain
    return parts


def _jax(lab: Any, trace: Any, given: list[Any], g: Any) -> Any:
    from numerics.variants.follow_jax import JaxReading
    from numerics.variants.jax_target import backward_program, narrowed

    closed = backward_program(lab.target.function, lab.name, given, g)
    held = [narrowed(a, lab.name) for a in given]
    arguments = [a for a in starting(trace, held, None) if a is not None]
    return JaxReading(trace).run(closed, [*arguments, trace.array(g)])


def _torch(lab: Any, trace: Any, given: list[Any], g: Any) -> Any:
    import torch  # type: ignore[import-not-found, unused-ignore]

    from numerics.variants.follow_torch import TorchReading
    from numerics.variants.lab import invoke, split
    from numerics.variants.torch_target import array, at_format

    held: list[Any] = [None if a is None else array(a, lab.name) for a in given]
    reading = TorchReading(trace)
    for tensor, a in zip(held, starting(trace, given, None), strict=True):
        if a is not None and tensor.is_floating_point():
            reading.attach(tensor, a)
            tensor.requires_grad_()
    inputs = [a for a in held if a is not None and a.is_floating_point()]
    with torch.enable_grad(), reading:
        output, _ = split(invoke(at_format(lab.target.function, lab.name), held))
        whole = (output * array(g, lab.name)).sum()
        parts = torch.autograd.grad(whole, inputs, allow_unused=True)
        shadows = [
            np.zeros(tuple(a.shape)) if part is None else reading.shadow(part.detach())
            for part, a in zip(parts, inputs, strict=True)
        ]
    if any(s is None for s in shadows):
        raise TracingLost("a gradient without a shadow")
    return shadows
