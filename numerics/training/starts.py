"""Thousands of starts trained at once to a gradient norm of 1e-10, and sorted by curvature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numerics.budget import Budget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numerics.multistart import Arrived, Kind, Objective
    from verify.claim import Claim

    Array = NDArray[np.float64]

SPREADS = (0.1, 0.5, 1.0, 3.0)
"""Standard deviations of the normal starts, one quarter of them each."""

BATCH = 256
"""Starts between two looks at the clock."""

APART = 1e-6
"""Relative difference by which a loss is worse than the least one found."""


@dataclass(frozen=True)
class Trained:
    """What became of all starts.

    Attributes:
        kinds: stationary points, copies under symmetries merged, least loss first.
        started, converged: numbers of starts, and of those that reached the gradient norm.
        losses: loss of each start that converged to a minimum (no negative curvature), sorted.
        steepest: largest gradient norm among the converged.
        interrupted: Ctrl-C came before all starts were trained.
    """

    kinds: tuple[Kind, ...]
    started: int
    converged: int
    losses: Array
    steepest: float
    interrupted: bool = False

    @property
    def minima(self) -> tuple[Kind, ...]:
        """Kinds without negative curvature."""
        return tuple(kind for kind in self.kinds if kind.index == 0)

    @property
    def best(self) -> Kind | None:
        """The minimum with the least loss, None if none was found."""
        return min(self.minima, key=lambda kind: kind.value, default=None)

    @property
    def bad(self) -> tuple[Kind, ...]:
        """Minima with a larger loss than the best, worst first."""
        if self.best is None:
            return ()
        margin = APART * max(1.0, abs(self.best.value))
        worse = [kind for kind in self.minima if kind.value > self.best.value + margin]
        return tuple(sorted(worse, key=lambda kind: -kind.value))

    @property
    def indices(self) -> dict[int, int]:
        """Number of starts that ended at each number of negative curvatures."""
        found: dict[int, int] = {}
        for kind in self.kinds:
            found[kind.index] = found.get(kind.index, 0) + kind.count
        return dict(sorted(found.items()))


def train(
    claim: Claim, starts: int, *, seed: int, budget: Budget, tick: Callable[[int], None] = lambda done: None
) -> Trained:
    """Train from many starts at once, zero and zero blocks among them; what is reached in time counts.

    Args:
        tick: called with the number of starts that have ended. KeyboardInterrupt ends the training; what has ended
            counts.
    """
    from numerics.multistart import gathered, kinds, objective_of, stationary_points

    assert claim.objective is not None
    objective = objective_of(claim.objective, claim.symbols)
    points = starting_points(claim, starts, seed)
    parts: list[Arrived] = []
    interrupted = False
    for first in range(0, len(points), BATCH):
        if parts and budget.left <= 0:
            break
        batch = points[first : first + BATCH]
        try:
            parts += list(stationary_points(objective, batch, going=(lambda: budget.left > 0) if parts else _always))
            tick(sum(map(len, parts)))
        except KeyboardInterrupt:
            if not parts:
                raise
            interrupted = True
            break
    everything = gathered(parts)
    return _summed(objective, everything, kinds(objective, everything), interrupted)


def _always() -> bool:
    return True


def _summed(objective: Objective, ended: Any, found: list[Kind], interrupted: bool) -> Trained:
    good = ended.converged
    losses = np.sort(ended.value[good & (ended.index == 0)])
    steepest = float(ended.slope[good].max(initial=0.0))
    return Trained(tuple(found), len(ended), int(good.sum()), losses, steepest, interrupted)


def starting_points(claim: Claim, count: int, seed: int) -> Array:
    """Return starts (count, p): the origin, then normal ones at four scales, a fifth of them with blocks set to 0."""
    rng = np.random.default_rng(seed)
    sizes = [symbol.size for symbol in claim.symbols]
    points = rng.standard_normal((count, sum(sizes))) * rng.choice(SPREADS, size=(count, 1))
    kept = np.repeat(rng.random((count, len(sizes))) < 0.5, sizes, axis=1)
    points = np.where(rng.random((count, 1)) < 0.2, points * kept, points)
    points[0] = 0.0
    return points
