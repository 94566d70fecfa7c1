"""Least numbers of samples by the bounds of :mod:`verify.recheck.sample_size`, found by bisection in balls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import log, sqrt

from verify.errors import Rejected
from verify.recheck import sample_size

MIDDLES = 24
"""Candidates for the middle error of the equivariant family."""

MOST = 10**8
"""Largest number of samples that is looked at."""


@dataclass(frozen=True)
class Gaussian:
    """A Gaussian design with a sparse teacher.

    Attributes:
        p, k: inputs, and nonzero entries of the teacher.
        level, size: noise level, and |u*|^2.
        epsilon, delta: error to reach, and failure probability.
    """

    p: int
    k: int
    level: Fraction
    size: Fraction
    epsilon: Fraction
    delta: Fraction

    def attention_error(self, n: int) -> tuple[float, Fraction] | None:
        """Return the bound of the error at n samples and the tau that gives it, None where there is none."""
        best = None
        centre = sqrt(2 * log(max(self.p / self.k, 1.01)))
        for share in (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1):
            tau = Fraction(round(centre * share * 64), 64)
            try:
                bound = sample_size.attention_error(n, self.p, self.k, self.level, self.delta, tau)
            except Rejected:
                continue
            if best is None or float(bound) < best[0]:
                best = float(bound), tau
        return best

    def samples_attention(self) -> tuple[int, Fraction] | None:
        """Return a number of samples with which the bound is at most epsilon, and its tau; None where there is none."""

        def reaches(n: int) -> bool:
            found = self.attention_error(n)
            return found is not None and found[0] <= float(self.epsilon) * (1 - 1e-12)

        n = _least(reaches, MOST)
        found = None if n is None else self.attention_error(n)
        return None if n is None or found is None else (n, found[1])

    def samples_baseline(self, family: str) -> tuple[int, Fraction] | None:
        """Return a number of samples with which the family misses epsilon, and the middle error; None where none."""
        if self.epsilon >= self.size:
            return None

        def misses(n: int) -> bool:
            return self._middle(n, family) is not None

        last = self.p - (1 if family == "row-space" else 2)
        if last < 1 or not misses(1):
            return None
        n = last if misses(last) else (_least(lambda m: not misses(m), last) or 2) - 1
        middle = self._middle(n, family)
        return None if middle is None else (n, middle)

    def _middle(self, n: int, family: str) -> Fraction | None:
        """Return a middle error for which the probability is at most delta; 0 for the family of the row space."""
        ratio = float(self.size / self.epsilon)
        steps = [Fraction(0)] if family == "row-space" else [
            self.epsilon * Fraction(ratio ** (i / (MIDDLES + 1))).limit_denominator(10**6)
            for i in range(1, MIDDLES + 1)
        ]  # fmt: skip
        for middle in steps:
            try:
                probability = sample_size.baseline_probability(n, self.p, self.size, self.epsilon, family, middle)
            except Rejected:
                continue
            if float(probability) <= float(self.delta) * (1 - 1e-12):
                return middle
        return None


def _least(holds: Callable[[int], bool], most: int) -> int | None:
    """Return a number at which a condition holds and before which it does not, by doubling and bisection."""
    low, high = 0, 1
    while not holds(high):
        if high >= most:
            return None
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
