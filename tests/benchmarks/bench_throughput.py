"""Examples per second of property tests: this project's two passes against plain Hypothesis with NumPy strategies.

Run it with ``python tests/benchmarks/bench_throughput.py``; nothing here is collected by pytest. The function is a
correct softmax attention, so that nothing ends a run early. "bounded" judges an example by its own rounding-error
bound; "plain" is what one would write by hand: ``arrays`` strategies and ``np.allclose``. Rows are timed in
alternation and printed as ratios to the last row, medians of :data:`ROUNDS` rounds.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from contextlib import suppress
from random import Random
from time import perf_counter
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.extra.numpy import arrays

from numerics.variants.draws import batch
from numerics.variants.lab import Lab
from numerics.variants.rounding import FORMATS
from numerics.variants.target import make_target
from verify.properties import properties
from verify.properties._base import Inputs
from verify.strategies import attention_inputs

ROUNDS = 5
SECONDS = 1.0
SIZES = (4, 4, 4, 4)
PROPERTY = "permutation-invariant-keys"


def attend(q: Any, k: Any, v: Any, mask: Any = None) -> Any:
    s = q @ np.swapaxes(k, -1, -2) / q.dtype.type(np.sqrt(q.shape[-1]))
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    e = np.exp(s - s.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True) @ v


TARGET = make_target("attend", attend, sys.modules[__name__])


def structured(seed: int) -> float:
    """Examples per second of the vectorised pass: batches of 48, each with its bound."""
    lab, rng, count = Lab(TARGET, FORMATS["float64"]), np.random.default_rng(seed), 0
    start = perf_counter()
    while perf_counter() - start < SECONDS:
        inputs = batch(rng, FORMATS["float64"], SIZES, 48, family="exact", masked=False)
        verdict = properties()[PROPERTY].check(lab, inputs)
        assert verdict is not None
        assert not verdict.violated.any()
        count += len(verdict.defect)
    return count / (perf_counter() - start)


def searched(strategy: Any, bad: Callable[[Any], bool], seed: int) -> float:
    count, start = 0, perf_counter()

    def counted(example: Any) -> bool:
        nonlocal count
        count += 1
        return bad(example) or perf_counter() - start > SECONDS

    config = settings(
        max_examples=10**6, deadline=None, phases=(Phase.generate,), database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    with suppress(NoSuchExample):
        find(strategy, counted, settings=config, random=Random(seed))
    return count / (perf_counter() - start)


def bounded_hypothesis(seed: int) -> float:
    """Examples per second of the second pass: this project's strategies, one example at a time, each with its bound."""
    lab = Lab(TARGET, FORMATS["float64"], batched=False)

    def bad(inputs: Inputs) -> bool:
        lab.forget()
        verdict = properties()[PROPERTY].check(lab, inputs)
        return verdict is not None and bool(verdict.violated.any())

    return searched(attention_inputs([SIZES], masked=False), bad, seed)


def plain_hypothesis(seed: int) -> float:
    """Examples per second of a test written by hand: array strategies, two calls, a fixed tolerance."""
    block = arrays(np.float64, (4, 4), elements=st.floats(-10, 10))

    def bad(parts: Any) -> bool:
        q, k, v = parts
        order = [2, 0, 3, 1]
        return not np.allclose(attend(q, k, v), attend(q, k[order], v[order]))

    return searched(st.tuples(block, block, block), bad, seed)


ROWS = {
    "structured, bounded": structured,
    "Hypothesis, our strategies, bounded": bounded_hypothesis,
    "Hypothesis, NumPy strategies, plain": plain_hypothesis,
}


def main() -> None:
    for run in ROWS.values():
        run(99)
    rates: dict[str, list[float]] = {name: [] for name in ROWS}
    for seed in range(ROUNDS):
        for name, run in ROWS.items():
            rates[name].append(run(seed))
    base = statistics.median(rates["Hypothesis, NumPy strategies, plain"])
    lines = [f"{'':38} examples/s    ratio"]
    for name, values in rates.items():
        lines.append(f"{name:38} {statistics.median(values):10.0f} {statistics.median(values) / base:8.2f}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
