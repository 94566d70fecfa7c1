"""``attnverify list``: the theorems of the library."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command("list", short_help="List the theorems of the library.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@click.option("--path", "paths", multiple=True, type=click.Path(path_type=Path), help="Another folder of theorems.")
def command(as_json: bool, paths: tuple[Path, ...]) -> None:
    """List the theorems of the library: id, expected verdict, statement, assumptions that can be dropped.

    \b
    attnverify list
    attnverify list --path my_theorems/ --json
    """
    from verify.catalogue import entries
    from verify.terminal import table

    found = entries(paths)
    if not as_json:
        rows = [
            (entry.id, entry.expected or "not stated", entry.title, ", ".join(entry.assumptions)) for entry in found
        ]
        click.echo(table(("entry", "expected", "statement", "assumptions"), rows))
        return
    for entry in found:
        data = {
            "id": entry.id, "title": entry.title, "work": entry.work, "expected": entry.expected,
            "assumptions": list(entry.assumptions), "tags": list(entry.tags),
        }  # fmt: skip
        click.echo(json.dumps(data, ensure_ascii=False))
