"""The learners that are compared, all under one protocol.

Of n samples a quarter is kept for validation: each learner is fitted on the rest with each of its eight penalties, the
one with the least validation error is chosen, and it is fitted again on all n samples. The fit of minimum norm has no
penalty to choose and uses all n samples at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numerics.lasso import lasso_path
from numerics.maskmodel import starting_points
from numerics.sample_complexity.networks import DECAYS, adam, self_attention, two_layer
from verify.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numerics.sample_complexity.experiments import Sample

    Array = NDArray[np.float64]

Fit = Callable[..., "NDArray[np.float64]"]
"""``(x, y, penalties, test, tokens, seed)`` to predictions (penalties, test samples)."""

SHARES = tuple(float(10.0**e) for e in (-3, -2.5, -2, -1.5, -1, -0.75, -0.5, -0.25))
"""Penalties of lasso and mask, as shares of the least one at which the fit is 0."""

RIDGES = tuple(float(10.0**e) for e in (-3, -2, -1.5, -1, -0.5, 0, 0.5, 1))
"""Penalties of ridge regression, as shares of the mean square of an input."""

START, MASK_STEPS = 0.5, 1500
"""Standard deviation of the start of the mask model, and its Adam steps (they are cheap)."""

VALIDATION = 4
"""One sample in so many is kept for validation."""


def _shares(x: Array, y: Array, shares: Array) -> Array:
    return np.maximum(shares * np.abs(x.T @ y / len(x)).max(), 1e-12)


def lasso(x: Array, y: Array, penalties: Array, test: Array, tokens: tuple[int, int], seed: int) -> Array:
    """Return the predictions of the lasso."""
    found = lasso_path(x.T @ x / len(x), x.T @ y / len(x), _shares(x, y, penalties), iterations=4000, tolerance=1e-9)
    return found @ test.T


def mask(x: Array, y: Array, penalties: Array, test: Array, tokens: tuple[int, int], seed: int) -> Array:
    """Train the mask with ridge: (a, w) from a random start, the objective not convex, by Adam like the networks."""
    gram, correlation, ridges = x.T @ x / len(x), x.T @ y / len(x), _shares(x, y, penalties)[:, None]
    starts = starting_points(1, x.shape[1], seed=seed, spread=START)

    def slopes(blocks: list[Array]) -> list[Array]:
        slope = (blocks[0] * blocks[1]) @ gram - correlation
        return [slope * blocks[1] + ridges * blocks[0], slope * blocks[0] + ridges * blocks[1]]

    end = adam([np.repeat(part, len(penalties), axis=0) for part in starts], slopes, steps=MASK_STEPS)
    predicted: Array = (end[0] * end[1]) @ test.T
    return predicted


def ridge(x: Array, y: Array, penalties: Array, test: Array, tokens: tuple[int, int], seed: int) -> Array:
    """Return the predictions of ridge regression."""
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    rotated = vectors.T @ (x.T @ y / len(x))
    found = (rotated / (np.maximum(values, 0) + penalties[:, None] * np.mean(x**2))) @ vectors.T
    predicted: Array = found @ test.T
    return predicted


def minimum_norm(x: Array, y: Array, penalties: Array, test: Array, tokens: tuple[int, int], seed: int) -> Array:
    """Return the predictions of the least squares fit of minimum norm."""
    predicted: Array = (np.linalg.pinv(x) @ y)[None, :] @ test.T
    return predicted


@dataclass(frozen=True)
class Learner:
    """A learner: whether it has attention, how it is fitted, and its penalties."""

    name: str
    attends: bool
    fit: Fit
    penalties: tuple[float, ...]


LEARNERS = {
    one.name: one
    for one in (
        Learner("mask", True, mask, SHARES),
        Learner("self-attention", True, self_attention, DECAYS),
        Learner("lasso", False, lasso, SHARES),
        Learner("ridge", False, ridge, RIDGES),
        Learner("minimum norm", False, minimum_norm, (0.0,)),
        Learner("two-layer net", False, two_layer, DECAYS),
    )
}
"""The learners by name."""


def learner(name: str) -> Learner:
    """Return a learner by its name.

    Raises:
        InvalidInput: there is none.
    """
    if name not in LEARNERS:
        raise InvalidInput(f"there is no learner '{name}'", fix=f"one of: {', '.join(LEARNERS)}")
    return LEARNERS[name]


@dataclass(frozen=True)
class Measured:
    """Error on the test samples (infinite where a fit diverged), share of wrong signs, and the chosen penalty."""

    error: float
    wrong: float
    penalty: float


def measure(one: Learner, sample: Sample, seed: int) -> Measured:
    """Fit a learner by the protocol and measure it."""
    x, y = sample.inputs, sample.targets
    chosen = one.penalties[0]
    if len(one.penalties) > 1:
        held = np.arange(len(x)) % VALIDATION == VALIDATION - 1
        tried = one.fit(x[~held], y[~held], np.array(one.penalties), x[held], sample.tokens, seed)
        loss = np.mean((tried - y[held]) ** 2, axis=1)
        chosen = one.penalties[int(np.argmin(np.where(np.isfinite(loss), loss, np.inf)))]
    predicted = one.fit(x, y, np.array([chosen]), sample.test_inputs, sample.tokens, seed)[0]
    target = sample.test_targets
    error = float(np.mean((predicted - target) ** 2))
    wrong = float(np.mean(~(predicted * target > 0)))
    return Measured(error if np.isfinite(error) else float("inf"), wrong, chosen)
