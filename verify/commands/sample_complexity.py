"""``attnverify sample-complexity``: how many samples attention needs, and how many the baseline, in one metric."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from verify.sample_size import Comparison

NOT_DECIDED = 4


@click.command(
    "sample-complexity",
    short_help="Compare how many samples attention and a baseline need: bounds, and measured curves.",
    epilog="Exit codes: 0 every comparison is separated or not separated; 4 one cannot be decided by these bounds; 2 wrong "
    "usage; 130 interrupted (what was measured is kept).",
)
@click.argument("id", required=False)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Setting of the comparison.")
@click.option("--data", type=click.Path(path_type=Path), help="Your data: .csv, .npz or .parquet.")
@click.option("--target", "column", metavar="COLUMN", help="Column of --data to leave out of the inputs.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output, nothing else.")
@click.option("--budget", default=60.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds in all.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of every random choice.")
@click.option("--certificates", default=Path("certificates"), show_default=True, type=click.Path(path_type=Path),
              help="Directory for certificates.")  # fmt: skip
@click.option("--path", "paths", multiple=True, type=click.Path(path_type=Path), help="Folder with more theorems.")
@click.option("--report", type=click.Path(path_type=Path), metavar="DIR", help="Also write a report (HTML, Markdown).")
def command(
    id: str | None, settings: tuple[str, ...], data: Path | None, column: str | None, as_json: bool, budget: float,
    seed: int, certificates: Path, paths: tuple[Path, ...], report: Path | None,
) -> None:  # fmt: skip
    """Compare the number of samples that attention needs with what a baseline without attention needs.

    n_up is a number of samples with which attention reaches an error (an upper bound); with fewer than n_low samples
    no procedure of the baseline's family does (a lower bound). Both are in the same metric and the same mode, and a
    certificate is rechecked; only then is the verdict 'separated'. It is 'not separated' where a named baseline is
    shown to be as good on the same samples. Otherwise, and always between two upper bounds, the question 'cannot be
    decided by these bounds'. Without ID the entries that ask about samples are listed.

    \b
    attnverify sample-complexity separation
    attnverify sample-complexity separation --set instance=gaussian --set p=100000 --set k=5
    attnverify sample-complexity separation --data mine.csv --target price --set k=2
    attnverify sample-complexity hard-mask-samples --set p=257
    """
    from numerics.budget import Budget
    from verify.commands.check import _pairs
    from verify.data import load_data
    from verify.sample_run import compared, lines_of, question_ids, question_of, refuse_data

    if id is None:
        click.echo("\n".join(question_ids(paths)))
        return
    question = question_of(id, paths)
    table = load_data(data, column) if data is not None else None
    if table is not None:
        refuse_data(question, id)
    found: list[Comparison] = []
    clock = Budget.of(budget)
    for comparison in compared(question, _pairs(settings), table, budget=clock, seed=seed, certificates=certificates):
        found.append(comparison)
        if not as_json:
            click.echo("\n".join(lines_of(comparison)))
    if as_json:
        click.echo(json.dumps({"id": id, "comparisons": [one.to_json() for one in found]}, ensure_ascii=False))
    if report is not None:
        _write_report(id, found, report, seed, as_json)
    raise click.exceptions.Exit(_code(found))


def _code(found: list[Comparison]) -> int:
    from verify.sample_size import UNDECIDED

    return NOT_DECIDED if any(comparison.verdict == UNDECIDED for comparison in found) else 0


def _write_report(id: str, found: list[Any], directory: Path, seed: int, quiet: bool) -> None:
    import reports
    from verify.sample_run import as_verdict

    verdicts = [as_verdict(id, comparison, 0.0, seed) for comparison in found]
    for path in reports.write(verdicts, directory, ["html", "markdown"], title=f"How many samples: {id}"):
        click.echo(f"report: {path}", err=quiet)
