"""Writes one page for each entry of the theorem library, from the entry itself, and their index."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from pathlib import Path

from verify.catalogue import Entry, entries, find
from verify.claim import canonical
from verify.theorem import Case, Theorem, Twin

ITEMS = ("Assumptions", "References")
"""Sections that are lists."""


def write_pages(folder: Path) -> None:
    """Write ``<id>.md`` for every entry, and ``index.md``; pages of entries that are gone are removed."""
    folder.mkdir(exist_ok=True)
    found = entries()
    pages = {f"{entry.id}.md": page(entry, find(entry.id)) for entry in found} | {"index.md": index(found)}
    for path in folder.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def index(found: Sequence[Entry]) -> str:
    """Return the page that lists the entries."""
    rows = [f"| [{entry.id}]({entry.id}.md) | {entry.title} | {entry.expected} |" for entry in found]
    toctree = ["```{toctree}", ":hidden:", "", *[entry.id for entry in found], "```"]
    head = ["# The theorem library", "", f"{len(found)} entries. `attnverify check ID` decides one.", ""]
    return "\n".join([*head, "| entry | statement | verdict |", "|---|---|---|", *rows, "", *toctree, ""])


def page(entry: Entry, theorem: Theorem) -> str:
    """Return the page of one entry."""
    lines = [f"# {entry.title}", "", f"`{entry.id}`, expected verdict: **{entry.expected}**. Decide it with", ""]
    lines += ["```sh", f"attnverify check {entry.id}", "```"]
    for heading, text in entry.sections.items():
        if heading != "Tags":
            lines += ["", f"## {heading}", "", *prose(text, items=heading in ITEMS)]
    lines += settings(theorem) + stated(theorem)
    lines += cases("Small instances", theorem.cases)
    lines += twins(theorem.twins)
    return "\n".join([*lines, ""])


def prose(text: str, *, items: bool) -> list[str]:
    """Return a section as Markdown: paragraphs, indented formulas as blocks, and one item per entry of a list.

    Args:
        items: every line that is not indented begins an item, ``name: text`` with its name in bold.
    """
    out: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = paragraph.splitlines()
        if all(line.startswith("    ") for line in lines):
            out += ["```text", textwrap.dedent(paragraph), "```", ""]
        elif items:
            for item in re.split(r"\n(?=\S)", paragraph):
                name, colon, rest = item.partition(": ")
                named = colon and re.fullmatch(r"\w[\w -]{0,40}", name)
                out.append(f"- **{name}**: {escaped(rest)}" if named else f"- {escaped(item)}")
            out.append("")
        else:
            out += [escaped(paragraph), ""]
    return out


def settings(theorem: Theorem) -> list[str]:
    """Return the table of settings."""
    if not theorem.settings:
        return []
    rows = [f"| `{s.name}` | `{s.default}` | {escaped(s.expects)} | {escaped(s.meaning)} |" for s in theorem.settings]
    return ["", "## Settings", "", "| setting | default | values | meaning |", "|---|---|---|---|", *rows]


def stated(theorem: Theorem) -> list[str]:
    """Return the table of the numbers that the statement names."""
    if not theorem.stated:
        return []
    tight = {True: "tight", False: "not tight", None: "not known"}
    cells = [(n.name, n.value, n.formula, tight[n.tight], n.source) for n in theorem.stated]
    rows = [f"| {' | '.join(escaped(str(cell)) for cell in row)} |" for row in cells]
    head = ["", "## Stated numbers", "", "| name | value | in | tight? | source |", "|---|---|---|---|---|"]
    return [*head, *rows]


def cases(heading: str, items: Sequence[Case]) -> list[str]:
    """Return the small instances with their claims."""
    lines = ["", f"## {heading}"] if items else []
    for item in items:
        lines += ["", f"**{item.name}**: {escaped(str(item.claim.get('title', '')))} ({item.expected})", ""]
        lines += ["```json", canonical(item.claim), "```"]
    return lines


def twins(items: Sequence[Twin]) -> list[str]:
    """Return the false neighbours."""
    rows = [f"| {item.name} | {escaped(item.change)} | {item.expected} |" for item in items]
    return ["", "## Twins", "", "| twin | change | verdict |", "|---|---|---|", *rows] if rows else []


def escaped(text: str) -> str:
    """Return text for a table cell."""
    out = " ".join(text.split())
    for sign in ("\\", "|", "*", "_", "<", "$", "`"):
        out = out.replace(sign, f"\\{sign}")
    return out
