"""One target, all its properties, one budget."""

from __future__ import annotations

import time

from numerics.variants.rounding import Format
from numerics.variants.search import (
    Bench,
    Finding,
    Progress,
    Unit,
    bench,
    concluded,
    fuzz,
    lacking,
    long_units,
    small_units,
    sweep,
)
from numerics.variants.target import Target
from verify.attention._base import Variant
from verify.errors import InvalidInput
from verify.properties._base import Property

EXAMPLES = 30
"""Hypothesis examples per property, after the structured pass."""

SHARES = {"small": 0.6, "hypothesis": 0.5, "long": 1.0}
"""Part of the time left that a stage may use in all."""


def campaign(
    target: Target,
    chosen: list[Property],
    formats: list[Format],
    *,
    budget: float,
    seed: int,
    examples: int = EXAMPLES,
    reference: Variant | None = None,
) -> list[Finding]:
    """Return one finding per property, within ``budget`` seconds of wall-clock time.

    Raises:
        InvalidInput: the target raises on every input tried.
    """
    end = time.monotonic() + budget
    causal = any(one.name == "causal" for one in chosen)
    room = bench(target, formats, seed, reference=reference, causal=causal)
    if not room.labs:
        raise InvalidInput(
            f"{target.name} ran on no input tried: {room.problem}", fix="give a function f(q, k, v, mask=None)"
        )
    work = [Progress(one) for one in chosen]
    _swept(room, work, small_units(room), _stop(end, "small"))
    if examples:
        stop = _stop(end, "hypothesis")
        for place, progress in enumerate(_open(room, work)):
            share = (stop - time.monotonic()) / max(len(work) - place, 1) * 3
            fuzz(room, progress, examples=examples, deadline=min(stop, time.monotonic() + share))
    _swept(room, work, long_units(room), end)
    return [concluded(room, progress) for progress in work]


def _stop(end: float, stage: str) -> float:
    now = time.monotonic()
    return now + max(end - now, 0.0) * SHARES[stage]


def _open(room: Bench, work: list[Progress]) -> list[Progress]:
    return [one for one in work if one.finding is None and not lacking(room, one.property)]


def _swept(room: Bench, work: list[Progress], units: list[Unit], stop: float) -> None:
    """Go through the units with all properties side by side, so that none waits for another's large sizes."""
    for unit in units:
        for progress in _open(room, work):
            sweep(room, progress, unit, deadline=stop)
