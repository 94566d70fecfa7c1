"""The work behind ``attnverify variant``: from the command's options to printed records and an exit code."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from verify.errors import InvalidInput

INTERRUPTED = 130
"""Exit code after Ctrl-C."""


def run(
    text: str,
    *,
    echo: Callable[[str], None],
    warn: Callable[[str], None] = lambda text: None,
    as_json: bool = False,
    budget: float = 60.0,
    dtype: str | None = None,
    reference: str | None = None,
    claims: str | None = None,
    only: str | None = None,
    array: str | None = None,
    examples: int = 30,
    seed: int = 0,
    certificates: Path | None = None,
) -> int:
    """Examine a target, echo one record per property as soon as it is settled, and return the exit code.

    Ctrl-C ends the search; what was found until then is echoed. ``warn`` takes remarks that are no records.

    Raises:
        InvalidInput: the target, a property, a format or the budget is not what it should be.
    """
    from numerics.variants.campaign import stream
    from numerics.variants.outcome import exit_code, line, record
    from numerics.variants.profile import profile
    from numerics.variants.rounding import format_named
    from numerics.variants.target import load_target
    from verify.attention import variant
    from verify.variant_symbolic import proof_line, proof_record, proofs, symbolic_target

    if not budget > 0:
        raise InvalidInput(f"budget={budget!r} is not positive", fix="give seconds, such as --budget 60")
    symbolic = symbolic_target(text) if array is None else None
    target = load_target(text, array=array) if symbolic is None else symbolic.target
    named = variant(reference) if reference else None
    own = () if symbolic is None else symbolic.claims
    chosen = profile(claims=claims, only=only, own=own, reference=named is not None)
    records: list[dict[str, Any]] = []

    def keep(one: dict[str, Any], text: Callable[[dict[str, Any]], str]) -> None:
        records.append(one)
        echo(json.dumps(one, allow_nan=False) if as_json else text(one))

    started = time.monotonic()
    if symbolic is not None:
        for what, proof in proofs(symbolic, chosen, budget=budget, seed=seed, certificates=certificates):
            if proof.verdict != "undecided" or target is None:
                keep(proof_record(symbolic, what, proof, seed), proof_line)
        settled = {one["property"] for one in records}
        chosen = [what for what in chosen if what.name not in settled]
    if target is None or not chosen:
        return exit_code(records)
    budget = max(budget - (time.monotonic() - started), 0.3 * budget)
    names = dtype or _usual(target.framework)
    formats = [format_named(name.strip()) for name in names.split(",") if name.strip()]

    def show(finding: Any) -> None:
        if not records and not as_json:
            for name, problem in finding.not_run.items():
                echo(f"not run        {name}: {problem}")
        keep(record(target, finding, seed, reference=named), line)

    options: dict[str, Any] = {"budget": budget, "seed": seed, "examples": examples, "reference": named}
    if _shown(stream(target, chosen, formats, **options, replay=True), show):
        return exit_code(records)
    warn(f"interrupted: {len(records)} of {len(chosen)} properties are shown, with what was found until now")
    return INTERRUPTED


def _shown(found: Generator[Any, None, None], show: Callable[[Any], None]) -> bool:
    """Show everything that is found; return whether the search came to its end.

    An interruption while something is shown is handed to the search, which then gives the rest of what it has.
    """
    pending: list[Any] = []
    try:
        for one in found:
            pending = [one]
            show(one)
            pending = []
        return True
    except KeyboardInterrupt:
        for one in pending:
            show(one)
    try:
        one = found.throw(KeyboardInterrupt())
        while True:
            show(one)
            one = next(found)
    except (KeyboardInterrupt, StopIteration):
        return False


def _usual(framework: str) -> str:
    return "float64,float32,float16,bfloat16" if framework != "numpy" else "float64,float32,float16"


def listed() -> str:
    """Return one line per property: its name, whether it is in the default profile, and its statement."""
    from verify.properties import properties

    rows = []
    for name, one in properties().items():
        rows.append(f"{name:28} {'default' if one.default else 'claim':8} {one.statement}")
    return "\n".join(rows)


def examined(
    function: Any, *, claims: str = "", reference: str | None = None, dtype: str | None = None, seed: int = 0,
    budget: float | None = None, examples: int = 30, array: str | None = None, only: str | None = None,
) -> list[str]:  # fmt: skip
    """Return the text of every violated property of a Python object; none when it holds up.

    Args:
        function: f(q, k, v, mask=None), a layer f(x, mask=None), or an object of PyTorch or JAX.
        claims, reference, dtype, seed, budget, examples, array, only: as on the command line.
    """
    import inspect

    from numerics.variants.campaign import campaign
    from numerics.variants.outcome import line, record
    from numerics.variants.profile import profile
    from numerics.variants.rounding import format_named
    from numerics.variants.target import make_target
    from verify.attention import variant

    name = getattr(function, "__name__", type(function).__name__)
    target = make_target(
        name, function, inspect.getmodule(function), load=f"# f is {name}, defined in your test\n", array=array
    )
    named = variant(reference) if reference else None
    chosen = profile(claims=claims, only=only, reference=named is not None)
    formats = [format_named(part.strip()) for part in (dtype or _usual(target.framework)).split(",")]
    found = campaign(
        target,
        chosen,
        formats,
        budget=60.0 if budget is None else budget,
        seed=seed,
        examples=examples,
        reference=named,
    )
    return [line(record(target, one, seed, reference=named)) for one in found if one.verdict == "refuted"]
