"""What was measured, on disk: one row per cell, written as soon as it is known, so that an interrupted run goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from verify.errors import InvalidInput

PROTOCOL = 1
"""Version of experiments, learners and protocol: cells of other versions are not read."""

_TABLE = """
create table if not exists cells (
    protocol integer, experiment text, learner text, samples integer, seed integer,
    error real, wrong real, penalty real, seconds real,
    primary key (protocol, experiment, learner, samples, seed)
)
"""


@dataclass(frozen=True, order=True)
class Cell:
    """One measurement to make: an experiment, a learner, a number of samples and a seed."""

    experiment: str
    learner: str
    samples: int
    seed: int


@dataclass(frozen=True)
class Entry:
    """A cell with its error, the share of wrong signs, the penalty that was chosen, and the time it took."""

    cell: Cell
    error: float
    wrong: float
    penalty: float
    seconds: float


class Ledger:
    """The file with all measurements; opened for one run, used by one process.

    Raises:
        InvalidInput: the file is not a ledger, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = sqlite3.connect(path)
            with self.connection:
                self.connection.execute(_TABLE)
        except (OSError, sqlite3.Error) as error:
            raise InvalidInput(f"cannot use {path} as ledger: {error}", fix="give another --ledger FILE") from None

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def write(self, entries: Iterable[Entry]) -> None:
        """Write entries at once; those of known cells are replaced."""
        rows = [
            (PROTOCOL, e.cell.experiment, e.cell.learner, e.cell.samples, e.cell.seed, e.error, e.wrong, e.penalty,
             e.seconds)
            for e in entries
        ]  # fmt: skip
        with self.connection:
            self.connection.executemany("insert or replace into cells values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def read(self) -> dict[Cell, Entry]:
        """Return all entries of this protocol."""
        names = "experiment, learner, samples, seed, error, wrong, penalty, seconds"
        found = self.connection.execute(f"select {names} from cells where protocol = ?", (PROTOCOL,))
        entries = (Entry(Cell(*row[:4]), *row[4:]) for row in found)
        return {entry.cell: entry for entry in entries}
