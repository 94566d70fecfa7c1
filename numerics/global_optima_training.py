"""Trains the models that have a convex reformulation from many random starts; end points as dyadic numbers.

The gradients are written out, minimisation is L-BFGS to a gradient norm of about 1e-10. Nothing here is trusted: end
points are evaluated exactly by :mod:`verify.recheck.optimum`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from verify.recheck.optimum import Instance, Point

Blocks = dict[str, np.ndarray]
Gradient = Callable[["Problem", Blocks], tuple[float, Blocks]]

UNIT = 2**44


@dataclass(frozen=True)
class Problem:
    """Data in floating point: inputs and targets as in the instance."""

    model: str
    inputs: list[np.ndarray]
    targets: list[np.ndarray]
    penalty: float


@dataclass(frozen=True)
class End:
    """An end point of training."""

    point: Point
    loss: float
    gradient_norm: float


def train(
    instance: Instance, units: int, starts: int, seed: int, *, progress: Callable[[float], None] = lambda done: None
) -> list[End]:
    """Return the end points of training from random starts, best first.

    Args:
        units: hidden units or heads (not used by the masks).
        progress: called after each start with the share done; may raise to stop.
    """
    from scipy.optimize import minimize

    problem = _problem(instance)
    shapes = _shapes(problem, units)
    rng = np.random.default_rng(seed)
    ends = []
    for start in range(starts):
        first = rng.standard_normal(sum(int(np.prod(shape)) for shape in shapes.values()))
        result = minimize(
            lambda flat: _flat(problem, shapes, flat), first, jac=True, method="L-BFGS-B",
            options={"maxiter": 20_000, "maxfun": 40_000, "ftol": 1e-30, "gtol": 1e-11, "maxcor": 30},
        )  # fmt: skip
        best = result.x if instance.model != "relu" else _shaken(problem, shapes, result.x, rng)
        loss, slope = _flat(problem, shapes, best)
        ends.append(End(_exact(_parts(shapes, best)), loss, float(np.linalg.norm(slope))))
        progress((start + 1) / starts)
    return sorted(ends, key=lambda end: end.loss)


SHAKES = (1e-1, 1e-2, 1e-2, 1e-3, 1e-3, 1e-4, 1e-5)
"""Sizes of the perturbations from which a kinked loss is minimised again."""


def _shaken(
    problem: Problem, shapes: Mapping[str, tuple[int, ...]], flat: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Minimise again from perturbations: smooth steps stop at kinks that are no minima."""
    from scipy.optimize import minimize

    value, _ = _flat(problem, shapes, flat)
    for size in SHAKES:
        for _ in range(2):
            moved = minimize(
                lambda at: _flat(problem, shapes, at), flat + size * rng.standard_normal(len(flat)), jac=True,
                method="L-BFGS-B", options={"maxiter": 5000, "ftol": 1e-30, "gtol": 1e-11, "maxcor": 30},
            )  # fmt: skip
            if moved.fun < value:
                flat, value = moved.x, float(moved.fun)
    return flat


def _problem(instance: Instance) -> Problem:
    inputs = [np.array([[float(v) for v in row] for row in m]) for m in instance.inputs]
    targets = [np.array([[float(v) for v in row] for row in m]) for m in instance.targets]
    return Problem(instance.model, inputs, targets, float(instance.penalty))


def _shapes(problem: Problem, units: int) -> dict[str, tuple[int, ...]]:
    p, m = problem.inputs[0].shape[1], problem.targets[0].shape[1]
    return {
        "mask": {"a": (1, 1, p), "w": (1, 1, p)},
        "matrix-mask": {"a": (1, 1, p), "W": (1, m, p)},
        "linear-attention": {"A": (units, p, p), "B": (units, p, m)},
        "quadratic": {"W": (1, units, p)},
        "relu": {"U": (1, units, p), "b": (1, 1, units)},
    }[problem.model]  # type: ignore[return-value]


def _parts(shapes: Mapping[str, tuple[int, ...]], flat: np.ndarray) -> Blocks:
    out, place = {}, 0
    for name, shape in shapes.items():
        size = int(np.prod(shape))
        out[name] = flat[place : place + size].reshape(shape)
        place += size
    return out


def _flat(problem: Problem, shapes: Mapping[str, tuple[int, ...]], flat: np.ndarray) -> tuple[float, np.ndarray]:
    blocks = _parts(shapes, flat)
    loss, slopes = GRADIENTS[problem.model](problem, blocks)
    loss += problem.penalty / 2 * float(flat @ flat)
    return loss, np.concatenate([slopes[name].ravel() for name in shapes]) + problem.penalty * flat


def _exact(blocks: Blocks) -> dict[str, Any]:
    return {
        name: [[[Fraction(round(v * UNIT), UNIT) for v in row] for row in matrix] for matrix in block.tolist()]
        for name, block in blocks.items()
    }


def _mask(problem: Problem, blocks: Blocks) -> tuple[float, Blocks]:
    x, y = problem.inputs[0], problem.targets[0][:, 0]
    a, w = blocks["a"][0, 0], blocks["w"][0, 0]
    residual = x @ (a * w) - y
    slope = x.T @ residual
    return float(residual @ residual) / 2, {"a": slope * w, "w": slope * a}


def _matrix_mask(problem: Problem, blocks: Blocks) -> tuple[float, Blocks]:
    x, y = problem.inputs[0], problem.targets[0]
    a, weights = blocks["a"][0, 0], blocks["W"][0]
    residual = (x * a) @ weights.T - y
    slope = residual.T @ x
    return float((residual**2).sum()) / 2, {"a": (slope * weights).sum(axis=0), "W": slope * a}


def _linear_attention(problem: Problem, blocks: Blocks) -> tuple[float, Blocks]:
    first, second = blocks["A"], blocks["B"]
    loss, slopes = 0.0, {"A": np.zeros_like(first), "B": np.zeros_like(second)}
    for x, y in zip(problem.inputs, problem.targets, strict=True):
        gram = x.T @ x
        residual = sum(x @ a @ gram @ b for a, b in zip(first, second, strict=True)) - y
        loss += float((residual**2).sum()) / 2
        cross = x.T @ residual
        for h, (a, b) in enumerate(zip(first, second, strict=True)):
            slopes["A"][h] += cross @ b.T @ gram
            slopes["B"][h] += gram @ a.T @ cross
    return loss, slopes


def _quadratic(problem: Problem, blocks: Blocks) -> tuple[float, Blocks]:
    x, y = problem.inputs[0], problem.targets[0][:, 0]
    images = x @ blocks["W"][0].T
    residual = (images**2).sum(axis=1) - y
    return float(residual @ residual) / 2, {"W": 2 * (images * residual[:, None]).T @ x}


def _relu(problem: Problem, blocks: Blocks) -> tuple[float, Blocks]:
    x, y = problem.inputs[0], problem.targets[0][:, 0]
    units, output = blocks["U"][0], blocks["b"][0, 0]
    before = x @ units.T
    hidden = np.maximum(before, 0)
    residual = hidden @ output - y
    back = np.outer(residual, output) * (before > 0)
    return float(residual @ residual) / 2, {"U": back.T @ x, "b": hidden.T @ residual}


GRADIENTS: dict[str, Gradient] = {
    "mask": _mask, "matrix-mask": _matrix_mask, "linear-attention": _linear_attention, "quadratic": _quadratic,
    "relu": _relu,
}  # fmt: skip
