"""The documentation: theorem pages say what the entries say, links lead somewhere, the notebook is clean."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from verify.catalogue import entries, find

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *DOCS.glob("how-to/*.md"), DOCS.parent / "README.md"])


@pytest.fixture
def theorem_pages(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    import theorem_pages

    yield theorem_pages
    sys.modules.pop("theorem_pages")


def test_a_theorem_page_holds_statement_settings_and_twins(theorem_pages):
    entry = next(entry for entry in entries() if entry.id == "sparse-mask")
    theorem = find(entry.id)
    page = theorem_pages.page(entry, theorem)
    assert page.startswith(f"# {entry.title}\n")
    assert all(f"\n## {heading}\n" in page for heading in ("Assumptions", "Statement", "Settings", "Twins"))
    assert all(word in page for word in entry.sections["Statement"].split() if word.isalpha())
    assert "- **H7**: noise event" in page
    assert all(f"| {twin.name} |" in page for twin in theorem.twins)


def test_sections_become_paragraphs_formulas_and_items(theorem_pages):
    text = "Let a*b = 1.\nThen:\n\n    F(a) = |a|^2\n\nDone."
    assert theorem_pages.prose(text, items=False) == [
        "Let a\\*b = 1. Then:", "", "```text", "F(a) = |a|^2", "```", "", "Done.", "",
    ]  # fmt: skip
    text = "H6: first\n    and more\nAnother: second"
    assert theorem_pages.prose(text, items=True) == ["- **H6**: first and more", "- **Another**: second", ""]


def test_pages_of_entries_that_are_gone_are_removed(theorem_pages, tmp_path):
    (tmp_path / "gone.md").write_text("old")
    theorem_pages.write_pages(tmp_path)
    assert {path.stem for path in tmp_path.glob("*.md")} == {"index", *(entry.id for entry in entries())}


def test_cells_of_tables_do_not_break_the_table(theorem_pages):
    assert theorem_pages.escaped("|x|\n_1 <= 2") == "\\|x\\| \\_1 \\<= 2"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_to_files_of_the_project(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_the_notebook_is_committed_without_outputs():
    cells = json.loads((DOCS / "tutorial.ipynb").read_text(encoding="utf-8"))["cells"]
    assert any(cell["cell_type"] == "code" for cell in cells)
    assert not any(cell.get("outputs") for cell in cells)
