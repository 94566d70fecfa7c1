"""The registry of formats, and writing them."""

from __future__ import annotations

from pathlib import Path

import pytest

import reports
from verify.errors import InvalidInput

TEXTUAL = ["html", "json", "junit", "md", "sarif"]


def test_every_module_of_the_folder_is_a_format_with_its_test() -> None:
    here, folder = Path(__file__).parent, Path(reports.__file__).parent
    modules = {path.stem for path in folder.glob("[!_]*.py")}
    assert reports.names() == sorted([*TEXTUAL, "pdf"])
    assert len(reports.names()) == len(modules)
    assert {f"test_{name}.py" for name in modules} <= {path.name for path in here.glob("*.py")}


def test_every_part_has_its_test() -> None:
    parts = {path.stem for path in (Path(reports.__file__).parent / "parts").glob("[!_]*.py")}
    assert {f"test_{name}.py" for name in parts} == {
        path.name for path in (Path(__file__).parent / "parts").glob("*.py")
    }


def test_write_returns_the_paths_in_the_order_of_the_formats(verdicts, tmp_path: Path) -> None:
    paths = reports.write(verdicts, tmp_path / "a" / "b", ["sarif", "markdown", "html", "md"])
    assert [path.name for path in paths] == ["report.sarif", "report.md", "report.html"]
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == [
        "report.html",
        "report.md",
        "report.sarif",
    ]


def test_same_verdicts_give_the_same_bytes(verdicts, tmp_path: Path) -> None:
    first = reports.write(verdicts, tmp_path / "a", TEXTUAL, created="2025-01-02T03:04:05Z")
    second = reports.write(list(verdicts), tmp_path / "b", TEXTUAL, created="2025-01-02T03:04:05Z")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert all(b"2025-01-02" in path.read_bytes() for path in first)


def test_time_stamp_comes_from_source_date_epoch_and_can_be_left_out(verdicts, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert "1970-01-02" in reports.write(verdicts[:1], tmp_path, ["md"])[0].read_text()
    assert "1970" not in reports.write(verdicts[:1], tmp_path, ["md"], created="")[0].read_text()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(InvalidInput, match="SOURCE_DATE_EPOCH='soon' is not a time"):
        reports.write(verdicts[:1], tmp_path, ["md"])


def test_unknown_format_is_refused_before_anything_is_written(verdicts, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no report format 'docx'; use one of html, json"):
        reports.write(verdicts, tmp_path / "new", ["html", "docx"])
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_a_file_is_refused(verdicts, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidInput, match="cannot write"):
        reports.write(verdicts, tmp_path / "file", ["md"])


def test_an_empty_run_still_makes_every_report(tmp_path: Path) -> None:
    errors = [{"file": "a.toml", "error": "a.toml:3: not TOML"}]
    for path in reports.write([], tmp_path, TEXTUAL, errors=errors):
        assert "a.toml:3" in path.read_text(encoding="utf-8")
