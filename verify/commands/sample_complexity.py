"""``attnverify sample-complexity``: how many samples attention needs, and how many the baseline, in one metric."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from verify.curve_run import Measurements
    from verify.sample_size import Comparison, SampleQuestion

NOT_DECIDED, INTERRUPTED = 4, 130


@click.command(
    "sample-complexity",
    short_help="Compare how many samples attention and a baseline need: bounds, and measured curves.",
    epilog="Exit codes: 0 every comparison is separated or not separated; 4 one cannot be decided by these bounds; 2 "
    "wrong usage; 130 interrupted (what was measured is kept).",
)
@click.argument("id", required=False)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Setting of the comparison.")
@click.option("--data", type=click.Path(path_type=Path), help="Your data: .csv, .npz or .parquet.")
@click.option("--target", "column", metavar="COLUMN", help="Column of --data to leave out of the inputs.")
@click.option("--curves", "names", metavar="NAMES", help="Experiments to measure, with commas between: sparse, dense, "
              "digits; or none.  [default: all; none with --set or --data]")  # fmt: skip
@click.option("--seeds", default=24, show_default=True, type=click.IntRange(min=1), help="Seeds of every measurement.")
@click.option("--ledger", default=Path("measurements/sample-complexity.sqlite"), show_default=True, metavar="FILE",
              type=click.Path(path_type=Path), help="File of what was measured; a run goes on from it.")  # fmt: skip
@click.option("--jobs", default=0, type=click.IntRange(min=0), help="Cells measured side by side (0: one per core).")
@click.option("--confidence", default="1/1000", show_default=True, help="Error probability of 'supported'.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output, nothing else.")
@click.option("--budget", default=60.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds in all.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of drawn teachers.")
@click.option("--certificates", default=Path("certificates"), show_default=True, type=click.Path(path_type=Path),
              help="Directory for certificates.")  # fmt: skip
@click.option("--path", "paths", multiple=True, type=click.Path(path_type=Path), help="Folder with more theorems.")
@click.option("--report", type=click.Path(path_type=Path), metavar="DIR", help="Also write a report (HTML, Markdown).")
def command(
    id: str | None, settings: tuple[str, ...], data: Path | None, column: str | None, names: str | None, seeds: int,
    ledger: Path, jobs: int, confidence: str, as_json: bool, budget: float, seed: int, certificates: Path,
    paths: tuple[Path, ...], report: Path | None,
) -> None:  # fmt: skip
    """Compare the number of samples that attention needs with what a baseline without attention needs.

    n_up is a number of samples with which attention reaches an error (an upper bound); with fewer than n_low samples
    no procedure of the baseline's family does (a lower bound). Both are in the same metric and the same mode, and a
    certificate is rechecked; only then is the verdict 'separated'. It is 'not separated' where a named baseline is
    shown to be as good on the same samples. Otherwise, and always between two upper bounds, the question 'cannot be
    decided by these bounds'. Without ID the entries that ask about samples are listed.

    Then curves of error against n are measured: mask, self-attention, lasso, ridge, minimum norm, and a two-layer net
    without attention. They can only be 'supported', at the confidence that is printed. What was measured stays in the
    ledger: after Ctrl-C or the end of the budget the same command goes on where it stopped.

    \b
    attnverify sample-complexity separation --budget 900 --report report
    attnverify sample-complexity separation --set instance=gaussian --set p=100000 --set k=5
    attnverify sample-complexity separation --data mine.csv --target price --set k=2
    attnverify sample-complexity hard-mask-samples --set p=257
    """
    from verify.machine import single_threaded

    single_threaded()
    from numerics.budget import Budget
    from verify.commands._shared import error_probability, pairs, write_report
    from verify.data import load_data
    from verify.sample_run import compared, lines_of, question_ids, question_of, refuse_data

    if id is None:
        click.echo("\n".join(question_ids(paths)))
        return
    question, clock, level = question_of(id, paths), Budget.of(budget), error_probability(confidence)
    experiments = _experiments(names, question, bool(settings) or data is not None)
    table = load_data(data, column) if data is not None else None
    if table is not None:
        refuse_data(question, id)
    found: list[Comparison] = []
    for comparison in compared(question, pairs(settings), table, budget=clock, seed=seed, certificates=certificates):
        found.append(comparison)
        if not as_json:
            click.echo("\n".join(lines_of(comparison)))
    measured = _measured(experiments, seeds, ledger, clock.left, jobs) if experiments else None
    if as_json:
        click.echo(json.dumps(_json(id, found, experiments, measured, level), ensure_ascii=False))
    verdicts = _verdicts(id, found, experiments, measured, level, seed, ledger)
    if not as_json:
        _show(verdicts[len(found) :], measured)
    if report is not None:
        write_report(verdicts, report, title=f"How many samples: {id}", quiet=as_json)
    raise click.exceptions.Exit(INTERRUPTED if measured and measured.interrupted else _code(found))


def _experiments(names: str | None, question: SampleQuestion, narrowed: bool) -> list[str]:
    from numerics.sample_complexity.experiments import experiment

    if names is None:
        return [] if narrowed else list(question.curves)
    chosen = [name.strip() for name in names.split(",") if name.strip() not in ("", "none")]
    return [experiment(name).name for name in chosen]


def _measured(experiments: list[str], seeds: int, ledger: Path, budget: float, jobs: int) -> Measurements:
    from verify.curve_run import cells_of, measure_all
    from verify.curve_verdict import ALL
    from verify.terminal import step_line

    line = step_line()

    def show(done: int, count: int, left: float, what: str) -> None:
        line(f"{done} of {count} measured, about {_duration(left)} left: {what}", done / count)

    found = measure_all(cells_of(experiments, ALL, seeds), ledger, budget=max(budget, 0.0), jobs=jobs, show=show)
    line("", 1.0)
    return found


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _verdicts(
    id: str, found: list[Comparison], experiments: list[str], measured: Measurements | None, confidence: Fraction,
    seed: int, ledger: Path,
) -> list[Any]:  # fmt: skip
    from verify.curve_verdict import verdicts
    from verify.sample_run import as_verdict

    out = [as_verdict(id, comparison, seed) for comparison in found]
    for name in experiments if measured is not None else ():
        assert measured is not None
        part = measured.part(name)
        line = f"attnverify sample-complexity {id} --curves {name} --ledger {ledger}"
        out += verdicts(id, name, part.entries, confidence, missing=part.missing, reproduce=line)
    return out


def _show(verdicts: list[Any], measured: Measurements | None) -> None:
    from reports.parts.sample_curves import text_table

    shown = ""
    for verdict in verdicts:
        table = verdict.details["tables"][0]
        if table["title"] != shown:
            shown = table["title"]
            click.echo("\n" + "\n".join(text_table(table)))
        click.echo(f"{verdict.verdict}: {verdict.title}")
        click.echo("    " + "\n    ".join(f"{key}: {value}" for key, value in verdict.values.items()))
    if measured is not None and measured.missing:
        word = "interrupted" if measured.interrupted else "the budget is used up"
        done = measured.wanted - measured.missing
        click.echo(
            f"{word}: {done} of {measured.wanted} cells are measured and kept; the same command goes on from there"
        )
    for problem in measured.problems if measured is not None else ():
        click.echo(f"not measured: {problem}", err=True)


def _json(
    id: str, found: list[Comparison], experiments: list[str], measured: Measurements | None, confidence: Fraction
) -> dict[str, Any]:
    from verify.curve_verdict import to_json

    data: dict[str, Any] = {"id": id, "comparisons": [one.to_json() for one in found]}
    if measured is not None:
        data["measured"] = [to_json(name, measured.part(name).entries, confidence) for name in experiments]
        data["cells"] = {"wanted": measured.wanted, "missing": measured.missing}
    return data


def _code(found: list[Comparison]) -> int:
    from verify.sample_size import UNDECIDED

    return NOT_DECIDED if any(comparison.verdict == UNDECIDED for comparison in found) else 0
