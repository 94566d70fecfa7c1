"""The short benchmark: a few ratios against peers of the same run, compared with the ratios that are kept.

    python tests/benchmarks/short.py            fail if a ratio has fallen by more than a factor of two
    python tests/benchmarks/short.py --keep     keep the ratios of this run

The peers need nothing that the project does not need itself: loss and gradient written out in NumPy, and SciPy's
trust-region Newton on the same compiled derivatives. Ratios are medians over rounds that alternate between the tools,
so that a slow or busy machine slows both.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
from bench_evaluate import SIZES
from side_by_side import compare

KEPT = Path(__file__).parent / "ratios.json"
WORST = 2.0
"""A ratio may fall to the kept one divided by this."""

ROUNDS = 7


def evaluation(size: str) -> float:
    """Loss and gradient, 64 samples: our rate over that of NumPy by hand."""
    _, row = compare(
        ["numpy"], sys.executable, size=SIZES[size], what="gradient", samples=64, batch=512, rounds=ROUNDS, limit=60.0
    )
    if row.failure or row.difference > 1e-9:
        raise SystemExit(f"{size}: {row.failure or f'values differ by {row.difference:.1e}'}")
    return statistics.median(row.ratios)


def search() -> float:
    """Starts to gradient norm 1e-10 at S1: our rate over SciPy's trust-ncg, both on our derivatives."""
    from scipy.optimize import minimize

    from numerics.multistart import gathered, objective_of, stationary_points
    from verify import models
    from verify.models._model import ridge

    rng = np.random.default_rng(0)
    tokens, width, hidden = SIZES["S1"]
    model = models.build("self-attention", n=16, T=tokens, d=width, hidden=hidden)
    shared = {"X": rng.standard_normal((16, tokens, width)), "y": rng.standard_normal(16)}
    loss = ridge(model.loss, dict(model.parameters), Fraction(1, 100))
    objective = objective_of(loss, list(model.parameters.values()), shared=shared)
    ratios = []
    for _ in range(3):
        starts = rng.standard_normal((300, 18))
        begun = time.perf_counter()
        found = gathered(list(stationary_points(objective, starts)))
        ours = found.converged.sum() / (time.perf_counter() - begun)
        begun, arrived = time.perf_counter(), 0
        for start in starts[:10]:
            end = minimize(
                lambda x: [part[0] for part in objective.value_gradient(x[None])], start, jac=True, method="trust-ncg",
                hess=lambda x: objective.hessian(x[None])[0], options={"gtol": 1e-10},
            )  # fmt: skip
            arrived += bool(np.linalg.norm(objective.value_gradient(end.x[None])[1]) <= 1e-10)
        ratios.append(ours * (time.perf_counter() - begun) / max(arrived, 1))
    return statistics.median(ratios)


def main() -> int:
    """Print the ratios; return 1 where one has fallen too far."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", action="store_true", help="keep the ratios of this run")
    keep = options.parse_args().keep
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    found = {f"gradient {size} / NumPy": evaluation(size) for size in SIZES} | {"search S1 / SciPy": search()}
    if keep:
        KEPT.write_text(json.dumps({name: float(f"{ratio:.3g}") for name, ratio in found.items()}, indent=1) + "\n")
    kept = json.loads(KEPT.read_text())
    fallen = False
    for name, ratio in found.items():
        low = ratio < kept[name] / WORST
        fallen |= low
        print(f"{name:<24} {ratio:8.3g}   kept {kept[name]:8.3g}{'   FALLEN' if low else ''}")
    return int(fallen)


if __name__ == "__main__":
    raise SystemExit(main())
