"""Time to list all critical points in [-4, 4]^p, with proof, of small softmax-attention and polynomial losses.

Run it with ``python tests/benchmarks/bench_landscape.py [--repeats N] [name ...]``; nothing here is collected by
pytest. Losses over three samples of two scalar tokens with small distinct ridge weights. ``softK`` has a softmax over
q*k*x and K parameters (v outside from 3 on, then w*tanh(v*.) at 4), ``quadK`` a quadratic unit, ``lin3`` a product of
three factors. Compiled code is loaded before the clock starts.
"""

from __future__ import annotations

import argparse
import statistics
import time
from fractions import Fraction
from typing import Any

from numerics.budget import Budget
from numerics.landscape import search
from verify.claim import Claim, claim_from_data
from verify.landscape import landscape

X = [["1", "-1/2"], ["1/3", "2"], ["-1", "3/2"]]
Y = ["1", "0", "1/2"]
WEIGHTS = (100, 80, 90, 70, 60)
BUDGET = 600.0


def _problem(name: str, parameters: str, prediction: str, weight: str, definitions: dict[str, str]) -> Claim:
    ridge = "+".join(f"{weight}*{p}**2/{d}" for p, d in zip(parameters, WEIGHTS, strict=False))
    return claim_from_data({
        "id": name, "parameters": dict.fromkeys(parameters, "[-4, 4]"), "constants": {"X": X, "y": Y},
        "definitions": definitions, "objective": {"minimise": f"sum(({prediction} - y)**2)/2 + {ridge}"},
        "claim": {"every": "stationary point", "satisfies": "0 < 1"},
    })  # fmt: skip


def _soft(count: int, weight: str = "1", name: str = "") -> Claim:
    means = {f"m{i}": f"sum(softmax(q*k*X[{i}, :])*X[{i}, :])" for i in range(3)}
    prediction = "[m0, m1, m2]"
    if count >= 3:
        prediction = f"v*{prediction}"
    if count >= 4:
        prediction = f"w*tanh({prediction})"
    return _problem(name or f"soft{count}", "qkvw"[:count], prediction, weight, means)


def problems() -> dict[str, Claim]:
    """Return the losses by name."""
    return {
        "soft2": _soft(2),
        "soft3": _soft(3),
        "soft3-ridge/10": _soft(3, "1/10", "soft3-low"),
        "soft4": _soft(4),
        "quad2": _problem("quad2", "aw", "w*(a*X[:, 0])**2", "1", {}),
        "quad3": _problem("quad3", "awb", "w*(a*X[:, 0] + b*X[:, 1])**2", "1", {}),
        "lin3": _problem("lin3", "abc", "a*b*c*X[:, 0]", "1", {}),
    }


def row(name: str, problem: Claim, repeats: int) -> list[str]:
    """Return one line of the table: search alone, then everything with the recheck."""
    size = len(problem.entry_names)
    spans: list[float] = []
    found: Any = None
    for _ in range(repeats):
        start = time.perf_counter()
        found = search(problem, [Fraction(-4)] * size, [Fraction(4)] * size, Budget.of(BUDGET), max_nodes=10**7)
        spans.append(time.perf_counter() - start)
    seconds = statistics.median(spans)
    start = time.perf_counter()
    result = landscape(problem, budget=BUDGET)
    whole = time.perf_counter() - start
    return [
        name, f"{seconds:.3f}", str(found.looked), f"{found.looked / seconds:,.0f}", str(len(result.points)),
        "all" if result.decided else f"{result.undecided_boxes} boxes open", f"{whole - seconds:.2f}", f"{whole:.2f}",
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    known = problems()
    chosen = options.names or list(known)
    search(known["quad2"], [Fraction(-1)] * 2, [Fraction(1)] * 2, Budget.of(60), max_nodes=1000)
    heads = ["loss", "search s", "boxes", "boxes/s", "points", "complete", "recheck s", "in all s"]
    rows = [heads]
    for name in chosen:
        rows.append(row(name, known[name], options.repeats))
        print("  ".join(rows[-1]), flush=True)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print("\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in rows))


if __name__ == "__main__":
    main()
