"""Exact confidence limits: when does a fixed number of independent samples contradict a bound?

Every limit is two-sided at level ``confidence``: half of it for each side. Balls decide, so a contradiction is one.

Probabilities: Clopper and Pearson 1934 (exact binomial tails). Means of values in [0, 1]: the better of Hoeffding's
relative entropy bound (1963, theorem 1) and the empirical Bernstein bound (Maurer and Pontil 2009, theorem 4), each
with half of a side's level.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, fmpq

from verify.expr.ball import as_ball, precision, rational

BITS = 128
"""Precision of tail sums."""

STEPS = 24
"""Bisections for a printed limit: it is a multiple of 2^-24."""

NEGLIGIBLE = 2**-80
"""A remainder of a tail below this part of it is bounded instead of summed."""


def tail_at_most(samples: int, hits: int, chance: Fraction, level: Fraction) -> bool:
    """Return whether P(Binomial(samples, chance) >= hits) is surely at most ``level`` (below 1/4).

    False also where it could not be shown.
    """
    if hits > samples:
        return True
    if hits <= 0 or chance >= 1 or hits <= samples * chance:
        return False
    if chance <= 0:
        return True
    with precision(BITS):
        return bool(_tail(samples, hits, rational(chance)) <= as_ball(rational(level)))


def _tail(n: int, hits: int, p: fmpq) -> arb:
    """Return P(Binomial(n, p) >= hits) for hits > n*p: the terms fall at least geometrically."""
    odds = as_ball(p / (1 - p))
    term = arb.bin_uiui(n, hits) * as_ball(p) ** hits * as_ball(1 - p) ** (n - hits)
    whole = term
    for i in range(hits, n):
        ratio = odds * (n - i) / (i + 1)
        term = term * ratio
        whole = whole + term
        if ratio < 1 and term < whole * NEGLIGIBLE:
            rest = term * ratio / (1 - ratio)
            return whole + arb(0).union(rest)
    return whole


SIZES = 21
"""Number of sample sizes that exist: the powers of two up to 2**20."""


def share(confidence: Fraction, seed: int, samples: int) -> Fraction:
    """Return the part of an error probability that one seed and one sample size may use up.

    The parts of all seeds (0, 1, 2, ...) and all sizes add up to ``confidence``. So trying seeds or sizes until one
    refutes gains nothing: a later seed has to show more.

    Raises:
        ValueError: a number of samples that is not a power of two.
    """
    if samples < 1 or samples & (samples - 1) or samples.bit_length() > SIZES:
        raise ValueError(f"{samples} samples are not a power of two up to 2**{SIZES - 1}")
    return confidence / ((seed + 1) * (seed + 2) * SIZES)


def probability_contradicts(
    relation: str, threshold: Fraction, samples: int, hits: int, misses: int, confidence: Fraction
) -> bool:
    """Return whether a sample contradicts ``probability relation threshold`` at the level ``confidence``.

    ``hits`` and ``misses`` are certain; the rest of the samples may be either.
    """
    if relation in (">=", ">"):
        relation, threshold, hits = {">=": "<=", ">": "<"}[relation], 1 - threshold, misses
    if threshold < 0 or (relation == "<" and threshold == 0):
        return True
    return tail_at_most(samples, hits, threshold, confidence / 2)


def probability_interval(samples: int, hits: int, misses: int, confidence: Fraction) -> tuple[Fraction, Fraction]:
    """Return an interval that holds the probability with at least the stated confidence."""
    low = _largest(lambda p: tail_at_most(samples, hits, p, confidence / 2))
    high = 1 - _largest(lambda p: tail_at_most(samples, misses, p, confidence / 2))
    return low, high


def _largest(excluded: Callable[[Fraction], bool]) -> Fraction:
    """Return the largest multiple of 2^-STEPS in [0, 1) that is excluded together with all smaller ones, or 0."""
    low, high = 0, 1 << STEPS
    while high - low > 1:
        middle = (low + high) // 2
        if excluded(Fraction(middle, 1 << STEPS)):
            low = middle
        else:
            high = middle
    return Fraction(low, 1 << STEPS)


@dataclass(frozen=True)
class Averages:
    """What is known of the averages of samples in [0, 1]: the mean's bounds, and the squares' mean from above."""

    samples: int
    low: Fraction
    high: Fraction
    square: Fraction

    @property
    def mirrored(self) -> Averages:
        """The same for one minus each value."""
        return Averages(self.samples, 1 - self.high, 1 - self.low, 1 - 2 * self.low + self.square)


def mean_exceeds(sample: Averages, threshold: Fraction, level: Fraction) -> bool:
    """Return whether samples show, at ``level``, that their expectation exceeds ``threshold`` in [0, 1]."""
    if threshold < 0:
        return True
    if sample.low <= threshold or sample.samples < 2:
        return False
    with precision(BITS):
        return _entropy_shows(sample, threshold, level / 2) or _bernstein_shows(sample, threshold, level / 2)


def _entropy_shows(sample: Averages, threshold: Fraction, level: Fraction) -> bool:
    """n times the relative entropy of the mean against the threshold is at least log(1/level)."""
    mean, bound = as_ball(rational(sample.low)), as_ball(rational(threshold))
    if threshold == 0:
        return True
    entropy = mean * (mean / bound).log()
    if sample.low < 1:
        entropy += (1 - mean) * ((1 - mean) / (1 - bound)).log()
    return bool(sample.samples * entropy >= -as_ball(rational(level)).log())


def _bernstein_shows(sample: Averages, threshold: Fraction, level: Fraction) -> bool:
    """The mean less sqrt(2 V log(2/level)/n) + 7 log(2/level)/(3 (n-1)) exceeds the threshold (V: sample variance)."""
    n = sample.samples
    spread = max(sample.square - sample.low**2, Fraction(0)) * Fraction(n, n - 1)
    logarithm = as_ball(rational(2 / level)).log()
    width = (2 * as_ball(rational(spread)) * logarithm / n).sqrt() + 7 * logarithm / (3 * (n - 1))
    return bool(as_ball(rational(sample.low)) - width > as_ball(rational(threshold)))


def mean_contradicts(
    relation: str, threshold: Fraction, bounds: tuple[Fraction, Fraction], sample: Averages, confidence: Fraction
) -> bool:
    """Return whether samples of values within ``bounds``, scaled to [0, 1], contradict ``mean relation threshold``."""
    low, high = bounds
    if relation in (">=", ">"):
        flipped = {">=": "<=", ">": "<"}[relation]
        return mean_contradicts(flipped, -threshold, (-high, -low), sample.mirrored, confidence)
    if threshold < low or (relation == "<" and threshold == low):
        return True
    if threshold >= high:
        return False
    return mean_exceeds(sample, (threshold - low) / (high - low), confidence / 2)


def mean_interval(
    bounds: tuple[Fraction, Fraction], sample: Averages, confidence: Fraction
) -> tuple[Fraction, Fraction]:
    """Return an interval that holds the expectation with at least the stated confidence."""
    low, high = bounds
    least = _largest(lambda p: mean_exceeds(sample, p, confidence / 2))
    most = 1 - _largest(lambda p: mean_exceeds(sample.mirrored, p, confidence / 2))
    return low + (high - low) * least, low + (high - low) * most
