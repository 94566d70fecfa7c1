"""The catalogue: folders are entries, listing imports nothing, user folders are added."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from verify.catalogue import HEADINGS, LIBRARY, entries, entry_of, find, ids
from verify.errors import InvalidInput

ENTRY = '''"""One is one.

Problem
-------
None.

Assumptions
-----------
H1: nothing.

Tags
----
small, test
"""

from verify.theorem import Theorem

EXPECTED = "proved"
theorem = Theorem("{id}", "One is one", "mine", EXPECTED, (), (), (), (), (), (), lambda run: None)
'''


def user_folder(folder: Path, name: str = "one_is_one", text: str = ENTRY) -> Path:
    (folder / "mine").mkdir(exist_ok=True)
    (folder / "mine" / f"{name}.py").write_text(text.replace("{id}", name.replace("_", "-")), encoding="utf-8")
    return folder


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.id)
def test_every_entry_is_complete(entry: object) -> None:
    entry = entry_of(entry.id)  # type: ignore[attr-defined]
    theorem = find(entry.id)
    assert tuple(entry.sections) == HEADINGS
    assert all(text.strip() for text in entry.sections.values())
    assert (theorem.id, theorem.title, theorem.work) == (entry.id, entry.title, entry.work)
    assert theorem.expected == entry.expected
    assert entry.assumptions
    assert set(entry.assumptions) <= {hypothesis.name for hypothesis in theorem.hypotheses}
    assert theorem.twins
    twins = {twin.name for twin in theorem.twins}
    assert {hypothesis.twin for hypothesis in theorem.hypotheses} - {None} <= twins
    mirror = Path(__file__).parents[1] / "theorems" / entry.work / f"test_{entry.path.stem}.py"
    assert mirror.exists()


def test_listing_imports_no_entry() -> None:
    code = (
        "import sys; from verify.catalogue import ids; assert 'sparse-mask' in ids(); "
        "assert not {'numpy', 'flint', 'theorems.seed.sparse_mask'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=LIBRARY.parent)


def test_user_folder(tmp_path: Path) -> None:
    folder = user_folder(tmp_path)
    assert set(ids([folder])) == {*ids(), "one-is-one"}
    entry = entry_of("one-is-one", [folder])
    assert (entry.title, entry.work, entry.assumptions, entry.tags) == (
        "One is one",
        "mine",
        ("H1",),
        ("small", "test"),
    )
    assert find("one-is-one", [folder]).title == "One is one"


def test_private_modules_are_no_entries(tmp_path: Path) -> None:
    user_folder(tmp_path, "_private")
    assert ids([tmp_path]) == ids()


def test_unknown_id_is_suggested() -> None:
    with pytest.raises(InvalidInput, match="did you mean 'sparse-mask'"):
        find("sparse-mosk")


def test_two_entries_with_one_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="two entries are called 'sparse-mask'"):
        entries([user_folder(tmp_path, "sparse_mask")])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def f(:\n", "not Python"),
        ('"""A."""\n', "no 'theorem'"),
        (ENTRY.replace("{id}", "other"), "'other'"),
        ("raise RuntimeError('boom')\n", "RuntimeError: boom"),
        ("\0", "not"),
    ],
)
def test_broken_modules(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        find("broken", [user_folder(tmp_path, "broken", text)])


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is not a folder"):
        entries([tmp_path / "none"])
