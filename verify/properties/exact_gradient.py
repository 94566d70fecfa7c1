"""Gradients equal exact ones (P25).

Problem: a detached path, a wrong Jacobian of softmax or sparsemax, a normaliser treated as constant. The derivative
of phi(t) = sum g f(x + t u) at 0 is compared with the gradient's inner product with u. The derivative is enclosed by
balls along the operations of the forward pass, and the gradient's own rounding is bounded along the operations of the
backward pass. For NumPy functions this is done where a quicker scheme sees a violation, and for others where
operations can not be followed that scheme alone remains, which finds and does not decide: phi is evaluated in the
function's own high-precision shadow where there is one, and differentiated by Romberg's scheme from steps 2**-4 to
2**-7, whose last two diagonal entries differ by more than the error of the last one for smooth phi. One-sided slopes
at 2**-16 that differ, as on a kink, widen the bound by their difference. Rounding enters with 4 e/h.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.properties._base import Inputs, Judgement, Property

STEPS = (2.0**-4, 2.0**-5, 2.0**-6, 2.0**-7)
"""Steps of the scheme; exact on dyadic inputs."""

CLOSE = 2.0**-16
"""Step of the one-sided slopes."""


def check(lab: Any, inputs: Inputs) -> Judgement | None:
    """Compare the directional derivative with the gradient, in float64."""
    if lab.name != "float64":
        return None
    inputs = _generic(inputs)
    first = lab.run(inputs)
    if first.failed or first.output.shape[:-1] != inputs.sees.shape:
        return None
    rng = inputs.rng()
    weight = np.broadcast_to(rng.integers(1, 5, first.output.shape[1:]) / 2, first.output.shape)
    weight = np.where(inputs.sees[..., None], weight, 0.0)
    found = lab.gradient(inputs, weight)
    if found is None:
        return None
    along = [np.broadcast_to(rng.integers(-2, 3, part.shape[1:]) / 2, part.shape) for part in found]
    slope = sum((part * u).reshape(part.shape[0], -1).sum(1) for part, u in zip(found, along, strict=True))
    exact, bound = _derivative_for(lab, inputs, along, weight, found, slope)
    with np.errstate(all="ignore"):
        defect = np.abs(slope - exact)
    bound = np.where(np.isfinite(bound) & np.isfinite(exact), bound, np.inf)
    text = "inner product of the gradient with a direction, against the derivative along it"
    return Judgement(defect, bound, (inputs,), "gradient_defect(f, inputs[0], masks[0]) <= bound", text)


def _derivative_for(
    lab: Any, inputs: Inputs, along: list[Any], weight: Any, found: list[Any], slope: Any
) -> tuple[Any, Any]:
    """Return (derivative, bound): enclosed; for NumPy functions only where the quick scheme sees a violation."""
    quick = _scheme(lab, inputs, along, weight, found) if lab.target.framework == "numpy" else None
    if quick is not None and not np.any(np.abs(slope - quick[0]) > quick[1]):
        return quick
    enclosed = lab.directional(inputs, along, weight, found)
    if enclosed is not None:
        return enclosed
    return quick or _scheme(lab, inputs, along, weight, found)


def _scheme(lab: Any, inputs: Inputs, along: list[Any], weight: Any, found: list[Any]) -> tuple[Any, Any]:
    """Return the derivative by Romberg's scheme, and a bound that allows for the rounding of the gradient."""
    exact, bound = _derivative(lab, inputs, along, weight)
    size = sum(np.abs(part * u).reshape(part.shape[0], -1).sum(1) for part, u in zip(found, along, strict=True))
    return exact, bound + 64 * inputs.k.shape[-2] * 2.0**-53 * size + 64 * 2.0**-53


def _generic(inputs: Inputs) -> Inputs:
    """Move entries by small odd multiples of 2**-12, off ties and kinks."""
    rng = np.random.default_rng(inputs.seed)

    def off(a: Any) -> Any:
        return a + (2 * rng.integers(-200, 200, a.shape[1:]) + 1) * 2.0**-12

    return (
        inputs.changed(x=off(inputs.q))
        if inputs.layer
        else inputs.changed(q=off(inputs.q), k=off(inputs.k), v=off(inputs.v))
    )


def _derivative(lab: Any, inputs: Inputs, along: list[Any], weight: Any) -> tuple[Any, Any]:
    """Return (derivative, bound on its error) per sample."""

    def phi(t: float) -> tuple[Any, Any]:
        run = lab.run(_moved(inputs, along, t))
        value = run.output if run.wide is None else run.wide
        error = run.error if run.wide is None else run.error * 2.0**-10
        total = (value.astype(np.longdouble) * weight).reshape(weight.shape[0], -1).sum(1)
        return total, (error * np.abs(weight)).reshape(weight.shape[0], -1).sum(1)

    pairs = {h: (phi(h), phi(-h)) for h in (*STEPS, CLOSE)}
    noise = np.maximum.reduce([np.maximum(a[1], b[1]) for a, b in pairs.values()])
    row = [[(pairs[h][0][0] - pairs[h][1][0]) / (2 * h)] for h in STEPS]
    for i in range(1, len(STEPS)):
        for j in range(1, i + 1):
            row[i].append(row[i][j - 1] + (row[i][j - 1] - row[i - 1][j - 1]) / (4**j - 1))
    centre = phi(0.0)[0]
    kink = np.abs(pairs[CLOSE][0][0] + pairs[CLOSE][1][0] - 2 * centre) / CLOSE
    close = (pairs[CLOSE][0][0] - pairs[CLOSE][1][0]) / (2 * CLOSE)
    crossed = np.abs(row[-1][-1] - close)  # a kink between the steps
    bound = np.abs(row[-1][-1] - row[-2][-1]) + kink + crossed + 4 * noise / CLOSE
    return row[-1][-1].astype(np.float64), bound.astype(np.float64)


def _moved(inputs: Inputs, along: list[Any], t: float) -> Inputs:
    if inputs.layer:
        return inputs.changed(x=inputs.q + t * along[0])
    return inputs.changed(q=inputs.q + t * along[0], k=inputs.k + t * along[1], v=inputs.v + t * along[2])


PROPERTY = Property(
    name="exact-gradient",
    ids=("P25",),
    statement="the reverse-mode gradient of sum g f equals its derivative",
    holders="every function that its framework differentiates, off kinks",
    check=check,
    default=True,
    needs="gradient",
    tolerance="ball of the derivative and running-error bound of the gradient; where operations are not followed the "
    "difference of the last two Romberg diagonals, one-sided slopes, 4 e/h, which does not decide",
)
