"""``attnverify show``: one theorem of the library in full."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from verify.catalogue import Entry
    from verify.theorem import Theorem


@click.command("show", short_help="Show a theorem: statement, assumptions, method, sources, twins.")
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--path", "paths", multiple=True, type=click.Path(path_type=Path), help="Another folder of theorems.")
def command(id: str, as_json: bool, paths: tuple[Path, ...]) -> None:
    """Show a theorem: problem, assumptions, statement, method, references, settings, stated numbers, twins.

    \b
    attnverify show sparse-mask
    """
    from verify.catalogue import entry_of, find

    entry, theorem = entry_of(id, paths), find(id, paths)
    if as_json:
        click.echo(json.dumps(described(entry, theorem), ensure_ascii=False))
    else:
        click.echo(page(entry, theorem))


def described(entry: Entry, theorem: Theorem) -> dict[str, Any]:
    """Return everything about a theorem as JSON-able data."""
    return {
        "id": theorem.id,
        "title": theorem.title,
        "work": theorem.work,
        "expected": theorem.expected,
        "sources": list(theorem.sources),
        "sections": dict(entry.sections),
        "assumptions": [vars(hypothesis) for hypothesis in theorem.hypotheses],
        "settings": [
            {"name": s.name, "default": s.default, "accepts": s.expects, "meaning": s.meaning} for s in theorem.settings
        ],
        "stated": [vars(number) for number in theorem.stated],
        "cases": [vars(case) for case in theorem.cases],
        "twins": [vars(twin) for twin in theorem.twins],
    }


def page(entry: Entry, theorem: Theorem) -> str:
    """Return the same as text."""
    lines = [f"{theorem.id}: {theorem.title}", f"work: {theorem.work}    expected: {theorem.expected}"]
    for heading, text in entry.sections.items():
        lines += ["", heading, "-" * len(heading), text]
    lines += _section("Settings (--set name=value)")
    for setting in theorem.settings:
        lines.append(f"{setting.name} = {setting.default}    ({setting.expects})")
        lines.append(f"    {setting.meaning}")
    lines += _section("Stated numbers")
    tight = {True: "tight", False: "not tight", None: "not known to be tight"}
    lines += [f"{n.name}: {n.value} in {n.formula} ({tight[n.tight]}; {n.source})" for n in theorem.stated]
    lines += _section("Small instances, for the general provers")
    lines += [f"{case.name}: {case.claim.get('title', '')} [{case.expected}]" for case in theorem.cases]
    lines += _section("Twins")
    lines += [f"{twin.name}: {twin.change} [{twin.expected}]" for twin in theorem.twins]
    return "\n".join(lines)


def _section(title: str) -> list[str]:
    return ["", title, "-" * len(title)]
