"""Growth of time and memory with tokens, width, hidden units, samples and batch: a table, and curves as SVG.

    python tests/benchmarks/bench_growth.py [--out docs/growth.svg]

One quantity grows at a time; the others stay at 4 tokens, width 4, 4 hidden units, 64 samples, 256 points. Each
measurement runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from side_by_side import OURS, Failed, data_file, running

BASE = {"tokens": 4, "width": 4, "hidden": 4, "samples": 64, "batch": 256}
GROWTH = {
    "tokens": (2, 4, 8, 16, 32),
    "width": (2, 4, 8, 16),
    "hidden": (2, 4, 8, 16, 32, 64),
    "samples": (16, 64, 256, 1024, 4096),
    "batch": (1, 16, 256, 4096),
}
REPEATS = 5
LIMIT = 300.0


@dataclass(frozen=True)
class Point:
    """Microseconds per evaluation, seconds to the first compiled value, and peak memory in MiB."""

    quantity: str
    value: int
    what: str
    microseconds: float
    first: float
    memory: float


def measured(quantity: str, value: int, what: str) -> Point | str:
    """Measure one case; say why where it fails or takes too long."""
    sizes = BASE | {quantity: value}
    batch = sizes["batch"] if what == "gradient" else min(sizes["batch"], 64)
    with tempfile.TemporaryDirectory() as folder, running([OURS], "") as (tool,):
        size = (sizes["tokens"], sizes["width"], sizes["hidden"])
        file = data_file(Path(folder), size, samples=sizes["samples"], batch=batch, scale=0.5)
        try:
            first = tool.ask(LIMIT, do="prepare", size=size, what=what, file=str(file))["seconds"]
            first += tool.ask(LIMIT, do="compiled")["seconds"]
            tool.ask(LIMIT, do="run", count=batch)
            spans = [tool.ask(LIMIT, do="run", count=batch)["seconds"] for _ in range(REPEATS)]
            memory = tool.ask(LIMIT, do="memory")["bytes"]
        except Failed as failure:
            return str(failure)
    return Point(quantity, value, what, statistics.median(spans) / batch * 1e6, first, memory / 2**20)


def picture(points: list[Point], path: Path) -> None:
    """Draw the curves, one panel for each quantity."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "growth"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, len(GROWTH), figsize=(3 * len(GROWTH), 5.5), sharey="row", constrained_layout=True)
    for column, quantity in enumerate(GROWTH):
        for what, colour in (("gradient", "#0b6e99"), ("hessian", "#b4441f")):
            chosen = [p for p in points if p.quantity == quantity and p.what == what]
            values = [p.value for p in chosen]
            axes[0, column].loglog(values, [p.microseconds for p in chosen], "o-", color=colour, label=what)
            axes[1, column].semilogx(values, [p.memory for p in chosen], "o-", color=colour, label=what)
        for axis in axes[:, column]:
            axis.set_xticks(GROWTH[quantity], [str(value) for value in GROWTH[quantity]])
            axis.minorticks_off()
        axes[1, column].set_xlabel(quantity)
        axes[0, column].grid(visible=True, alpha=0.3)
        axes[1, column].grid(visible=True, alpha=0.3)
    axes[0, 0].set_ylabel("µs per evaluation")
    axes[1, 0].set_ylabel("peak memory, MiB")
    axes[0, 0].legend()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Print the table and write the picture."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, help="file for the curves")
    out = options.parse_args().out
    print("| grows | to | what | µs per evaluation | compiled, s | peak MiB |\n|---|---|---|---|---|---|", flush=True)
    points = []
    for quantity, values in GROWTH.items():
        for what in ("gradient", "hessian"):
            for value in values:
                point = measured(quantity, value, what)
                if isinstance(point, str):
                    print(f"| {quantity} | {value} | {what} | {point} | | |", flush=True)
                    continue
                points.append(point)
                cells = f"{point.microseconds:.4g} | {point.first:.2f} | {point.memory:.0f}"
                print(f"| {quantity} | {value} | {what} | {cells} |", flush=True)
    if out is not None:
        picture(points, out)


if __name__ == "__main__":
    main()
