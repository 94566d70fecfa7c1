"""Measures curves of error against samples: cells in processes side by side, kept on disk as soon as they are known."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from verify.machine import cores, single_threaded
from verify.runner import Task, run_all

if TYPE_CHECKING:
    from numerics.sample_complexity.ledger import Cell, Entry

CHUNK_SECONDS = 1.5
"""A worker is given cells for about so long: more is lost when interrupted, less is spent on starting processes."""

USUAL = 0.3
"""Seconds of a cell before any like it was measured."""

GIVE_UP = 120.0
"""Seconds after which a cell is given up."""

Show = Callable[[int, int, float, str], None]
"""Called with cells done, all cells, seconds left by estimate, and what was measured last."""


@dataclass(frozen=True)
class Measurements:
    """All entries known for the cells that were asked for; how many of them are missing, and what went wrong."""

    entries: dict[Cell, Entry]
    wanted: int
    counts: Mapping[str, int]
    fresh: int
    interrupted: bool
    problems: tuple[str, ...]

    @property
    def missing(self) -> int:
        """Cells that are not measured yet."""
        return self.wanted - len(self.entries)

    def part(self, experiment: str) -> Measurements:
        """Return the measurements of one experiment."""
        entries = {cell: entry for cell, entry in self.entries.items() if cell.experiment == experiment}
        return replace(self, entries=entries, wanted=self.counts[experiment])


def cells_of(experiments: Sequence[str], learners: Sequence[str], seeds: int) -> list[Cell]:
    """Return all cells, seed by seed, so that a part of them is a smaller experiment of the same form.

    Raises:
        InvalidInput: there is no such experiment or learner.
    """
    single_threaded()
    from numerics.sample_complexity.experiments import experiment
    from numerics.sample_complexity.learners import learner
    from numerics.sample_complexity.ledger import Cell

    names = [learner(name).name for name in learners]
    return [
        Cell(one, name, samples, seed)
        for seed in range(seeds)
        for one in experiments
        for samples in experiment(one).numbers
        for name in names
    ]


def measure_all(
    cells: Sequence[Cell], ledger: Path, *, budget: float, jobs: int = 0,
    show: Show = lambda done, count, left, what: None,
) -> Measurements:  # fmt: skip
    """Measure the cells that the ledger does not have yet, until all are measured or the budget is used up.

    Ctrl-C ends the run; what was measured is in the ledger, and ``interrupted`` is set.

    Args:
        budget: seconds; a chunk that is being measured at the end is finished.
        jobs: processes side by side, 0 for one per core.

    Raises:
        InvalidInput: the ledger cannot be used.
    """
    from numerics.sample_complexity.ledger import Ledger

    _warm_up({cell.experiment for cell in cells})
    wanted, stopped, problems = set(cells), False, []
    deadline, side_by_side = time.monotonic() + budget, jobs or cores()
    with Ledger(ledger) as book:
        known = {cell: entry for cell, entry in book.read().items() if cell in wanted}
        before = len(known)
        todo = [cell for cell in cells if cell not in known]
        tasks = [_task(chunk) for chunk in chunks(todo, known)]
        results = cast(Generator[tuple[int, Any], None, None], run_all(tasks, jobs=side_by_side))
        try:
            while todo and time.monotonic() < deadline:
                found = next(results, None)
                if found is None:
                    break
                entries, problem = _sorted(found[1])
                problems += [problem] if problem else []
                book.write(entries)
                known |= {entry.cell: entry for entry in entries}
                left = seconds_left(cells, known) / side_by_side
                show(len(known), len(wanted), left, _words(entries))
        except KeyboardInterrupt:
            stopped = True
        finally:
            results.close()
    counts = Counter(cell.experiment for cell in wanted)
    return Measurements(known, len(wanted), counts, len(known) - before, stopped, tuple(problems))


def chunks(cells: Sequence[Cell], known: Mapping[Cell, Entry]) -> list[list[Cell]]:
    """Return the cells in order, in groups that take about :data:`CHUNK_SECONDS` each."""
    usual = _usual_seconds(known)
    found: list[list[Cell]] = []
    spent = CHUNK_SECONDS
    for cell in cells:
        if spent >= CHUNK_SECONDS:
            found.append([])
            spent = 0.0
        found[-1].append(cell)
        spent += usual(cell)
    return found


def seconds_left(cells: Sequence[Cell], known: Mapping[Cell, Entry]) -> float:
    """Return the seconds that the cells which are not known yet will take on one core."""
    usual = _usual_seconds(known)
    return sum(usual(cell) for cell in cells if cell not in known)


def _usual_seconds(known: Mapping[Cell, Entry]) -> Callable[[Cell], float]:
    """Return the mean time of a cell of the same experiment and learner, as far as known."""
    times: dict[tuple[str, str], list[float]] = {}
    for cell, entry in known.items():
        times.setdefault((cell.experiment, cell.learner), []).append(entry.seconds)
    means = {key: sum(values) / len(values) for key, values in times.items()}
    return lambda cell: means.get((cell.experiment, cell.learner), USUAL)


def _warm_up(experiments: Iterable[str]) -> None:
    """Load what the workers need once, before they are forked, with one thread each."""
    single_threaded()
    from numerics.sample_complexity import learners  # noqa: F401
    from numerics.sample_complexity.experiments import experiment

    for name in experiments:
        experiment(name).draw(1, 0)


def _task(chunk: list[Cell]) -> Task:
    limit = GIVE_UP * len(chunk)
    return Task(partial(_measured, chunk), limit, lambda reason: RuntimeError(f"{chunk[0]}: {reason}"))


def _measured(chunk: list[Cell], step: Callable[[str, float], None]) -> list[Entry]:
    """Measure some cells; runs in a worker."""
    from numerics.sample_complexity.experiments import experiment
    from numerics.sample_complexity.learners import learner, measure
    from numerics.sample_complexity.ledger import Entry

    found = []
    for cell in chunk:
        started = time.monotonic()
        result = measure(learner(cell.learner), experiment(cell.experiment).draw(cell.samples, cell.seed), cell.seed)
        took = time.monotonic() - started
        found.append(Entry(cell, result.error, result.wrong, result.penalty, took))
    return found


def _sorted(result: Any) -> tuple[list[Entry], str]:
    """Return the entries of a chunk, or what went wrong."""
    return ([], str(result)) if isinstance(result, Exception) else (result, "")


def _words(entries: Sequence[Entry]) -> str:
    return f"{entries[-1].cell.experiment}, {entries[-1].cell.learner}" if entries else ""
