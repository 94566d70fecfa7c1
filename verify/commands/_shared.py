"""What several commands read from their options and write at their end."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from verify.verdict import Verdict


def pairs(settings: Sequence[str]) -> dict[str, str]:
    """Return the texts NAME=VALUE of ``--set`` by name.

    Raises:
        click.BadParameter: a text has no name or no ``=``.
    """
    out = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--set")
        out[name.strip()] = value.strip()
    return out


def error_probability(text: str) -> Fraction:
    """Return the value of ``--confidence``.

    Raises:
        click.BadParameter: it is not between 0 and 1/2.
        InvalidInput: it is not a number.
    """
    from verify.exact import parse_rational

    value = parse_rational(text)
    if not 0 < value <= Fraction(1, 2):
        raise click.BadParameter(f"{text} is not between 0 and 1/2", param_hint="--confidence")
    return value


def write_report(verdicts: Sequence[Verdict], directory: Path, *, title: str = "", quiet: bool) -> None:
    """Write the HTML and the Markdown report, and name both; on standard error where ``quiet``."""
    import reports

    for path in reports.write(verdicts, directory, ["html", "markdown"], title=title or reports.DEFAULT_TITLE):
        click.echo(f"report: {path}", err=quiet)
