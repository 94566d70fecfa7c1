"""Writes one page for each entry of the theorem library, from the entry itself, and their index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from verify.catalogue import Entry, entries, find
from verify.claim import canonical
from verify.theorem import Case, Theorem, Twin


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
            lines += ["", f"## {heading}", "", "```text", text, "```"]
    lines += settings(theorem) + stated(theorem)
    lines += cases("Small instances", theorem.cases)
    lines += twins(theorem.twins)
    return "\n".join([*lines, ""])


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
