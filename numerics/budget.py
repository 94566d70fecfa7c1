"""A wall-clock budget that long computations ask now and then."""

from __future__ import annotations

import time
from dataclasses import dataclass


class OutOfTime(Exception):
    """The budget is used up."""


@dataclass(frozen=True)
class Budget:
    """A deadline on the monotonic clock, in seconds."""

    deadline: float

    @staticmethod
    def of(seconds: float) -> Budget:
        """Return a budget that ends ``seconds`` from now."""
        return Budget(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds left (negative when over)."""
        return self.deadline - time.monotonic()

    def check(self) -> None:
        """Raise :class:`OutOfTime` when nothing is left."""
        if self.left <= 0:
            raise OutOfTime

    def at_most(self, seconds: float) -> Budget:
        """Return a budget over at most this many seconds, never beyond this one."""
        return Budget(min(self.deadline, time.monotonic() + seconds))

    def part(self, share: float, least: float = 0.0) -> Budget:
        """Return a budget over a share of what is left, at least ``least`` seconds, never beyond this one."""
        return Budget(min(self.deadline, time.monotonic() + max(self.left * share, least)))
