"""What ``check`` shows in a terminal: one line per verdict, details on request, colour only where it is wanted."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from verify.runs import Failure
from verify.verdict import Verdict

COLOURS = {"proved": "green", "refuted": "red", "vacuous": "yellow", "supported": "cyan", "undecided": "magenta"}


def progress_line() -> Callable[[int, int], None] | None:
    """Return a callback that keeps a counter on the last line of a terminal; None when nobody watches."""
    if not sys.stderr.isatty():
        return None

    def show(finished: int, count: int) -> None:
        end = "\r" if finished < count else "\r\x1b[K"
        text = f"{finished} of {count} decided" if finished < count else ""
        click.echo(f"\x1b[K{text}{end}", nl=False, err=True)

    return show


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
