"""``attnverify bound``: certified lower and upper bounds of an expression over a box."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from verify.box_option import BoxCommand, parsed

if TYPE_CHECKING:
    from verify.bound import Bound

UNDECIDED = 4
"""Exit code when no bounds of the wanted width were shown."""


@click.command(
    "bound",
    cls=BoxCommand,
    short_help="Enclose an expression over a box.",
    epilog="Exit codes: 0 bounded, 4 no bounds of the wanted width were shown, 2 wrong usage or an invalid file.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--width", metavar="W", help="By how much the enclosure may exceed the values seen at points, in all "
              "(default: a hundredth of their range).")  # fmt: skip
@click.option("--box", "boxes", multiple=True, metavar="LOW HIGH | NAME=LOW:HIGH",
              help="Domain of parameters without bounds, or of one parameter.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object per expression on standard output.")
@click.option("--budget", default=60.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds.")
@click.option("--certificates", default=Path("certificates"), show_default=True, type=click.Path(path_type=Path),
              help="Directory for certificates.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the search.")
def command(
    file: Path, width: str | None, boxes: tuple[str, ...], as_json: bool, budget: float, certificates: Path, seed: int
) -> None:
    """Enclose the objective of FILE, or the two sides of its conclusion, over a bounded domain.

    The bounds hold for every point of the domain, proved in outward-rounded arithmetic by a tree of boxes that
    'attnverify recheck' verifies. Points at which the least and the greatest value were seen come with them, so the
    true range is known up to the width.

    \b
    attnverify bound claim.toml --width 1/1000
    attnverify bound claim.toml --box -1 1 --json
    """
    from verify.bound import bound
    from verify.claim import load_claim

    results = bound(
        load_claim(file), box=parsed(boxes), width=_width(width), budget=budget, certificates=certificates, seed=seed
    )
    for result in results:
        click.echo(json.dumps(result.to_json(), ensure_ascii=False) if as_json else _lines(result))
    raise click.exceptions.Exit(0 if all(result.reason is None for result in results) else UNDECIDED)


def _width(text: str | None) -> Fraction | None:
    from verify.exact import parse_rational

    if text is None:
        return None
    value = parse_rational(text)
    if value <= 0:
        raise click.BadParameter(f"{text} is not positive", param_hint="--width")
    return value


def _lines(result: Bound) -> str:
    if result.low is None or result.high is None or result.width is None:
        return f"{result.id}: no bounds of the {result.name}: {result.reason} ({result.boxes} boxes)"
    head = f"{result.id}: {float(result.low):.12g} <= {result.name} <= {float(result.high):.12g}"
    lines = [f"{head}    width {float(result.width):.6g}, {result.boxes} boxes, {result.seconds:.2f} seconds"]
    for word, point in (("least", result.least), ("greatest", result.greatest)):
        place = ", ".join(f"{name} = {_short(value)}" for name, value in point.items() if name != "value")
        lines.append(f"   {word} value seen: {point['value']} at {place}")
    if result.reason is not None:
        lines.append(f"   {result.reason}")
    return "\n".join([*lines, f"   certificate: {result.certificate}"])


def _short(text: str) -> str:
    return text if len(text) <= 12 else f"{float(Fraction(text)):.8g}"
