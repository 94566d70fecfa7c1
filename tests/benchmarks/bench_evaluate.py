"""Loss with gradient, and Hessian, of self-attention: this project against the peers, in one run.

    python tests/benchmarks/bench_evaluate.py --peers PYTHON [--sizes S1,S2,S3] [--what gradient,hessian] [--rounds N]

PYTHON is the interpreter of an environment that has jax, torch, casadi, symengine and sympy (see
``peers/requirements.txt``); tools that are missing are reported so. Nothing here is collected by pytest.
"""

from __future__ import annotations

import argparse
import statistics

from side_by_side import Row, compare

SIZES = {"S1": (2, 2, 2), "S2": (4, 3, 4), "S3": (8, 8, 8)}
"""Tokens, width, hidden units: 18, 43 and 264 parameters."""

LOADS = {"n=256": (256, 4096), "n=16": (16, 64)}
"""Samples, and points in a batch."""

TOOLS = {
    "S1": ("jax", "casadi", "torch", "symengine", "sympy"),
    "S2": ("jax", "casadi", "torch"),
    "S3": ("jax", "torch"),
}
"""Which tools are asked: expanded scalars take minutes to hours to derive at the larger sizes."""


def asked(load: str, size: str, what: str, only: list[str] | None) -> list[str]:
    """Return the peers of one case; SymPy, which takes minutes to derive, is asked once."""
    names = [tool for tool in TOOLS[size] if only is None or tool in only]
    slow = (load, what) != ("n=16", "gradient")
    return [tool for tool in names if not (slow and tool == "sympy")]


def ratio(row: Row) -> str:
    """Return our rate over theirs: median and range over the rounds."""
    if not row.ratios:
        return row.failure or "-"
    return f"{statistics.median(row.ratios):.3g} ({min(row.ratios):.3g} to {max(row.ratios):.3g})"


def lines(load: str, size: str, what: str, rows: list[Row]) -> list[str]:
    """Return one line of the table for each tool."""
    out = []
    for row in rows:
        cells = [
            load, size, what, row.tool, f"{row.rate:,.0f}" if row.rates else "-", ratio(row), f"{row.first:.2f}",
            f"{row.compiled:.2f}", f"{row.memory / 2**20:,.0f}", f"{row.difference:.0e}", row.note,
        ]  # fmt: skip
        out.append(f"| {' | '.join(cells)} |")
    return out


HEAD = (
    "| samples | size | what | tool | per second | ours / theirs | first value, s | compiled, s | peak MiB | differs by | how |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peers", default="python3", help="interpreter of the peers' environment")
    options.add_argument("--sizes", default="S1,S2,S3")
    options.add_argument("--what", default="gradient,hessian")
    options.add_argument("--loads", default="n=256,n=16")
    options.add_argument("--tools", default="", help="only these peers")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--limit", type=float, default=120.0, help="seconds for any one request to a tool")
    chosen = options.parse_args()
    print("\n".join(HEAD), flush=True)
    for load in chosen.loads.split(","):
        samples, batch = LOADS[load]
        for size in chosen.sizes.split(","):
            for what in chosen.what.split(","):
                names = asked(load, size, what, chosen.tools.split(",") if chosen.tools else None)
                rows = compare(
                    names, chosen.peers, size=SIZES[size], what=what, samples=samples, batch=batch,
                    rounds=chosen.rounds, limit=chosen.limit,
                )  # fmt: skip
                print("\n".join(lines(load, size, what, rows)), flush=True)


if __name__ == "__main__":
    main()
