"""``attnverify optimum``: trained networks, each certified global up to a gap, or certified worse than another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from verify.optimum import Level, Optimum

MODELS = ("mask", "matrix-mask", "linear-attention", "quadratic", "relu")


@click.command(
    "optimum",
    short_help="Certify trained networks as global optima, or as worse than another.",
    epilog="Exit codes: 0 every end point is certified, 4 one is only known up to a large gap, 2 wrong usage.",
)
@click.argument("model", type=click.Choice(MODELS))
@click.option("--data", type=click.Path(path_type=Path), help="Your table: .csv, .npz or .parquet.")
@click.option("--target", "column", metavar="COLUMN", help="Column of --data to fit.")
@click.option(
    "--rows", default=6, show_default=True, type=click.IntRange(1, 500), help="Samples (tokens, for attention)."
)
@click.option("--width", default=2, show_default=True, type=click.IntRange(1, 50), help="Inputs of drawn data.")
@click.option(
    "--outputs", default=1, show_default=True, type=click.IntRange(1, 20), help="Outputs, where there can be several."
)
@click.option("--units", default=2, show_default=True, type=click.IntRange(1, 100), help="Hidden units or heads.")
@click.option("--penalty", default="1/2", show_default=True, help="Weight decay, an exact number.")
@click.option(
    "--starts", default=20, show_default=True, type=click.IntRange(1, 2000), help="Random starts of training."
)
@click.option(
    "--minima",
    default=0.0,
    show_default=True,
    type=click.FloatRange(min=0),
    help="Seconds for each bad level to prove that a local minimum lies there.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of data and starts.")
@click.option("--certificates", default=None, type=click.Path(path_type=Path), help="Directory for certificates.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output, nothing else.")
def command(
    model: str, data: Path | None, column: str | None, rows: int, width: int, outputs: int, units: int, penalty: str,
    starts: int, minima: float, seed: int, certificates: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Train MODEL from many starts and certify what training found.

    The loss is |f - y|^2/2 plus half the penalty times the squared parameters. A convex reformulation (lasso, group
    lasso, nuclear norm, semidefinite lift, sign patterns of ReLU) gives an exact lower bound over all parameters and
    any number of units. Each end point of training is then global up to the printed gap, or bad: another end point is
    better by at least the printed amount (stopped: likewise, but the point is at a kink or not converged).

    \b
    attnverify optimum relu --units 1 --minima 10
    attnverify optimum mask --data mine.csv --target price --penalty 2
    """
    from verify.data import load_data
    from verify.exact import parse_rational
    from verify.optimum import drawn, from_table, optimum
    from verify.terminal import step_line

    level = parse_rational(penalty)
    if level <= 0:
        raise click.BadParameter("must be positive", param_hint="--penalty")
    if data is not None:
        instance = from_table(model, load_data(data, column), rows, level)
    else:
        instance = drawn(model, rows, width, outputs, level, seed)
    show = step_line()
    found = optimum(
        instance, units=units, starts=starts, seed=seed, minima=minima, certificates=certificates, progress=show
    )
    show("", 1.0)
    click.echo(json.dumps(found.to_json(), ensure_ascii=False) if as_json else page(found))
    raise click.exceptions.Exit(0 if all(row.verdict != "within the gap" for row in found.levels) else 4)


def page(found: Optimum) -> str:
    """Return the result as text."""
    lines = [
        f"{found.model}: {found.rows} samples, {found.width} inputs, {found.units} units, penalty {found.penalty}",
        f"least loss over all parameters and any number of units: at least {found.bound} (exact)"
        if found.bound
        else "no dual feasible vector was found, so there is no lower bound",
    ]
    for row in found.levels:
        lines.append(f"{row.verdict:<14}  loss {row.loss:.9g}  {row.count} starts  {_numbers(row)}")
        lines += [f"{'':<14}  {row.local_minimum}"] if row.local_minimum else []
    return "\n".join([*lines, f"{found.seconds:.2f} seconds"])


def _numbers(row: Level) -> str:
    from decimal import ROUND_CEILING, ROUND_FLOOR
    from fractions import Fraction

    from verify.exact import rounded
    from verify.optimum import CONVERGED

    parts = [f"gradient {row.gradient_norm:.0e}"]
    if row.gradient_norm > CONVERGED * max(1.0, row.loss):
        parts.append("at a kink or not converged")
    if row.gap is not None:
        parts.append(f"above the least by at most {rounded(Fraction(row.gap), 3, ROUND_CEILING)}")
    if row.excess is not None:
        parts.append(f"above another end point by at least {rounded(Fraction(row.excess), 3, ROUND_FLOOR)}")
    return ", ".join(parts)
