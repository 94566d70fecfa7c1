"""One target, all its properties, one budget."""

from __future__ import annotations

import time

from numerics.variants.rounding import Format
from numerics.variants.search import STAGES, Finding, Progress, advance, bench, concluded, lacking
from numerics.variants.target import Target
from verify.attention._base import Variant
from verify.properties._base import Property

EXAMPLES = 30
"""Hypothesis examples per property, after the structured pass."""

SHARES = {"small": 0.6, "hypothesis": 0.5, "long": 1.0}
"""Part of the time left that a stage may use in all."""

PATIENCE = 6
"""A property may use this many times an even share of its stage's time."""


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
    """Return one finding per property, within ``budget`` seconds of wall-clock time."""
    end = time.monotonic() + budget
    room = bench(target, formats, seed, reference=reference)
    work = [Progress(one) for one in chosen]
    for stage in STAGES:
        left = max(end - time.monotonic(), 0.0) * SHARES[stage]
        stop = time.monotonic() + left
        for progress in work:
            if progress.refuted or lacking(room, progress.property):
                continue
            deadline = min(stop, time.monotonic() + PATIENCE * left / len(work))
            advance(room, progress, stage, deadline=deadline, examples=examples)
    return [concluded(room, progress) for progress in work]
