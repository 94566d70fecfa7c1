"""Hypothesis: what the structured pass did not think of, shrunk by Hypothesis itself.

Failing examples are kept in Hypothesis' database under the target and the property, and replayed first.
"""

from __future__ import annotations

import time
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np

from numerics.variants.clock import OutOfTime, until
from verify.properties._base import Inputs, Property


def search(bench: Any, one: Property, *, examples: int, deadline: float) -> tuple[Any, int]:
    """Return (finding or None, samples judged) for the first format of the bench."""
    import warnings

    from hypothesis import HealthCheck, Phase, find, settings
    from hypothesis import target as guide
    from hypothesis.errors import HypothesisWarning, NoSuchExample

    from numerics.variants.search import confirmed, margin
    from verify.strategies import attention_inputs

    batched = bench.target.batched_only
    lab = replace(next(iter(bench.labs.values())), batched=batched, _memory={})
    judged = 0

    def bad(inputs: Inputs) -> bool:
        nonlocal judged
        if time.monotonic() > deadline:
            return False
        judged += 1
        inputs = inputs.changed(causal=bench.causal)
        try:
            with until(deadline):  # outside of Hypothesis, whose state an interruption would spoil
                ratio = margin(one, lab, inputs)
        except OutOfTime:
            return False
        guide(min(ratio, 2.0), label="defect in units of what rounding explains")
        return ratio > 1

    strategy = attention_inputs(
        bench.sizes, dtype=lab.container, masked=bench.target.masked and one.masked != "never",
        always_masked=one.masked == "always", dyadic=one.exact_inputs or one.draws == "empty-rows",
        layer=bench.target.layer, empty_rows=one.draws == "empty-rows", reach=_reach(lab, one),
    )  # fmt: skip
    config = settings(
        max_examples=examples, deadline=None, derandomize=False, report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck), phases=(Phase.reuse, Phase.generate, Phase.target, Phase.shrink),
    )  # fmt: skip
    key = f"attnverify:{bench.target.name}:{one.name}:{lab.name}".encode()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HypothesisWarning)
            small = find(strategy, bad, settings=config, random=Random(bench.seed), database_key=key)
    except NoSuchExample:
        return None, judged
    return confirmed(one, lab, small.changed(causal=bench.causal), batched), judged


def _reach(lab: Any, one: Property) -> float:
    if one.draws == "huge":
        return float(2 ** int(np.log2(lab.form.score_limit) / 2 - 0.5))
    return 4.0 if lab.name in ("float16", "bfloat16") else 32.0
