"""``attnverify attack``: look for counterexamples with Hypothesis."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click


@click.command(
    short_help="Look for counterexamples to claims and theorems with Hypothesis.",
    epilog="Exit codes: 0 nothing refuted, or refuted as expected, 3 refuted against the expectation or without one, "
    "2 an invalid file, a theorem without points, or wrong settings.",
)
@click.argument("targets", nargs=-1, required=True, metavar="FILE|THEOREM-ID...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per target on standard output, nothing else.")
@click.option("--budget", default=30.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds per target.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of every random choice.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Setting of a theorem that stays fixed.")
@click.option("--vary", multiple=True, metavar="NAME", help="Setting to draw (default: all sizes).")
@click.option("--certificates", default=Path("certificates"), show_default=True, type=click.Path(path_type=Path),
              help="Directory for certificates.")  # fmt: skip
@click.option("--path", "folders", multiple=True, type=click.Path(path_type=Path), help="Folder with more theorems.")
@click.option("-v", "--verbose", is_flag=True, help="Show method, effort and the line that repeats it.")
def command(
    targets: tuple[str, ...], as_json: bool, budget: float, seed: int, settings: tuple[str, ...], vary: tuple[str, ...],
    certificates: Path, folders: tuple[Path, ...], verbose: bool,
) -> None:  # fmt: skip
    """Attack claim files and theorems: sizes, settings and points are drawn by Hypothesis, and shrunk together.

    What it finds is refuted with a certificate that 'attnverify recheck' verifies. Otherwise the verdict is
    'supported', with the number of points tried; this is no proof. Counterexamples are kept in Hypothesis' database
    (.hypothesis) and tried first in the next run.

    \b
    attnverify attack claim.toml --budget 10
    attnverify attack attention-lipschitz --vary T
    attnverify attack softmax-lipschitz --set form=difference --vary constant
    """
    from verify.attack import Attack, attacked
    from verify.commands._shared import pairs
    from verify.errors import InvalidInput
    from verify.runs import Failure
    from verify.verdict import Verdict, exit_code

    options = Attack(budget, seed, pairs(settings), vary, certificates, folders)
    results: list[Any] = []
    interrupted = False
    for target in targets:
        try:
            results.append(attacked(target, options))
        except InvalidInput as error:
            results.append(Failure(target, str(error)))
        except KeyboardInterrupt:
            interrupted = True
            click.echo(f"interrupted: {len(results)} of {len(targets)} finished; their results are kept", err=True)
            break
        _show(results[-1], as_json, verbose)
    verdicts = [result for result in results if isinstance(result, Verdict)]
    code = 2 if len(verdicts) < len(results) else exit_code(verdicts)
    raise click.exceptions.Exit(130 if interrupted else code)


def _show(result: Any, as_json: bool, verbose: bool) -> None:
    if as_json:
        click.echo(json.dumps(result.to_json(), ensure_ascii=False))
        return
    from verify.terminal import show_result

    show_result(result, verbose=verbose)
