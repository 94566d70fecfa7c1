"""``attnverify landscape``: every critical point of an objective in a box, with proof that there are no others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from verify.box_option import BoxCommand, decimal_text, parsed

if TYPE_CHECKING:
    from verify.landscape import Landscape

UNDECIDED = 4
"""Exit code when the list is not proved complete."""


@click.command(
    "landscape",
    cls=BoxCommand,
    short_help="List every critical point of an objective in a box, with proof.",
    epilog="Exit codes: 0 the list is complete, 4 some volume stayed undecided, 2 wrong usage or an invalid file.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--box", "boxes", multiple=True, metavar="LOW HIGH | NAME=LOW:HIGH",
              help="Domain of parameters without bounds, or of one parameter.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output, nothing else.")
@click.option("--budget", default=60.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds.")
@click.option("--certificates", default=Path("certificates"), show_default=True, type=click.Path(path_type=Path),
              help="Directory for the certificate.")  # fmt: skip
@click.option("--picture", type=click.Path(path_type=Path), metavar="FILE.svg",
              help="Also draw the landscape (one or two free parameters).")  # fmt: skip
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the search.")
def command(
    file: Path,
    boxes: tuple[str, ...],
    as_json: bool,
    budget: float,
    certificates: Path,
    picture: Path | None,
    seed: int,
) -> None:
    """List every critical point of the objective of FILE in a bounded domain.

    FILE is a claim file; its conclusion is not used. Each point comes with its location and value (exact, or
    enclosed), the number of negative curvatures, and its kind; points on kinks and flat families along symmetries are
    listed too, and which are copies of others. The certificate, which 'attnverify recheck' verifies,
    proves that there are no others; where that does not succeed, the volume that is left undecided is printed.

    \b
    attnverify landscape claim.toml --box -4 4
    attnverify landscape claim.toml --box q=-2:2 --box k=0:3 --picture landscape.svg
    """
    from verify.claim import load_claim
    from verify.landscape import landscape

    claim = load_claim(file)
    result = landscape(claim, box=parsed(boxes), budget=budget, certificates=certificates, seed=seed)
    click.echo(json.dumps(result.to_json(), ensure_ascii=False) if as_json else _page(result))
    if picture is not None:
        from reports.parts.critical_points import svg
        from verify.landscape import bounded

        picture.write_text(svg(bounded(claim, parsed(boxes)), result), encoding="utf-8")
        click.echo(f"picture: {picture}", err=as_json)
    raise click.exceptions.Exit(0 if result.decided else UNDECIDED)


def _page(result: Landscape) -> str:
    lines = [f"{result.id}: {result.statement if result.complete else 'the list is not certified'}"]
    same = {copy.copy + 1: f"   {copy.copy + 1} is {copy.of + 1} under {copy.symmetry}" for copy in result.copies}
    for number, point in enumerate(result.points, start=1):
        lines += [
            "",
            f"{number}. {point.kind}, {_curvatures(point.index)}{_along(point.kind)}{_membership(point.inside)}",
        ]
        lines += [same[number]] if number in same else []
        lines += [f"   {name} = {decimal_text(*place)}" for name, place in point.at.items()]
        lines.append(f"   value = {decimal_text(*point.value)}")
    for number, family in enumerate(result.families, start=len(result.points) + 1):
        also = [same[number]] if number in same else []
        noun = "dimension" if family.dimension == 1 else "dimensions"
        lines += ["", f"{number}. {family.kind} in {family.dimension} {noun}, {_curvatures(family.index)}", *also]
        lines.append(f"   by {' and '.join(family.symmetries)}; one of its points{_membership(family.inside)}:")
        lines += [f"   {name} = {decimal_text(*place)}" for name, place in family.at.items()]
        lines.append(f"   value = {decimal_text(*family.value)}")
    lines.append("")
    if result.undecided_boxes:
        lines.append(
            f"undecided: {result.undecided_boxes} boxes in {len(result.clusters)} clusters, "
            f"volume {float(result.undecided_volume):.3g}"
        )
        for low, high in result.clusters[:5]:
            sides = ", ".join(f"{n} in [{a:.6g}, {b:.6g}]" for n, a, b in zip(result.names, low, high, strict=True))
            lines.append(f"   {sides}")
    if result.reason:
        lines.append(f"reason: {result.reason}")
    lines.append(f"certificate: {result.certificate}" if result.certificate else "no certificate")
    effort = ", ".join(f"{value} {name}" for name, value in result.effort.items())
    return "\n".join([*lines, f"{effort}, {result.seconds:.2f} seconds in all"])


def _curvatures(index: int) -> str:
    return f"{index} negative curvature{'' if index == 1 else 's'}"


def _along(kind: str) -> str:
    from verify.recheck.kinked_points import KINK_MINIMUM, KINK_STATIONARY

    return " along the kink" if kind in (KINK_MINIMUM, KINK_STATIONARY) else ""


def _membership(inside: str) -> str:
    return "" if inside == "yes" else ", on the boundary of the domain or just outside"
