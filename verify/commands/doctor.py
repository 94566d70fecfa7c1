"""``attnverify doctor``: what is installed, and what each optional part would add."""

from __future__ import annotations

import click


@click.command(
    short_help="Show what is installed and what is missing.",
    epilog="Exit codes: 0 everything needed is there, 2 a needed library is missing or does not load.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output, nothing else.")
@click.option("--load", is_flag=True, help="Also import every library that is installed (takes seconds).")
def command(as_json: bool, load: bool) -> None:
    """Tell what is installed, in which version, and what each optional part would add.

    Nothing is imported or downloaded unless --load is given; then every installed library is imported once, which
    finds broken installations.
    """
    from reports.parts.doctor import examine

    found = examine(load=load)
    if as_json:
        import json

        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        for line in found.lines():
            click.echo(line)
    raise click.exceptions.Exit(0 if found.is_complete else 2)
