"""``attnverify report``: verdicts as a page to hand on, and in the formats of other programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reports.parts.reading import Results

VERDICT_SUFFIXES = (".json", ".jsonl", ".ndjson")
"""Arguments with these endings are files of verdicts."""


@click.command(
    short_help="Write verdicts as HTML, Markdown, PDF, JSON, JUnit or SARIF.",
    epilog="Exit codes: 0 written (whatever the verdicts; 'check' judges them), 2 wrong usage or an input that could "
    "not be read or checked (the rest is still written), 1 internal error.",
)
@click.argument("sources", nargs=-1, metavar="[VERDICTS|THEOREM-ID|FILE]...")
@click.option("--all", "whole_library", is_flag=True, help="Check and report every theorem of the library.")
@click.option("--format", "formats", default="html", show_default=True, metavar="NAMES",
              help="Formats, with commas between: html, md, json, junit, sarif, pdf.")  # fmt: skip
@click.option("--out", "directory", default=Path("report"), show_default=True, metavar="DIR",
              type=click.Path(path_type=Path, file_okay=False), help="Folder for the files.")  # fmt: skip
@click.option("--title", default=None, help="Title of the report.")
@click.option("--created", metavar="TIME", help="Time stamp to print; 'none' leaves it out.  [default: now, or "
              "SOURCE_DATE_EPOCH]")  # fmt: skip
@click.option("--budget", default=60.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds per check.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the checks.")
def command(
    sources: tuple[str, ...], whole_library: bool, formats: str, directory: Path, title: str | None,
    created: str | None, budget: float, seed: int,
) -> None:  # fmt: skip
    """Write a report on verdicts.

    VERDICTS is a file that 'attnverify check --json' wrote (.json or .jsonl, or - for standard input). Claim files and
    theorems are checked first, with their certificates in the folder of the report.

    \b
    attnverify check *.toml --json > run.jsonl
    attnverify report run.jsonl --format html,pdf --out report
    attnverify report sparse-mask claim.toml
    attnverify report run.jsonl --format junit,sarif --out ci

    The files are called report.html, report.md, report.json, report.junit.xml, report.sarif and report.pdf. The same
    verdicts give the same bytes when the time stamp is fixed.
    """
    import reports
    from reports.parts.environment import now

    chosen = _formats(formats)
    targets = (*sources, *(_library() if whole_library else ()))
    if not targets:
        raise click.UsageError("nothing to report; give verdicts, claim files or theorems, or --all")
    results, code = _results(targets, directory, budget, seed)
    stamp = now() if created is None else "" if created == "none" else created
    paths = reports.write(
        results.verdicts, directory, chosen, title=title or _title(results), created=stamp, errors=results.errors
    )
    for path in paths:
        click.echo(f"{path}  {_size(path)}")
    for error in results.errors:
        click.echo(f"not checked: {_plain(error['error'])}", err=True)
    raise click.exceptions.Exit(code)


def _formats(text: str) -> list[str]:
    import reports

    chosen = [reports.canonical(part.strip()) for part in text.split(",") if part.strip()]
    if not chosen:
        raise click.BadParameter("name at least one format", param_hint="--format")
    return chosen


def _library() -> tuple[str, ...]:
    from verify.catalogue import ids

    return ids()


def _results(sources: tuple[str, ...], directory: Path, budget: float, seed: int) -> tuple[Results, int]:
    """Read the files of verdicts, check everything else; return results and exit code."""
    from reports.parts.reading import Results

    targets = [source for source in sources if not _is_verdicts(source)]
    found = [_read(source) for source in sources if _is_verdicts(source)]
    code = 0
    if targets:
        checked, code = _checked(targets, directory, budget, seed)
        found.append(checked)
    verdicts = tuple(verdict for part in found for verdict in part.verdicts)
    return Results(verdicts, tuple(error for part in found for error in part.errors)), code


def _read(source: str) -> Results:
    from reports.parts.reading import parse, read
    from verify.errors import InvalidInput

    if source != "-":
        return read(Path(source))
    try:
        return parse(sys.stdin.read(), name="standard input")
    except UnicodeDecodeError:
        raise InvalidInput("standard input is not UTF-8 text", fix="pipe 'attnverify check --json' into it") from None


def _is_verdicts(source: str) -> bool:
    return source == "-" or source.endswith(VERDICT_SUFFIXES)


def _checked(targets: list[str], directory: Path, budget: float, seed: int) -> tuple[Results, int]:
    from reports.parts.reading import Results
    from verify.checking import check_targets
    from verify.runs import Failure, Settings
    from verify.terminal import Watch

    settings = Settings(budget=budget, seed=seed, certificates=directory / "certificates")
    with Watch(len(targets)) as watch:
        results = list(check_targets(targets, settings, watcher=watch))
    failures = [result for result in results if isinstance(result, Failure)]
    verdicts = tuple(result for result in results if not isinstance(result, Failure))
    code = 1 if any(failure.internal for failure in failures) else 2 if failures else 0
    return Results(verdicts, tuple(failure.to_json() for failure in failures)), code


def _title(results: Results) -> str:
    """Return the title of the only claim, or a general one."""
    from reports import DEFAULT_TITLE

    if len(results.verdicts) == 1:
        return results.verdicts[0].title or results.verdicts[0].id
    return DEFAULT_TITLE


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size} B" if size < 1000 else f"{size / 1000:.0f} kB"


def _plain(text: str) -> str:
    from reports.parts.text import clean, one_line

    return one_line(clean(text))
