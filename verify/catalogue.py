"""The theorem library: every module ``<folder>/<work>/<id>.py`` is an entry, and nothing has to be registered.

Listing reads docstrings with :mod:`ast` and imports nothing; :func:`find` imports one entry. A user's folder of the
same form is added with ``--path``.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from verify.errors import InvalidInput, Location
from verify.theorem import Theorem

LIBRARY = Path(__file__).resolve().parent.parent / "theorems"
"""The entries that come with this package."""

HEADINGS = ("Problem", "Assumptions", "Statement", "Method", "References", "Tags")
"""Headings of an entry's docstring, each underlined with dashes, in this order."""

MAX_SOURCE = 1 << 20
"""Largest module that is read, in bytes."""


@dataclass(frozen=True)
class Entry:
    """What the docstring of an entry tells, without importing it.

    Attributes:
        expected: the module's constant ``EXPECTED``: the verdict with default settings.
        sections: text under each heading.
        assumptions: names that start the items of the section Assumptions (``name: text``).
    """

    id: str
    title: str
    work: str
    path: Path
    expected: str | None
    sections: Mapping[str, str]
    assumptions: tuple[str, ...]
    tags: tuple[str, ...]


def entries(paths: Sequence[Path | str] = ()) -> tuple[Entry, ...]:
    """Return all entries of the library and of the user's folders, sorted by id.

    Raises:
        InvalidInput: a folder does not exist, a module cannot be read, or two entries share an id.
    """
    found: dict[str, Entry] = {}
    for folder in (LIBRARY, *map(Path, paths)):
        for path in _modules(folder):
            entry = _entry(path)
            if entry.id in found and found[entry.id].path.resolve() != path.resolve():
                raise InvalidInput(
                    f"two entries are called '{entry.id}': {found[entry.id].path} and {path}", fix="rename one file"
                )
            found[entry.id] = entry
    return tuple(found[name] for name in sorted(found))


def ids(paths: Sequence[Path | str] = ()) -> tuple[str, ...]:
    """Return the ids of all entries."""
    return tuple(entry.id for entry in entries(paths))


def entry_of(id: str, paths: Sequence[Path | str] = ()) -> Entry:
    """Return the entry with an id.

    Raises:
        InvalidInput: there is none.
    """
    known = {entry.id: entry for entry in entries(paths)}
    if id not in known:
        from difflib import get_close_matches

        close = get_close_matches(id, list(known), n=1)
        fix = f"did you mean '{close[0]}'?" if close else "see 'attnverify list'"
        raise InvalidInput(f"there is no theorem '{id}'", fix=fix)
    return known[id]


def find(id: str, paths: Sequence[Path | str] = ()) -> Theorem:
    """Import the entry with an id and return its theorem.

    Raises:
        InvalidInput: there is none, or the module does not define it.
    """
    entry = entry_of(id, paths)
    theorem = getattr(_imported(entry), "theorem", None)
    if not isinstance(theorem, Theorem):
        raise InvalidInput(
            "the module has no 'theorem'", fix="add theorem = Theorem(...)", where=Location(file=str(entry.path))
        )
    if theorem.id != id:
        raise InvalidInput(
            f"the theorem is called {theorem.id!r}, the file {id!r}",
            fix="use one name",
            where=Location(file=str(entry.path)),
        )
    return theorem


def module_of(id: str, paths: Sequence[Path | str] = ()) -> Any:
    """Import the entry with an id and return its module.

    Raises:
        InvalidInput: there is none, or importing it failed.
    """
    return _imported(entry_of(id, paths))


def _modules(folder: Path) -> list[Path]:
    """Return ``<folder>/<work>/<id>.py`` without names that start with an underscore or a dot."""
    if not folder.is_dir():
        raise InvalidInput(f"{folder} is not a folder", fix="give a folder that holds <work>/<id>.py")
    paths = sorted(folder.glob("*/*.py"))
    return [path for path in paths if path.name[0] not in "_." and path.parent.name[0] not in "_."]


def _entry(path: Path) -> Entry:
    tree = _parsed(path)
    title, sections = _docstring(ast.get_docstring(tree) or "")
    names = re.findall(r"^(\w[\w -]{0,40}): ", sections.get("Assumptions", ""), flags=re.MULTILINE)
    tags = tuple(tag.strip() for tag in sections.get("Tags", "").replace("\n", " ").split(",") if tag.strip())
    expected = _constant(tree, "EXPECTED")
    return Entry(path.stem.replace("_", "-"), title, path.parent.name, path, expected, sections, tuple(names), tags)


def _parsed(path: Path) -> ast.Module:
    where = Location(file=str(path))
    try:
        if path.stat().st_size > MAX_SOURCE:
            raise InvalidInput(f"larger than {MAX_SOURCE} bytes", fix="an entry is a page", where=where)
        return ast.parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"cannot read it: {error.strerror}", where=where) from None
    except SyntaxError as error:
        line = Location(file=str(path), line=error.lineno)
        raise InvalidInput(f"not Python: {error.msg}", fix="correct the module", where=line) from None
    except (ValueError, RecursionError, MemoryError):
        raise InvalidInput("not a Python module", fix="correct the module", where=where) from None


def _docstring(text: str) -> tuple[str, dict[str, str]]:
    """Return the first line without its full stop, and the text under each underlined heading."""
    lines = text.splitlines()
    title = lines[0].strip().rstrip(".") if lines else ""
    starts = [i for i in range(len(lines) - 1) if lines[i].strip() and re.fullmatch(r"-{3,}", lines[i + 1].strip())]
    sections = {}
    for start, end in pairwise([*starts, len(lines)]):
        sections[lines[start].strip()] = "\n".join(lines[start + 2 : end]).strip("\n")
    return title, sections


def _constant(tree: ast.Module, name: str) -> str | None:
    """Return a text that the module assigns to a name at its top level."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            value = node.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value
    return None


def _imported(entry: Entry) -> Any:
    """Import an entry: as a module of the package, or from the user's file under a name of its own."""
    if entry.path.is_relative_to(LIBRARY):
        return importlib.import_module(f"theorems.{entry.work}.{entry.path.stem}")
    name = f"_user_theorems_{abs(hash(entry.path.resolve()))}_{entry.path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, entry.path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise InvalidInput(
            f"importing it failed: {type(error).__name__}: {error}",
            fix="correct the module",
            where=Location(file=str(entry.path)),
        ) from error
    return module
