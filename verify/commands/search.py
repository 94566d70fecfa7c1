"""``attnverify search``: stationary points from many starts, in floating point."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from numerics.multistart import Arrived, Kind
    from verify.claim import Claim

SHOWN_PARAMETERS = 8
"""Points are printed in the table up to this many parameters; ``--json`` always has them."""


@click.command(
    "search",
    short_help="Find stationary points from many starts, in floating point.",
    epilog="Exit codes: 0 at least one start arrived, 4 none did, 2 wrong usage or an invalid file.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--starts", default=1000, show_default=True, type=click.IntRange(min=1), help="Number of random starts.")
@click.option("--scale", default=1.0, show_default=True, type=click.FloatRange(min=0, min_open=True),
              help="Standard deviation of the starts.")  # fmt: skip
@click.option("--tolerance", default=1e-10, show_default=True, type=click.FloatRange(min=0, min_open=True),
              help="Gradient norm at which a start has arrived.")  # fmt: skip
@click.option("--escape/--no-escape", default=False, help="Go on from saddles along negative curvature.  [default: no]")
@click.option("--threads", default=1, show_default=True, type=click.IntRange(min=1), help="Threads of compiled code.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the starts.")
@click.option("--budget", default=60.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per kind of point, then one with the effort.")
def command(
    file: Path, starts: int, scale: float, tolerance: float, escape: bool, threads: int, seed: int, budget: float,
    as_json: bool,
) -> None:  # fmt: skip
    """Descend from many random starts to stationary points of the objective of FILE, and merge the copies.

    Every start goes to a gradient norm of 1e-10 (quasi-Newton first, trust-region Newton to finish). Ends are
    classified by the signs of their curvatures; permuted, rescaled and rotated copies, which predict the same, count
    as one kind. All of this is floating point: it finds and decides nothing. 'attnverify landscape' proves that a list
    is complete, 'attnverify check' decides claims.

    \b
    attnverify search claim.toml --starts 5000
    attnverify search claim.toml --escape --json > points.jsonl
    """
    from numerics.multistart import kinds
    from verify.claim import load_claim
    from verify.errors import InvalidInput

    claim = load_claim(file)
    if claim.objective is None:
        raise InvalidInput(f"{file} has no objective", fix="add [objective] with minimise = ...")
    started = time.monotonic()
    objective, arrived = _searched(claim, starts, scale, tolerance, escape, threads, seed, started + budget)
    found = kinds(objective, arrived) if arrived is not None else []
    effort = {
        "starts": starts,
        "ended": 0 if arrived is None else len(arrived),
        "arrived": 0 if arrived is None else int(arrived.converged.sum()),
        "seconds": round(time.monotonic() - started, 3),
    }
    lines = [json.dumps(line) for line in _json(claim, found, effort)] if as_json else [_page(claim, found, effort)]
    click.echo("\n".join(lines))
    raise click.exceptions.Exit(0 if found else 4)


def _searched(
    claim: Claim, starts: int, scale: float, tolerance: float, escape: bool, threads: int, seed: int, end: float
) -> tuple[Any, Arrived | None]:
    import numpy as np

    from numerics.multistart import gathered, objective_of, stationary_points
    from numerics.search import domain
    from verify.terminal import step_line

    assert claim.objective is not None
    show = step_line()
    show("deriving and compiling", 0.0)
    objective = objective_of(claim.objective, claim.symbols, threads=threads)
    low, high = domain(claim)
    points = np.clip(np.random.default_rng(seed).standard_normal((starts, len(low))) * scale, low, high)
    parts: list[Arrived] = []
    try:
        for part in stationary_points(
            objective, points, tolerance=tolerance, escape=escape, going=lambda: time.monotonic() < end
        ):
            inside = np.asarray(((part.x >= low) & (part.x <= high)).all(axis=1))
            parts.append(part.pick(inside))
            ended = sum(map(len, parts))
            show(f"{ended} of {starts} starts ended", ended / starts)
    except KeyboardInterrupt:
        click.echo("interrupted; the starts that ended are kept", err=True)
    show("", 1.0)
    return objective, gathered(parts) if parts else None


def _json(claim: Claim, found: list[Kind], effort: dict[str, Any]) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = [
        {"value": k.value, "index": k.index, "flat": k.flat, "starts": k.count, "level": "float",
         "at": dict(zip(claim.entry_names, map(float, k.x), strict=True))}
        for k in found
    ]  # fmt: skip
    return [*out, {"id": claim.id, "level": "float", "effort": effort}]


def _page(claim: Claim, found: list[Kind], effort: dict[str, Any]) -> str:
    from verify.terminal import table

    small = len(claim.entry_names) <= SHOWN_PARAMETERS
    rows = [
        [f"{k.value:.10g}", str(k.index), str(k.flat), str(k.count)]
        + ([", ".join(f"{n} = {v:.6g}" for n, v in zip(claim.entry_names, k.x, strict=True))] if small else [])
        for k in found
    ]
    headings = ["value", "negative", "flat", "starts", *(["simplest copy"] if small else [])]
    head = f"{claim.id}: {len(found)} kind{'' if len(found) == 1 else 's'} of stationary points, in floating point"
    tail = "{arrived} of {starts} starts arrived, {seconds} s; nothing here is proved".format(**effort)
    return "\n".join([head, "", table(headings, rows), "", tail])
