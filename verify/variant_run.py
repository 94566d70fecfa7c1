"""The work behind ``attnverify variant``: from the command's options to printed records and an exit code."""

from __future__ import annotations

import json
from collections.abc import Callable

from verify.errors import InvalidInput


def run(
    text: str,
    *,
    echo: Callable[[str], None],
    as_json: bool = False,
    budget: float = 60.0,
    dtype: str | None = None,
    reference: str | None = None,
    claims: str | None = None,
    only: str | None = None,
    array: str | None = None,
    examples: int = 30,
    seed: int = 0,
) -> int:
    """Examine a target, echo one record per property, and return the exit code.

    Raises:
        InvalidInput: the target, a property, a format or the budget is not what it should be.
    """
    from numerics.variants.campaign import campaign
    from numerics.variants.outcome import exit_code, line, record
    from numerics.variants.profile import profile
    from numerics.variants.rounding import format_named
    from numerics.variants.target import load_target
    from verify.attention import variant, variants

    if not budget > 0:
        raise InvalidInput(f"budget={budget!r} is not positive", fix="give seconds, such as --budget 60")
    target = load_target(text, array=array)
    named = variant(reference) if reference else None
    own = variants()[target.name].claims if target.name in variants() else ()
    chosen = profile(claims=claims, only=only, own=own, reference=named is not None)
    names = dtype or _usual(target.framework)
    formats = [format_named(name.strip()) for name in names.split(",") if name.strip()]
    records = []
    for finding in campaign(target, chosen, formats, budget=budget, seed=seed, examples=examples, reference=named):
        one = record(target, finding, seed, reference=named)
        records.append(one)
        echo(json.dumps(one, allow_nan=False) if as_json else line(one))
    return exit_code(records)


def _usual(framework: str) -> str:
    return "float64,float32,float16,bfloat16" if framework != "numpy" else "float64,float32,float16"


def listed() -> str:
    """Return one line per property: its name, whether it is in the default profile, and its statement."""
    from verify.properties import properties

    rows = []
    for name, one in properties().items():
        rows.append(f"{name:28} {'default' if one.default else 'claim':8} {one.statement}")
    return "\n".join(rows)
