"""Time to the first failure of planted bugs: the structured pass against plain Hypothesis with NumPy strategies.

Run it with ``python tests/benchmarks/bench_variants.py``; nothing here is collected by pytest. Both sides judge the
same property of the same function by the same error bound (T = 8, d = 8, no shrinking): only the search differs.
"""

from __future__ import annotations

import statistics
import sys
from random import Random
from time import perf_counter
from types import ModuleType
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.extra.numpy import arrays

from numerics.variants.draws import BATCH, EARLY, batch
from numerics.variants.lab import Lab
from numerics.variants.rounding import FORMATS
from numerics.variants.target import make_target
from verify.properties import properties
from verify.properties._base import Inputs

SIZES = (8, 8, 8, 8)
SEEDS = range(5)

SOURCE = """
import numpy as np

def right(q, k, v, mask=None):
    s = q @ np.swapaxes(k, -1, -2) / q.dtype.type(np.sqrt(q.shape[-1]))
    e = np.exp(s - s.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True) @ v

def overflow(q, k, v, mask=None):
    e = np.exp(q @ np.swapaxes(k, -1, -2) / q.dtype.type(np.sqrt(q.shape[-1])))
    return e / e.sum(-1, keepdims=True) @ v

def tie(q, k, v, mask=None):
    same = np.all(k[..., :1, :] == k[..., 1:2, :], axis=-1)[..., None]
    return np.where(same, 2 * right(q, k, v), right(q, k, v))

def region(q, k, v, mask=None):
    rare = np.all(q[..., :1, :] == 0, axis=-1)[..., None]
    return np.where(rare, 2 * right(q, k, v), right(q, k, v))
"""
BUGS = {"overflow": "finite", "tie": "convex-hull", "region": "convex-hull"}


def target(name: str) -> Any:
    module = ModuleType("planted")
    exec(SOURCE, vars(module))
    return make_target(name, getattr(module, name), module)


def violated(name: str, lab: Lab, inputs: Inputs) -> bool:
    verdict = properties()[BUGS[name]].check(lab, inputs)
    return verdict is not None and bool(verdict.violated.any())


def structured(name: str, seed: int) -> tuple[float, bool]:
    lab, rng = Lab(target(name), FORMATS["float64"]), np.random.default_rng(seed)
    family = "huge" if BUGS[name] == "finite" else "exact"
    start = perf_counter()
    for _ in range(50):
        whole = batch(rng, FORMATS["float64"], SIZES, BATCH, family=family, masked=False)
        for part in (whole.first(EARLY), whole):
            if violated(name, lab, part):
                return perf_counter() - start, True
    return perf_counter() - start, False


def plain_hypothesis(name: str, seed: int) -> tuple[float, bool]:
    lab = Lab(target(name), FORMATS["float64"], batched=False)
    block = arrays(np.float64, (1, 8, 8), elements=st.floats(-1e3, 1e3))
    config = settings(
        max_examples=3000, deadline=None, phases=(Phase.generate,), database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    start = perf_counter()
    try:
        find(
            st.tuples(block, block, block), lambda x: violated(name, lab, Inputs(*x)), settings=config,
            random=Random(seed),
        )  # fmt: skip
    except NoSuchExample:
        return perf_counter() - start, False
    return perf_counter() - start, True


def main() -> None:
    structured("overflow", 99)
    rows = ["bug        structured  found   Hypothesis  found   ratio"]
    for name in BUGS:
        ours, theirs = ([run(name, seed) for seed in SEEDS] for run in (structured, plain_hypothesis))
        a, b = (statistics.median(t for t, _ in one) for one in (ours, theirs))
        found = [sum(ok for _, ok in one) for one in (ours, theirs)]
        rows.append(f"{name:10} {a:8.4f} s  {found[0]}/5  {b:9.3f} s  {found[1]}/5  {b / a:6.1f}")
    sys.stdout.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
