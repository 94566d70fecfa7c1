"""The page of the decided library: what is kept, what goes on, and how rows read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[1] / "docs"
NEIGHBOURS = [["one", "small case", "proved", "proved", "exact", "1"], ["drop", "x", "refuted", "undecided", "-", "2"]]


@pytest.fixture
def library_table(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(DOCS))
    import library_table

    yield library_table
    sys.modules.pop("library_table")


def row(**more: Any) -> dict[str, Any]:
    tables = [{"title": "Small cases and twins", "rows": NEIGHBOURS}]
    verdict = {
        "verdict": "proved",
        "expected": "proved",
        "level": "exact",
        "seconds": 1.25,
        "details": {"tables": tables},
    }
    dropped = {"assumption": "low", "outcome": "needed", "witness": {"x": "1/2 +/- 1e-9"}, "reason": ""}
    return {"id": "toy", "check": {**verdict, **more}, "ablation": {"rows": [dropped]}}


def test_page(library_table: Any) -> None:
    text = library_table.page([row()])
    assert "| `toy` | proved | exact | 1 of 2 (drop undecided) | 1 undecided | 1.2 |" in text
    assert "| `toy` | low | needed | x = 1/2 |" in text
    assert "1 entries, 1 as expected" in text
    assert "Against what is expected: toy." in library_table.page([row(verdict="refuted")])


def test_a_line_that_was_cut_off_is_left_out(library_table: Any, tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_text('{"id": "a", "x": 1}\n{"id": "b", "x"', encoding="utf-8")
    assert set(library_table.read(path)) == {"a"}
    assert library_table.read(tmp_path / "none") == {}
