"""Curves with bands, and what they support: everything distribution-free, from the errors of independent seeds.

The band of a median is the interval between two order statistics; by the binomial law it covers the median with at
least the stated probability, for any continuous law of the errors. That a learner has the smaller error *with
probability above 1/2 over draws of the data* is tested by signs on the same data, exactly, and validly at every number
of seeds, so that seeds may be added after looking (a mixture martingale; Ville 1939, Robbins 1970). Both directions at
all numbers of samples and for all baselines are tested together (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from statistics import median

from numerics.sample_complexity.ledger import Cell, Entry

COVERAGE = Fraction(95, 100)
"""Least probability with which a band covers the median, at each number of samples."""

LEVELS = (Fraction(1, 2), Fraction(1, 4), Fraction(1, 10))
"""Errors at which numbers of samples are read off, as shares of the error of predicting 0."""

BETTER, WORSE, MIXED, NEITHER = "fewer", "more", "fewer or more, by the number of samples", "no difference shown"


@dataclass(frozen=True)
class Point:
    """A learner at a number of samples: median error with its band (None: too few seeds), median share of errors."""

    samples: int
    seeds: int
    median: float
    low: float | None
    high: float | None
    wrong: float


@dataclass(frozen=True)
class Duel:
    """One learner against another at a number of samples, seed by seed on the same data."""

    samples: int
    wins: int
    losses: int
    significance: Fraction


@dataclass(frozen=True)
class Outcome:
    """What the duels of two learners support at a confidence, together with all others of the experiment."""

    first: str
    second: str
    duels: tuple[Duel, ...]
    better_at: tuple[int, ...]
    worse_at: tuple[int, ...]

    @property
    def word(self) -> str:
        """``fewer`` where the first has the smaller error somewhere and the larger nowhere, and so on."""
        if self.better_at and self.worse_at:
            return MIXED
        return BETTER if self.better_at else WORSE if self.worse_at else NEITHER


def band_ranks(seeds: int, coverage: Fraction = COVERAGE) -> int | None:
    """Return the largest r with P(r-th smallest <= median <= r-th largest) >= coverage, None where there is none."""
    outside, best = Fraction(0), None
    for rank in range(1, seeds // 2 + 1):
        outside += Fraction(comb(seeds, rank - 1), 2**seeds)
        if 1 - 2 * outside < coverage:
            break
        best = rank
    return best


def point(samples: int, errors: Sequence[float], wrong: Sequence[float]) -> Point:
    """Return median and band of the errors of all seeds."""
    ordered, rank = sorted(errors), band_ranks(len(errors))
    low, high = (None, None) if rank is None else (ordered[rank - 1], ordered[-rank])
    return Point(samples, len(errors), median(ordered), low, high, median(wrong))


def sign_test(wins: int, losses: int) -> Fraction:
    """Return a significance of "wins are more likely than not" that holds whenever one stops adding seeds.

    With chance q >= 1/2 of a win, drawn uniformly, against 1/2 the likelihood ratio is 2^(N+1) int_{1/2}^1 q^wins
    (1-q)^losses dq = sum_{j <= wins} C(N+1, j)/((N+1) C(N, wins)), N = wins + losses. While wins are not more likely
    than losses it is a nonnegative supermartingale that starts at 1: it ever exceeds 1/s with probability at most s.
    """
    total = wins + losses
    ratio = Fraction(sum(comb(total + 1, j) for j in range(wins + 1)), (total + 1) * comb(total, wins))
    return min(Fraction(1), 1 / ratio)


def curve(entries: Mapping[Cell, Entry], experiment: str, learner: str) -> tuple[Point, ...]:
    """Return the curve of a learner over all numbers of samples that were measured."""
    found: dict[int, list[Entry]] = {}
    for cell, entry in sorted(entries.items()):
        if (cell.experiment, cell.learner) == (experiment, learner):
            found.setdefault(cell.samples, []).append(entry)
    return tuple(
        point(samples, [e.error for e in rows], [e.wrong for e in rows]) for samples, rows in sorted(found.items())
    )


def duels(entries: Mapping[Cell, Entry], experiment: str, first: str, second: str) -> tuple[Duel, ...]:
    """Return the duels of two learners on the seeds that both were measured on; ties count for neither."""
    found: dict[int, list[int]] = {}
    for cell, entry in entries.items():
        if (cell.experiment, cell.learner) != (experiment, first):
            continue
        other = entries.get(Cell(experiment, second, cell.samples, cell.seed))
        if other is not None:
            counts = found.setdefault(cell.samples, [0, 0])
            counts[0] += entry.error < other.error
            counts[1] += entry.error > other.error
    return tuple(Duel(n, w, x, min(sign_test(w, x), sign_test(x, w))) for n, (w, x) in sorted(found.items()))


def outcomes(
    entries: Mapping[Cell, Entry], experiment: str, first: str, others: Sequence[str], numbers: int,
    confidence: Fraction,
) -> tuple[Outcome, ...]:  # fmt: skip
    """Return what is supported about one learner against others, all right with probability 1 - ``confidence``.

    Args:
        numbers: numbers of samples of the experiment, measured or not: the tests are corrected for all of them.
    """
    limit = confidence / (2 * max(1, numbers) * max(1, len(others)))
    found = []
    for other in others:
        all_duels = duels(entries, experiment, first, other)
        shown = [duel for duel in all_duels if duel.significance <= limit]
        better = tuple(duel.samples for duel in shown if duel.wins > duel.losses)
        worse = tuple(duel.samples for duel in shown if duel.wins < duel.losses)
        found.append(Outcome(first, other, all_duels, better, worse))
    return tuple(found)


def samples_needed(points: Sequence[Point], level: float) -> tuple[int | None, int | None]:
    """Return the least numbers of samples measured at which the band's lower and upper end are at most ``level``."""
    reached = [
        next((p.samples for p in points if end(p) is not None and end(p) <= level), None)
        for end in (lambda p: p.low, lambda p: p.high)
    ]
    return reached[0], reached[1]
