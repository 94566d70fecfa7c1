"""The PDF, where Typst is installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from reports import pdf
from reports.parts.report import build
from verify.errors import InvalidInput


def test_same_report_gives_the_same_bytes(verdicts, tmp_path: Path) -> None:
    pytest.importorskip("typst")
    report = build(verdicts, tmp_path, title="Seven claims", created="2025-01-02T03:04:05Z")
    data = pdf.render(report)
    assert data.startswith(b"%PDF-")
    assert data == pdf.render(report)
    assert len(data) < 1_000_000


def test_hostile_texts_are_set_as_text(hostile_verdict, hostile_text: str, tmp_path: Path) -> None:
    pytest.importorskip("typst")
    errors = [{"file": hostile_text, "error": '#panic("x") #read("/etc/hosts") $ x $'}]
    report = build([hostile_verdict], tmp_path, title='#panic("x") ' + hostile_text, errors=errors)
    assert pdf.render(report).startswith(b"%PDF-")


def test_without_typst_the_error_tells_what_to_install(verdicts, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(InvalidInput, match="the PDF needs Typst; pip install"):
        pdf.render(build(verdicts, tmp_path, title="t"))
