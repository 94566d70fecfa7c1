"""``attnverify assumptions``: which assumptions of a theorem hold on an instance, and by how much."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from verify.theorem import Theorem
    from verify.verdict import Assumption

SHIPPED = Path(__file__).resolve().parents[2] / "theorems" / "data" / "digits.csv.gz"
"""The images that come with the package, and their label."""

SHIPPED_TARGET = "digit"
ALL_OF = "every-hypothesis"
"""The entry that decides H1 to H13 on a table."""


@click.command(
    "assumptions",
    short_help="Decide the assumptions of a theorem on your data or settings.",
    epilog="Exit codes: 0 all of them hold, 3 one fails, 4 one could not be decided, 2 wrong usage.",
)
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output, nothing else.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Setting of the theorem.")
@click.option("--data", type=click.Path(path_type=Path), help="Your data: .csv, .npz or .parquet.")
@click.option("--digits", is_flag=True, help="Use the shipped images of digits in place of --data.")
@click.option("--target", "column", metavar="COLUMN", help="Column of --data to predict.")
@click.option("--budget", default=60.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of every random choice.")
@click.option("--path", "paths", multiple=True, type=click.Path(path_type=Path), help="Folder with more theorems.")
def command(
    id: str, as_json: bool, settings: tuple[str, ...], data: Path | None, digits: bool, column: str | None,
    budget: float, seed: int, paths: tuple[Path, ...],
) -> None:  # fmt: skip
    """Decide the assumptions of a theorem on the instance that settings and data describe.

    Each line has the value, the threshold, the margin (how far on the good side) and the level of the evidence, and
    where it is known what would have to change (which n, which lambda, which mask), computed and checked. A failing
    assumption makes the theorem vacuous on this instance, which the first line says. Assumptions that every instance
    meets by its form (the kind of point, the shape of the model) are listed last.

    ID may also be 'all' with --data or --digits: H1 to H13 of the collection on a table.

    \b
    attnverify assumptions sparse-mask --data mine.csv --target price
    attnverify assumptions separation --set p=2
    attnverify assumptions restricted-convexity --data mine.csv --target price --set k=3 --set lambda=event
    attnverify assumptions all --digits --set n=200
    """
    from numerics.budget import Budget, OutOfTime
    from verify.catalogue import find
    from verify.commands._shared import pairs
    from verify.data import load_data

    if digits and data is not None:
        raise click.UsageError("give --data or --digits, not both")
    chosen = SHIPPED if digits else data
    theorem = find(ALL_OF if id == "all" else id, paths)
    table = load_data(chosen, column or (SHIPPED_TARGET if digits else None)) if chosen is not None else None
    if id == "all" and table is None:
        raise click.UsageError("'all' needs --data FILE or --digits")
    try:
        rows = decided(theorem, pairs(settings), table, Budget.of(budget), seed)
    except OutOfTime:
        raise click.ClickException(f"the budget of {budget:g} s is used up; give a larger --budget") from None
    click.echo(json.dumps(described(theorem, rows), ensure_ascii=False) if as_json else page(theorem, rows))
    raise click.exceptions.Exit(_code(rows))


def decided(theorem: Theorem, given: dict[str, str], data: Any, budget: Any, seed: int) -> tuple[Assumption, ...]:
    """Return the assumptions of an instance, decided.

    Raises:
        InvalidInput: unknown settings, or data that do not fit.
        OutOfTime: the budget is used up.
    """
    from fractions import Fraction

    from verify.errors import InvalidInput, Location
    from verify.terminal import step_line
    from verify.theorem import Run, read_settings

    def run_of(values: Any) -> Run:
        return Run(values, tuple(given), data, budget, seed, Fraction(1, 1000), step_line())

    if data is not None and theorem.on_data is not None:
        return theorem.on_data.decide(run_of(read_settings(theorem.id, theorem.on_data.settings, given)))
    if data is not None and theorem.statement is not None:
        raise InvalidInput(f"{theorem.id} takes no data", fix="choose its --set values", where=Location(key="--data"))
    if theorem.assumptions is None:
        return theorem.check(given, data, budget=budget, seed=seed).assumptions
    return theorem.assumptions(run_of(theorem.read_settings(given)))


def headline(theorem: Theorem, rows: tuple[Assumption, ...]) -> str:
    """Return what the assumptions mean for the theorem on this instance."""
    failed = [row.name for row in rows if row.holds is False]
    free = [name for name in failed if name.startswith("H13-conclusion")]
    if free and len(failed) == len(free):
        return "FREE: the conclusion says nothing here that is not true anyway (H13)"
    if failed and theorem.id == ALL_OF:
        return f"{', '.join(failed)} fail: theorems that need them say nothing about this table (vacuous)"
    if failed:
        return f"VACUOUS: the theorem says nothing about this instance, since {', '.join(failed)} fails"
    unknown = [row.name for row in rows if row.holds is None]
    return f"open: {', '.join(unknown)} could not be decided" if unknown else "all of them hold"


def described(theorem: Theorem, rows: tuple[Assumption, ...]) -> dict[str, Any]:
    """Return the assumptions as JSON-able data."""
    return {
        "id": theorem.id,
        "headline": headline(theorem, rows),
        "assumptions": [vars(row) for row in rows],
        "by_form": [vars(item) for item in theorem.hypotheses if item.name not in {row.name for row in rows}],
    }


def page(theorem: Theorem, rows: tuple[Assumption, ...]) -> str:
    """Return the same as text."""
    lines = [f"{theorem.id}: {theorem.title}", *([headline(theorem, rows)] if rows else [])]
    words = {True: "holds", False: "FAILS", None: "open "}
    for row in rows:
        lines.append(f"{words[row.holds]}  {row.name}: {row.statement}")
        lines.append(f"       {row.value} {row.relation} {row.threshold}, margin {row.margin} ({row.level})")
        lines += [f"       {row.note}"] if row.note else []
        lines += [f"       {'can be pushed' if row.holds else 'would hold'}: {row.change}"] if row.change else []
    for item in theorem.hypotheses:
        if item.name not in {row.name for row in rows}:
            lines.append(f"given  {item.name}: {item.statement} ({item.decided_by})")
    return "\n".join(lines)


def _code(rows: tuple[Assumption, ...]) -> int:
    if any(row.holds is False for row in rows):
        return 3
    return 4 if any(row.holds is None for row in rows) else 0
