"""``attnverify train``: train a small network from many starts at once, and certify the bad minima."""

from __future__ import annotations

import json
from pathlib import Path

import click

INTERRUPTED = 130


@click.command(
    "train",
    short_help="Train a small network from many starts; certify and shrink its bad minima.",
    epilog="Exit codes: 0 no bad minimum was found, 3 one is certified, 4 one was found and not certified, 2 wrong "
    "usage, 130 interrupted (what was found is shown).",
)
@click.argument("target", metavar="MODEL|FILE")
@click.option("--set", "sizes", multiple=True, metavar="NAME=VALUE", help="Size of the model: n=3, p=2, m=1, "
              "activation=tanh ('attnverify derive --list' shows them).")  # fmt: skip
@click.option("--decay", default="1/20", show_default=True, help="Weight decay on all blocks of a model; 0 for none.")
@click.option("--starts", default=1000, show_default=True, type=click.IntRange(min=1), help="Starts, trained at once.")
@click.option("--no-shrink", is_flag=True, help="Do not look for a simpler instance of the bad minimum.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output, nothing else.")
@click.option("--budget", default=60.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds in all.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of data and starts.")
@click.option("--certificates", default=Path("certificates"), show_default=True, type=click.Path(path_type=Path),
              help="Directory for certificates.")  # fmt: skip
@click.option("--report", type=click.Path(path_type=Path), metavar="DIR", help="Also write a report (HTML, Markdown).")
def command(
    target: str, sizes: tuple[str, ...], decay: str, starts: int, no_shrink: bool, as_json: bool, budget: float,
    seed: int, certificates: Path, report: Path | None,
) -> None:  # fmt: skip
    """Train a small network from many starts at once, and see where they end.

    MODEL is a model of 'attnverify derive --list', with rational data drawn from the seed; FILE is a claim file, whose
    objective is minimised. Every start is trained to a gradient norm of 1e-10; the ends are sorted by loss and by the
    number of negative curvatures, copies under symmetries as one kind. A minimum above the best loss is certified by
    two rechecked certificates (a local minimum above a threshold, a point below it), and a model is shrunk to the
    smallest sizes and simplest data at which one is still certified.

    \b
    attnverify train free-mask --set n=3 --set p=2 --set m=1
    attnverify train single-query --set n=3 --decay 1/50 --starts 5000 --report report
    attnverify train claim.toml
    """
    from verify.commands._shared import pairs, write_report
    from verify.exact import parse_rational
    from verify.machine import single_threaded

    single_threaded()
    from verify.terminal import step_line
    from verify.train_run import as_verdict, lines_of, problem_of, run, to_json

    penalty = parse_rational(decay)
    if penalty < 0:
        raise click.BadParameter(f"{decay} is negative", param_hint="--decay")
    problem = problem_of(target, pairs(sizes), penalty, seed)
    found = run(
        problem, starts, budget=budget, seed=seed, certificates=certificates, shrink=not no_shrink, show=step_line()
    )
    click.echo(json.dumps(to_json(found), ensure_ascii=False) if as_json else "\n".join(lines_of(found)))
    if report is not None:
        write_report([as_verdict(found)], report, title=f"Training {target}", quiet=as_json)
    raise click.exceptions.Exit(INTERRUPTED if found.interrupted else 3 if found.bad else 4 if found.trained.bad else 0)
