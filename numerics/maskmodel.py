"""Training of the mask model from many starts at once.

    F(a, w) = g(a * w) + (lambda / 2) (|a|^2 + |w|^2),    g(u) = u^T G u / 2 - c^T u + s / 2

Gradient descent with a step that each start chooses for itself, then Newton steps shifted to be positive definite until
the gradient is at rounding level. One batch holds all starts, and all penalties of a path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

POINT_BITS = 46
"""Trained points are rounded to multiples of 2^-46 before anything is certified about them."""

DESCENT_STEPS = 400
NEWTON_STEPS = 200
GRADIENT_TARGET = 1e-11

Tick = Callable[[float], None]
"""Called with the fraction done; may raise to stop."""


@dataclass(frozen=True)
class Trained:
    """End points of training, one row per start.

    Attributes:
        mask, weight: (starts, p).
        value, gradient: F and the Euclidean norm of its gradient, (starts,).
        steps: descent and Newton steps taken.
    """

    mask: np.ndarray
    weight: np.ndarray
    value: np.ndarray
    gradient: np.ndarray
    steps: int

    @property
    def product(self) -> np.ndarray:
        """a * w, (starts, p)."""
        return self.mask * self.weight


@dataclass(frozen=True)
class MaskModel:
    """The objective F for a batch of penalties.

    Attributes:
        gram: G, (p, p). correlation: c, (p,). energy: s. penalty: lambda of each start, (starts, 1).
    """

    gram: np.ndarray
    correlation: np.ndarray
    energy: float
    penalty: np.ndarray

    def value(self, mask: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return F at each row, (starts,)."""
        product = mask * weight
        smooth = ((product @ self.gram) * product / 2 - self.correlation * product).sum(axis=1) + self.energy / 2
        return smooth + self.penalty[:, 0] / 2 * (mask**2 + weight**2).sum(axis=1)

    def slope(self, mask: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return the gradient of g at a * w, (starts, p)."""
        return (mask * weight) @ self.gram - self.correlation

    def gradient(self, mask: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return the gradient of F in (a, w), (starts, 2 p)."""
        import numpy as np

        slope = self.slope(mask, weight)
        return np.concatenate([slope * weight + self.penalty * mask, slope * mask + self.penalty * weight], axis=1)

    def hessian(self, mask: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return the Hessian of F in (a, w), (starts, 2 p, 2 p)."""
        import numpy as np

        p = mask.shape[1]
        factor = np.concatenate([weight, mask], axis=1)
        out = factor[:, :, None] * np.tile(self.gram, (2, 2)) * factor[:, None, :]
        slope, place = self.slope(mask, weight), np.arange(p)
        out[:, place, place + p] += slope
        out[:, place + p, place] += slope
        both = np.arange(2 * p)
        out[:, both, both] += self.penalty
        return out

    def rows(self, chosen: np.ndarray) -> MaskModel:
        """Return the objective for some of the starts."""
        return MaskModel(self.gram, self.correlation, self.energy, self.penalty[chosen])


def starting_points(starts: int, size: int, *, seed: int, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return masks and weights, (starts, size) each, normal with standard deviations from spread/100 to spread."""
    import numpy as np

    rng = np.random.default_rng([seed, 1])
    sizes = spread * np.geomspace(0.01, 1.0, starts)[:, None]
    return sizes * rng.standard_normal((starts, size)), sizes * rng.standard_normal((starts, size))


def train(model: MaskModel, mask: np.ndarray, weight: np.ndarray, *, tick: Tick = lambda done: None) -> Trained:
    """Train from each row of (mask, weight) and return the end points.

    Args:
        mask, weight: (starts, p), one start per row of ``model.penalty``.
        tick: progress.
    """
    import numpy as np

    mask, weight = _descend(model, mask, weight, lambda done: tick(done / 2))
    mask, weight, steps = _polish(model, mask, weight, lambda done: tick((1 + done) / 2))
    size = np.linalg.norm(model.gradient(mask, weight), axis=1)
    return Trained(mask, weight, model.value(mask, weight), size, DESCENT_STEPS + steps)


def _descend(model: MaskModel, mask: np.ndarray, weight: np.ndarray, tick: Tick) -> tuple[np.ndarray, np.ndarray]:
    """Gradient descent: each start doubles its step after a decrease and halves it otherwise."""
    import numpy as np

    p = mask.shape[1]
    point, step = np.concatenate([mask, weight], axis=1), np.full((len(mask), 1), 0.01)
    value = model.value(mask, weight)
    for k in range(DESCENT_STEPS):
        if k % 100 == 0:
            tick(k / DESCENT_STEPS)
        trial = point - step * model.gradient(point[:, :p], point[:, p:])
        fresh = model.value(trial[:, :p], trial[:, p:])
        better = fresh < value
        point, value = np.where(better[:, None], trial, point), np.where(better, fresh, value)
        step = np.where(better[:, None], 1.25 * step, 0.5 * step)
    return point[:, :p], point[:, p:]


def _polish(model: MaskModel, mask: np.ndarray, weight: np.ndarray, tick: Tick) -> tuple[np.ndarray, np.ndarray, int]:
    """Newton steps on H + shift I, positive definite, accepted where F does not increase beyond rounding.

    The Hessian is at least lambda - max |slope| (see theorem A), so that a shift above the excess suffices.
    """
    import numpy as np

    p = mask.shape[1]
    point, damping = np.concatenate([mask, weight], axis=1), np.full(len(mask), 1e-3)
    for k in range(NEWTON_STEPS):
        gradient = model.gradient(point[:, :p], point[:, p:])
        size = np.linalg.norm(gradient, axis=1)
        active = np.flatnonzero(size > GRADIENT_TARGET)
        tick(k / NEWTON_STEPS)
        if not len(active):
            return point[:, :p], point[:, p:], k
        some, here = model.rows(active), point[active]
        moved = here - _newton_step(some, here, gradient[active], damping[active])
        before, after = some.value(here[:, :p], here[:, p:]), some.value(moved[:, :p], moved[:, p:])
        better = after <= before + 1e-14 * np.abs(before)
        point[active] = np.where(better[:, None], moved, here)
        damping[active] = np.where(better, damping[active] / 4, np.maximum(damping[active] * 8, 1e-8))
    return point[:, :p], point[:, p:], NEWTON_STEPS


def _newton_step(model: MaskModel, point: np.ndarray, gradient: np.ndarray, damping: np.ndarray) -> np.ndarray:
    import numpy as np

    p = point.shape[1] // 2
    mask, weight = point[:, :p], point[:, p:]
    hessian = model.hessian(mask, weight)
    excess = np.maximum(np.abs(model.slope(mask, weight)).max(axis=1) - model.penalty[:, 0], 0.0)
    place = np.arange(2 * p)
    hessian[:, place, place] += (excess + damping)[:, None]
    solved: np.ndarray = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
    return solved


def rounded(values: np.ndarray) -> list[int]:
    """Return numbers as integers over 2^POINT_BITS."""
    return [round(Fraction(value) * 2**POINT_BITS) for value in values.tolist()]
