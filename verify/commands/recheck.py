"""``attnverify recheck``: verify certificates independently of what produced them."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command(short_help="Verify certificates independently of the provers.")
@click.argument("certificates", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object per certificate on standard output.")
def command(certificates: tuple[Path, ...], as_json: bool) -> None:
    """Verify CERTIFICATES with the small trusted checker.

    Each file is enough by itself: gradients, Hessians and regions are derived again from the claim inside it, and it
    is accepted only if its data prove the verdict. The checker uses no floating point, no NumPy, SciPy, SymPy or
    CVXPY.

    Exit code 0: all accepted. 3: one was rejected. 2: one could not be read.
    """
    from verify.recheck import recheck_file

    code = 0
    for path in certificates:
        outcome = recheck_file(path)
        if as_json:
            fields = ("accepted", "id", "verdict", "kind", "reason")
            click.echo(json.dumps({"certificate": str(path), **{name: getattr(outcome, name) for name in fields}}))
        elif outcome.accepted:
            click.echo(f"accepted  {outcome.verdict:<9} {outcome.id}  ({outcome.kind})")
        else:
            click.echo(f"REJECTED  {path}: {outcome.reason}")
        if not outcome.accepted:
            code = max(code, 3) if path.is_file() and outcome.id is not None else (code or 2)
    raise click.exceptions.Exit(code)
