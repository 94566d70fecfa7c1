"""``attnverify compare``: what changed between two runs, with an exit code for continuous integration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from reports.parts.comparison import Change

WORSE_CODE = 3
"""Exit code when a verdict changed for the worse."""

_COLOURS = {"worse": "red", "gone": "red", "better": "green", "different": "yellow", "new": "cyan"}


@click.command(
    short_help="Show what changed between two runs.",
    epilog="Exit codes: 0 no verdict is worse, 3 a verdict changed for the worse or is gone, 2 wrong usage or an "
    "invalid file.",
)
@click.argument("old", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("new", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output, nothing else.")
@click.option("--allow-missing", is_flag=True, help="Claims that are only in OLD do not count as worse.")
@click.option("-v", "--verbose", is_flag=True, help="Also list claims without any change.")
def command(old: Path, new: Path, as_json: bool, allow_missing: bool, verbose: bool) -> None:
    """Compare two runs: verdicts, levels, margins of assumptions, seconds.

    OLD and NEW are files that 'attnverify check --json' or 'attnverify report --format json' wrote. Claims are matched
    by their id.

    A verdict is worse when it met its expectation and does not any more, or when it was undecided and is now against
    its expectation. Without an expectation the order is proved, supported, vacuous, undecided, refuted. The same word
    at level statistical, sampled or float instead of exact or ball is worse. Margins and seconds are shown but do not
    change the exit code.
    """
    from reports.parts.comparison import compare, is_worse, to_json
    from reports.parts.reading import read

    changes = compare(read(old).verdicts, read(new).verdicts)
    worse = is_worse(changes, allow_missing=allow_missing)
    if as_json:
        import json

        click.echo(json.dumps(to_json(changes, worse=worse), ensure_ascii=False))
    else:
        _show(changes, verbose)
    raise click.exceptions.Exit(WORSE_CODE if worse else 0)


def _show(changes: list[Change], verbose: bool) -> None:
    shown = [change for change in changes if verbose or change.is_notable]
    width = max((len(_plain(change.id)) for change in shown), default=0)
    for change in shown:
        label = _coloured(f"{change.kind:<9}", change.kind)
        click.echo(f"{label}  {_plain(change.id):<{width}}  {_verdicts(change)}{_seconds(change)}")
        for margin in change.margins:
            click.echo(f"{'':<9}  {'':<{width}}  {_plain(margin.name)}: {_margin(margin)}")
    click.echo(_total(changes))


def _coloured(text: str, kind: str) -> str:
    from os import environ

    return text if "NO_COLOR" in environ or kind not in _COLOURS else click.style(text, fg=_COLOURS[kind], bold=True)


def _verdicts(change: Change) -> str:
    old = "-" if change.old is None else _with_level(change.old, change.old_level)
    new = "-" if change.new is None else _with_level(change.new, change.new_level)
    return old if old == new else f"{old} -> {new}"


def _with_level(word: str, level: str | None) -> str:
    return f"{word} ({level})" if level else word


def _seconds(change: Change) -> str:
    return f"  {change.old_seconds:.1f} s -> {change.new_seconds:.1f} s, {change.pace}" if change.pace else ""


def _margin(margin: Any) -> str:
    words = {True: "holds", False: "fails", None: "not decided"}
    text = f"margin {_plain(margin.old) or '-'} -> {_plain(margin.new) or '-'}"
    if margin.difference is not None:
        text += f" ({margin.difference:+.3g})"
    if margin.old_holds != margin.new_holds:
        text = f"{words[margin.old_holds]} -> {words[margin.new_holds]}, {text}"
    return text


def _total(changes: list[Change]) -> str:
    kinds = [change.kind for change in changes]
    counted = [
        f"{kinds.count(kind)} {kind}"
        for kind in ("worse", "gone", "better", "different", "new", "same")
        if kind in kinds
    ]
    return f"{len(changes)} claim{'' if len(changes) == 1 else 's'}: {', '.join(counted) or 'nothing to compare'}"


def _plain(text: str) -> str:
    from reports.parts.text import clean, one_line

    return one_line(clean(text))
