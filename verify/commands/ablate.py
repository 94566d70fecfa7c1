"""``attnverify ablate``: which assumptions a theorem needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from verify.ablation import Ablation


@click.command(
    "ablate",
    short_help="Drop one assumption of a theorem at a time.",
    epilog="Exit codes: 0 the matrix is complete, 4 a row stayed undecided, 2 wrong usage.",
)
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output, nothing else.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Setting of the theorem.")
@click.option("--budget", default=20.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds per row.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of every random choice.")
@click.option("--certificates", default=None, type=click.Path(path_type=Path), help="Directory for certificates.")
@click.option("--path", "paths", multiple=True, type=click.Path(path_type=Path), help="Folder with more theorems.")
def command(
    id: str, as_json: bool, settings: tuple[str, ...], budget: float, seed: int, certificates: Path | None,
    paths: tuple[Path, ...],
) -> None:  # fmt: skip
    """Drop one assumption of a theorem at a time and decide what is left.

    An assumption is needed when the rest has a counterexample, which is printed (if the statement holds, where that
    stays undecided); not needed on this instance when the rest is still proved; not shown to be needed when the rest
    stays undecided; and the rest may be vacuous.

    \b
    attnverify ablate mask-ridge
    attnverify ablate mask-ridge --set p=1 --json
    """
    from verify.ablation import ablate
    from verify.catalogue import find
    from verify.commands._shared import pairs
    from verify.terminal import step_line

    show = step_line()
    found = ablate(find(id, paths), pairs(settings), budget=budget, seed=seed, certificates=certificates, progress=show)
    show("", 1.0)
    click.echo(json.dumps(found.to_json(), ensure_ascii=False) if as_json else page(found))
    raise click.exceptions.Exit(4 if any(row.verdict == "undecided" for row in found.rows) else 0)


def page(found: Ablation) -> str:
    """Return the matrix as text."""
    lines = [f"{found.id}: {found.base or 'not a claim of its own'} with all assumptions"]
    if found.remark:
        lines.append(f"    {found.remark}")
    width = max((len(row.assumption) for row in found.rows), default=0)
    for row in found.rows:
        level = f", {row.level}" if row.level else ""
        lines.append(f"{row.assumption:<{width}}  {row.outcome}  ({row.verdict or 'nothing to decide'}{level})")
        lines += [f"{'':<{width}}    {text}" for text in _evidence(row)]
    return "\n".join(lines)


def _evidence(row: Any) -> list[str]:
    out = [f"without it: {row.change}"] if row.change else []
    if row.witness:
        out.append("witness: " + ", ".join(f"{name} = {value}" for name, value in row.witness.items()))
    if row.reason:
        out.append(row.reason)
    return out
