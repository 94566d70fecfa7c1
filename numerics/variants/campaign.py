"""One target, all its properties, one budget."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Any

from numerics.variants.kept import drop, keep, kept
from numerics.variants.rounding import Format
from numerics.variants.search import (
    Bench,
    Finding,
    Progress,
    Unit,
    again,
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
    """Return one finding per property, in the order of ``chosen``, within ``budget`` seconds of wall-clock time.

    Raises:
        InvalidInput: the target raises on every input tried.
    """
    options: dict[str, Any] = {"budget": budget, "seed": seed, "examples": examples, "reference": reference}
    found = {one.property.name: one for one in stream(target, chosen, formats, **options)}
    return [found[one.name] for one in chosen]


def stream(
    target: Target,
    chosen: list[Property],
    formats: list[Format],
    *,
    budget: float,
    seed: int,
    examples: int = EXAMPLES,
    reference: Variant | None = None,
    replay: bool = False,
) -> Generator[Finding, None, None]:
    """Yield one finding per property: violations as they are found, the others at the end.

    Args:
        replay: whether violating samples are kept in Hypothesis' database, and replayed first.

    Raises:
        InvalidInput: the target raises on every input tried.
        KeyboardInterrupt: after everything found so far was yielded.
    """
    end = time.monotonic() + budget
    causal = any(one.name == "causal" for one in chosen)
    room = bench(target, formats, seed, reference=reference, causal=causal)
    if not room.labs:
        raise InvalidInput(
            f"{target.name} ran on no input tried: {room.problem}", fix="give a function f(q, k, v, mask=None)"
        )
    work = [Progress(one) for one in chosen]
    shown: set[str] = set()
    stopped: KeyboardInterrupt | None = None
    try:
        for _ in _searched(room, work, end, examples, replay):
            for progress in work:
                if progress.finding is not None and progress.property.name not in shown:
                    shown.add(progress.property.name)
                    _keep(room, progress.finding, replay)
                    yield concluded(room, progress)
    except KeyboardInterrupt as interrupt:
        stopped = interrupt
        for progress in work:
            progress.cut = True
    for progress in work:
        if progress.property.name not in shown:
            yield concluded(room, progress)
    if stopped is not None:
        raise stopped


def _keep(room: Bench, finding: Finding, replay: bool) -> None:
    if replay and finding.inputs is not None:
        keep(room.target.name, finding.property.name, finding.dtype, finding.batched, finding.inputs)


def _searched(room: Bench, work: list[Progress], end: float, examples: int, replay: bool) -> Iterator[None]:
    """Search in stages, yielding after every step that may have found something."""
    if replay:
        for progress in _open(room, work):
            _replayed(room, progress, _stop(end, "small"))
            yield
    yield from _swept(room, work, small_units(room), _stop(end, "small"))
    if examples:
        stop = _stop(end, "hypothesis")
        for place, progress in enumerate(_open(room, work)):
            share = (stop - time.monotonic()) / max(len(work) - place, 1) * 3
            fuzz(room, progress, examples=examples, deadline=min(stop, time.monotonic() + share))
            yield
    yield from _swept(room, work, long_units(room), end)


def _replayed(room: Bench, progress: Progress, deadline: float) -> None:
    """Try the samples that violated this property in earlier runs."""
    name = progress.property.name
    for data, dtype, batched, inputs in kept(room.target.name, name):
        lab = room.labs.get(dtype)
        if lab is None or (batched and not lab.batched) or inputs.layer != room.target.layer:
            continue
        if not again(progress, lab, inputs, batched, deadline=deadline) and not progress.cut:
            drop(room.target.name, name, data)
        if progress.finding is not None:
            return


def _stop(end: float, stage: str) -> float:
    now = time.monotonic()
    return now + max(end - now, 0.0) * SHARES[stage]


def _open(room: Bench, work: list[Progress]) -> list[Progress]:
    return [one for one in work if one.finding is None and not lacking(room, one.property)]


def _swept(room: Bench, work: list[Progress], units: list[Unit], stop: float) -> Iterator[None]:
    """Go through the units with all properties side by side, so that none waits for another's large sizes."""
    for unit in units:
        for progress in _open(room, work):
            sweep(room, progress, unit, deadline=stop)
            yield
