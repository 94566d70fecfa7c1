"""The ledger keeps what was written, through other versions and broken files."""

from __future__ import annotations

from pathlib import Path

import pytest

from numerics.sample_complexity import ledger
from numerics.sample_complexity.ledger import Cell, Entry, Ledger
from verify.errors import InvalidInput

CELLS = [Entry(Cell("sparse", "mask", n, 0), 1 / n, 0.25, 0.1, 0.5) for n in (3, 7)]


def test_written_entries_come_back_exactly(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ledger.sqlite"
    with Ledger(path) as book:
        book.write(CELLS[:1])
    with Ledger(path) as book:
        book.write(CELLS)
        assert book.read() == {entry.cell: entry for entry in CELLS}


def test_other_protocols_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger(tmp_path / "l") as book:
        book.write(CELLS)
        monkeypatch.setattr(ledger, "PROTOCOL", ledger.PROTOCOL + 1)
        assert book.read() == {}


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "l").write_text("not a ledger, though long enough to be looked at by the library" * 9)
    with pytest.raises(InvalidInput, match="--ledger"):
        Ledger(tmp_path / "l")
