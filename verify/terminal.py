"""What ``check`` shows in a terminal: one line per verdict, details on request, colour only where it is wanted."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePath
from typing import Any

import click

from verify.checking import Watcher
from verify.runs import Failure
from verify.verdict import Verdict

PIPED_WIDTH = 120
"""Columns of a table where nobody watches."""

COLOURS = {"proved": "green", "refuted": "red", "vacuous": "yellow", "supported": "cyan", "undecided": "magenta"}


class Watch(Watcher):
    """A bar on the last line of a terminal: how many are decided, how long it takes yet, what is being done.

    Used as a context manager; shows nothing where standard error is not a terminal.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> Watch:
        if sys.stderr.isatty():
            self.bar = _bar()
            self.task = self.bar.add_task("", total=self.count)
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def finished(self, count: int) -> None:
        """``count`` targets have a result."""
        if self.bar is not None:
            self.bar.update(self.task, completed=count)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bar away while something is printed."""
        if self.bar is not None:
            self.bar.stop()
        yield
        if self.bar is not None:
            self.bar.start()

    def step(self, target: str, what: str, done: float) -> None:
        """A target is at the step ``what``."""
        if self.bar is not None:
            share = f" {done:.0%}" if done else ""
            self.bar.update(self.task, description=f"{PurePath(target).name}: {what}{share}")


def _bar() -> Any:
    from rich import progress
    from rich.console import Console
    from rich.markup import escape

    class Description(progress.TextColumn):
        def render(self, task: Any) -> Any:
            return super().render(replace(task, description=escape(task.description)))

    return progress.Progress(
        progress.BarColumn(20), progress.MofNCompleteColumn(), progress.TextColumn("decided"),
        progress.TimeElapsedColumn(), progress.TimeRemainingColumn(), Description("{task.description}"),
        console=Console(stderr=True, no_color="NO_COLOR" in os.environ), transient=True, refresh_per_second=5,
        redirect_stdout=False,
    )  # fmt: skip


def summary(results: Sequence[Verdict | Failure], seconds: float) -> str:
    """Return one line that counts verdicts by their level."""
    verdicts = [result for result in results if isinstance(result, Verdict)]
    parts = []
    for word in COLOURS:
        levels = Counter(verdict.level or "-" for verdict in verdicts if verdict.verdict == word)
        if levels:
            shown = ", ".join(f"{count} {level}" for level, count in levels.items() if level != "-")
            parts.append(f"{sum(levels.values())} {word}{f' ({shown})' if shown else ''}")
    failed = len(results) - len(verdicts)
    parts += [f"{failed} invalid"] if failed else []
    expected = [verdict for verdict in verdicts if verdict.expected is not None]
    against = sum(not verdict.as_expected for verdict in expected)
    note = f"; {against} of {len(expected)} not as expected" if against else "; all as expected" if expected else ""
    return f"{len(results)} in {seconds:.1f} s: {', '.join(parts)}{note}"


def step_line() -> Callable[[str, float], None]:
    """Return a callback that shows what a long computation is doing, on the last line of a terminal."""
    if not sys.stderr.isatty():
        return lambda what, done: None

    def show(what: str, done: float) -> None:
        filled = int(20 * min(max(done, 0.0), 1.0))
        bar = "#" * filled + "." * (20 - filled)
        click.echo(f"\r\x1b[K{f'[{bar}] {what}' if what else ''}", nl=False, err=True)

    return show


def show_result(result: Verdict | Failure, *, verbose: bool) -> None:
    """Print one result."""
    if isinstance(result, Failure):
        click.echo(f"{_coloured('invalid', 'red', 10)} {result.error}")
        return
    mark = (
        "" if result.expected is None else ("  as expected" if result.as_expected else f"  EXPECTED {result.expected}")
    )
    word = _coloured(result.verdict, COLOURS[result.verdict], 10)
    level = f"{result.level or '-':<12}"
    click.echo(f"{word} {level} {result.id}  {click.style(result.title, dim=True)}  {result.seconds:.2f} s{mark}")
    for line in _details(result, verbose):
        click.echo(f"           {line}")


def _coloured(word: str, colour: str, width: int) -> str:
    text = f"{word:<{width}}"
    return text if "NO_COLOR" in os.environ else click.style(text, fg=colour, bold=True)


def _details(verdict: Verdict, verbose: bool) -> list[str]:
    out = []
    for assumption in verdict.assumptions:
        state = {True: "holds", False: "FAILS", None: "open"}[assumption.holds]
        out.append(
            f"{state:<6} {assumption.name}: {assumption.value} {assumption.relation} {assumption.threshold} "
            f"(margin {assumption.margin}, {assumption.level}) {assumption.note}".rstrip()
        )
    if verdict.witness:
        out.append("at " + _named(verdict.witness))
    if verdict.values and (verbose or verdict.verdict in ("refuted", "supported")):
        out.append(_named(verdict.values))
    if verdict.reason:
        out.append(verdict.reason)
    if verbose:
        out += _verbose(verdict)
    return out


def _verbose(verdict: Verdict) -> list[str]:
    out = [f"scope: {verdict.scope}", f"method: {verdict.method or '-'}"]
    if verdict.effort:
        out.append(f"effort: {_named(verdict.effort)}")
    if verdict.certificate:
        out.append(f"certificate: {verdict.certificate}")
    if verdict.reproduce:
        out.append(f"reproduce: {verdict.reproduce}")
    return out


def _named(mapping: Any) -> str:
    return ", ".join(f"{name} = {value}" for name, value in mapping.items())


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows of texts in aligned columns, wrapped to the width of the terminal; verdict words are coloured."""
    from io import StringIO

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    out = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in headings:
        out.add_column(heading, overflow="fold")
    for row in rows:
        out.add_row(*[Text(cell, style=COLOURS.get(cell, "")) for cell in row])
    page = StringIO()
    Console(file=page, force_terminal=coloured, width=None if sys.stdout.isatty() else PIPED_WIDTH).print(out)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())
