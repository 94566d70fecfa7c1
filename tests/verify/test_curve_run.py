"""Measuring: everything that was measured is kept, an interrupted run goes on, and gives the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from numerics.sample_complexity.ledger import Cell, Entry, Ledger
from verify import curve_run
from verify.curve_run import cells_of, chunks, measure_all, seconds_left
from verify.errors import InvalidInput

CELLS = cells_of(["sparse"], ["ridge", "minimum norm"], 2)


def errors(measured: curve_run.Measurements) -> dict[Cell, float]:
    return {cell: entry.error for cell, entry in measured.entries.items()}


def test_all_cells_in_order_of_seeds() -> None:
    assert len(CELLS) == 28
    assert [cell.seed for cell in CELLS] == [0] * 14 + [1] * 14
    with pytest.raises(InvalidInput):
        cells_of(["sparse"], ["forest"], 1)


def test_a_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    whole = measure_all(CELLS, tmp_path / "whole", budget=60, show=lambda done, count, *_: seen.append((done, count)))
    assert (whole.missing, whole.fresh) == (0, 28)
    assert seen[-1] == (28, 28)

    def interrupt(done: int, *_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(curve_run, "CHUNK_SECONDS", 0.5)
    part = measure_all(CELLS, tmp_path / "part", budget=60, jobs=1, show=interrupt)
    assert part.interrupted
    assert 0 < part.fresh < 28
    rest = measure_all(CELLS, tmp_path / "part", budget=60, jobs=1)
    assert rest.fresh == 28 - part.fresh
    assert errors(rest) == errors(whole)


def test_no_budget_measures_nothing_and_reads_the_ledger(tmp_path: Path) -> None:
    entry = Entry(CELLS[0], 0.5, 0.1, 0.2, 0.3)
    with Ledger(tmp_path / "l") as book:
        book.write([entry])
    found = measure_all(CELLS, tmp_path / "l", budget=0)
    assert found.entries == {CELLS[0]: entry}
    assert found.part("sparse").missing == 27


def test_what_fails_is_told_and_the_rest_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(cell: Cell) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr("numerics.sample_complexity.learners.measure", lambda *_: broken(CELLS[0]))
    found = measure_all(CELLS[:2], tmp_path / "l", budget=30)
    assert found.missing == 2
    assert any("no such luck" in problem for problem in found.problems)


def test_chunks_follow_the_times_that_were_seen() -> None:
    assert sum(map(len, chunks(CELLS, {}))) == 28
    slow = {CELLS[0]: Entry(CELLS[0], 1, 1, 1, 10.0)}
    assert [CELLS[2]] not in chunks(CELLS[1:], {})
    assert len(chunks([c for c in CELLS if c.learner == "ridge"], slow)) == 14
    assert seconds_left(CELLS[:2], slow) == curve_run.USUAL
