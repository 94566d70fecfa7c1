"""``attnverify variant``: property-test an attention function."""

from __future__ import annotations

from pathlib import Path

import click

DTYPES = "float64,float32,float16"


@click.command(name="variant", short_help="Prove or test properties of an attention function, layer or variant.")
@click.argument("target")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per property and line.")
@click.option("--budget", type=float, default=60.0, show_default=True, help="Seconds for the whole target.")
@click.option("--dtype", default=None, help=f"Formats, comma-separated; {DTYPES} (and bfloat16 where it exists).")
@click.option("--reference", default=None, help="Library variant whose formula the target must equal.")
@click.option("--claims", default=None, help="Properties to add, or with a leading '-' to remove.")
@click.option("--properties", "only", default=None, help="Examine exactly these properties.")
@click.option("--array", type=click.Choice(["numpy", "torch", "jax"]), default=None, help="Kind of arrays it takes.")
@click.option("--examples", type=int, default=30, show_default=True, help="Hypothesis examples per property.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--certificates", default=Path("certificates"), show_default=True, type=click.Path(path_type=Path),
              help="Directory for certificates of what is proved or refuted exactly.")  # fmt: skip
@click.option("--list", "listing", is_flag=True, help="List the properties and stop (TARGET is then ignored).")
def command(
    target: str,
    as_json: bool,
    budget: float,
    dtype: str | None,
    reference: str | None,
    claims: str | None,
    only: str | None,
    array: str | None,
    examples: int,
    seed: int,
    certificates: Path,
    listing: bool,
) -> int:
    """Prove or test properties of an attention function, layer or library variant.

    TARGET is path/file.py:object, package.module:object, or the name of a library variant. The object is a function
    f(q, k, v, mask=None) that returns the output or (output, weights), or a layer f(x, mask=None).

    A definition on expressions is proved where it can be, for all real inputs at small sizes, with a certificate; only
    the other properties are searched. Such are the library's variants, path/file.py:NAME where NAME is a Variant, and
    claim files (.toml) with parameters q, k, v and a definition of output, which run no code.

    This command IMPORTS AND RUNS the code you name, with your rights. It is the only one that does.

    A property is refuted when its defect exceeds a rigorous bound on what rounding explains, on two separate calls; a
    snippet that can be pasted into a test is printed with it, as soon as it is found. Ctrl-C keeps what was found.
    Violating samples are kept in Hypothesis' database (.hypothesis) and tried first in the next run.

    \b
    attnverify variant mine.py:attend
    attnverify variant mine.py:attend --claims causal,-convex-hull --dtype float64,bfloat16
    attnverify variant torch.nn.functional:scaled_dot_product_attention --budget 30 --json
    """
    from verify.variant_run import listed, run

    if listing:
        click.echo(listed())
        return 0
    return run(
        target, echo=click.echo, warn=lambda text: click.echo(text, err=True), as_json=as_json, budget=budget,
        dtype=dtype, reference=reference, claims=claims, only=only, array=array, examples=examples, seed=seed,
        certificates=certificates,
    )  # fmt: skip
