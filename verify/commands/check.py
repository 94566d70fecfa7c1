"""``attnverify check``: decide claim files and theorems of the library."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click


@click.command(
    short_help="Decide claim files and theorems of the library.",
    epilog="Exit codes: 0 every verdict as expected (without an expectation: nothing refuted), 3 a verdict against its "
    "expectation or a refutation without one, 4 something that should be decided stayed undecided, 2 an invalid file.",
)
@click.argument("targets", nargs=-1, required=True, metavar="FILE|THEOREM-ID...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per target on standard output, nothing else.")
@click.option("--budget", default=60.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds per claim.")
@click.option("--certificates", default=Path("certificates"), show_default=True, type=click.Path(path_type=Path),
              help="Directory for certificates.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of every random choice.")
@click.option("--confidence", default="1/1000", show_default=True, help="Error probability of statistical statements.")
@click.option("--strict", is_flag=True, help="Exit with 4 when anything stays undecided.")
@click.option("--jobs", default=0, help="Claims decided side by side (0: one per core).")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Setting of a theorem, e.g. --set n=64.")
@click.option("--data", type=click.Path(path_type=Path), help="Data for a theorem: .csv, .npz or .parquet.")
@click.option("--target", "column", metavar="COLUMN", help="Column of --data to predict.")
@click.option("--path", "folders", multiple=True, type=click.Path(path_type=Path), help="Folder with more theorems.")
@click.option("--report", type=click.Path(path_type=Path), metavar="DIR", help="Also write a report (HTML, Markdown).")
@click.option("-v", "--verbose", is_flag=True, help="Show method, effort and numbers of every verdict.")
def command(
    targets: tuple[str, ...], as_json: bool, budget: float, certificates: Path, seed: int, confidence: str,
    strict: bool, jobs: int, settings: tuple[str, ...], data: Path | None, column: str | None,
    folders: tuple[Path, ...], report: Path | None, verbose: bool,
) -> None:  # fmt: skip
    """Decide claims: proved, refuted, vacuous, supported or undecided, each with its evidence.

    A target is a claim file or the id of a theorem ('attnverify list' shows them). Verdicts that are proved, refuted
    or vacuous come with a certificate that 'attnverify recheck' verifies on its own.

    \b
    attnverify check claim.toml --budget 20
    attnverify check *.toml --json > verdicts.jsonl
    attnverify check sparse-mask --set n=400 --report report
    attnverify check sparse-mask --data mine.csv --target price
    """
    from verify.checking import check_targets
    from verify.commands._shared import error_probability, pairs, write_report
    from verify.runs import Settings
    from verify.terminal import Watch, summary
    from verify.verdict import Verdict, exit_code

    options = Settings(
        budget=budget, seed=seed, confidence=error_probability(confidence), certificates=certificates,
        theorem_settings=pairs(settings), data=data, column=column, folders=folders, jobs=jobs,
    )  # fmt: skip
    show = _json_line if as_json else _Terminal(verbose)
    results: list[Any] = []
    interrupted = False
    started = time.monotonic()
    try:
        with Watch(len(targets)) as watch:
            for result in check_targets(targets, options, watcher=watch):
                results.append(result)
                with watch.aside():
                    show(result)
    except KeyboardInterrupt:
        interrupted = True
        click.echo(f"interrupted: {len(results)} of {len(targets)} finished; their results are kept", err=True)
    if len(results) > 1 and not as_json:
        click.echo(summary(results, time.monotonic() - started))
    verdicts = [result for result in results if isinstance(result, Verdict)]
    if report is not None and verdicts:
        write_report(verdicts, report, quiet=as_json)
    raise click.exceptions.Exit(130 if interrupted else _code(results, exit_code(verdicts, strict=strict)))


def _code(results: list[Any], code: int) -> int:
    from verify.runs import Failure

    failures = [result for result in results if isinstance(result, Failure)]
    if any(failure.internal for failure in failures):
        return 1
    return 2 if failures else code


def _json_line(result: Any) -> None:
    click.echo(json.dumps(result.to_json(), ensure_ascii=False))


class _Terminal:
    """Shows results as lines of text."""

    def __init__(self, verbose: bool) -> None:
        self.verbose = verbose

    def __call__(self, result: Any) -> None:
        from verify.terminal import show_result

        show_result(result, verbose=self.verbose)
