"""Time and memory to list all critical points in [-4, 4]^p, with proof, of small softmax-attention and other losses.

    python tests/benchmarks/bench_landscape.py [--repeats N] [--peers PYTHON] [--table FILE.md] [name ...]

Losses over three samples of two scalar tokens with small distinct ridge weights. ``softK`` has a softmax over q*k*x and
K parameters: v outside from 3 on, then ``w*tanh(v*.)`` at 4, a bias inside at 5 and one outside at 6. ``quadK`` has a
quadratic unit, ``lin3`` a product of three factors. Every loss runs in a process of its own, so that its memory can be
told; codac, where the peers are installed, paves the same gradient to boxes of width 0.01, which proves no point to
exist. Seconds are processor time of one thread, so that other work on the machine matters less. Nothing here is
collected by pytest.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from verify.claim import Claim, claim_from_data

X = [["1", "-1/2"], ["1/3", "2"], ["-1", "3/2"]]
Y = ["1", "0", "1/2"]
WEIGHTS = (100, 80, 90, 70, 60, 50)
BUDGET = 1200.0
PEER = Path(__file__).parent / "peers" / "codac_tool.py"
PEER_WIDTH, PEER_LIMIT = 0.01, 120.0
HEADS = (
    "loss", "parameters", "solved for", "points", "complete", "search s", "boxes", "search boxes/s", "recheck s",
    "recheck boxes/s", "in all s", "peak MB", "certificate MB", "codac s (boxes left)",
)  # fmt: skip


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
    if count >= 5:
        prediction += " + b"
    if count >= 4:
        prediction = f"w*tanh({prediction})"
    if count >= 6:
        prediction += " + c"
    return _problem(name or f"soft{count}", "qkvwbc"[:count], prediction, weight, means)


def problems() -> dict[str, Claim]:
    """Return the losses by name."""
    return {
        "soft2": _soft(2),
        "soft3": _soft(3),
        "soft3-ridge/10": _soft(3, "1/10", "soft3-low"),
        "soft4": _soft(4),
        "soft5": _soft(5),
        "soft6": _soft(6),
        "quad2": _problem("quad2", "aw", "w*(a*X[:, 0])**2", "1", {}),
        "quad3": _problem("quad3", "awb", "w*(a*X[:, 0] + b*X[:, 1])**2", "1", {}),
        "lin3": _problem("lin3", "abc", "a*b*c*X[:, 0]", "1", {}),
    }


DEFAULT = ("soft2", "soft3", "soft3-ridge/10", "soft4", "soft5", "quad2", "quad3", "lin3")


@dataclass(frozen=True)
class Row:
    """What was measured on one loss: seconds of processor time (medians), and the peak memory of the whole process."""

    name: str
    parameters: int
    solved: str
    points: int
    complete: str
    search: float
    boxes: int
    recheck: float
    whole: float
    memory: float
    certificate: float
    peer: str = ""

    def cells(self) -> list[str]:
        """Return the row of the table."""
        return [
            self.name, str(self.parameters), self.solved or "-", str(self.points), self.complete, f"{self.search:.3f}",
            f"{self.boxes:,}", f"{self.boxes / self.search:,.0f}", f"{self.recheck:.2f}",
            f"{self.boxes / self.recheck:,.0f}", f"{self.whole:.2f}", f"{self.memory:.0f}", f"{self.certificate:.2f}",
            self.peer or "-",
        ]  # fmt: skip


def measure(name: str, repeats: int) -> dict[str, Any]:
    """Measure one loss in this process: the search alone, rechecking, and everything."""
    import resource

    from numerics.budget import Budget
    from numerics.landscape import search
    from verify import landscape as whole

    problem = problems()[name]
    size = len(problem.entry_names)
    low, high = [Fraction(-4)] * size, [Fraction(4)] * size
    search(problems()["quad2"], low[:2], high[:2], Budget.of(60), max_nodes=1000)
    spans: list[float] = []
    found: Any = None
    for _ in range(repeats):
        start = time.process_time()
        found = search(problem, low, high, Budget.of(BUDGET), max_nodes=10**8)
        spans.append(time.process_time() - start)
    checks: list[float] = []
    plain = whole._rechecked

    def timed(data: Any) -> Any:
        start = time.process_time()
        out = plain(data)
        checks.append(time.process_time() - start)
        return out

    whole._rechecked = timed
    start = time.process_time()
    result = whole.landscape(problem, budget=BUDGET)
    seconds = time.process_time() - start
    complete = "all" if result.decided else result.reason or f"{result.undecided_boxes} boxes open"
    return {
        "name": name, "parameters": size, "solved": " ".join(problem.entry_names[k] for k in found.solved),
        "points": len(result.points), "complete": complete, "search": statistics.median(spans), "boxes": found.nodes,
        "recheck": checks[0], "whole": seconds, "certificate": sum(map(len, found.levels)) / 1e6,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def peer(name: str, python: str) -> str:
    """Return seconds and boxes of codac's paving of the same gradient, or why there are none."""
    from verify.expr.tape import trace
    from verify.expr.tape_system import system

    problem = problems()[name]
    assert problem.objective is not None
    equations = system(trace(problem.objective, tuple(problem.symbols)))
    steps = [
        [step.op, list(step.args), [float(step.data.constant), [[k, float(c)] for k, c in step.data.terms]]
         if step.op == "form" else step.data]
        for step in equations.steps[: equations.first]
    ]  # fmt: skip
    size = len(equations.inputs)
    request = {"steps": steps, "gradient": equations.gradient, "low": [-4] * size, "high": [4] * size,
               "width": PEER_WIDTH}  # fmt: skip
    try:
        done = subprocess.run([python, str(PEER)], input=json.dumps(request) + "\n", text=True, capture_output=True,
                              timeout=PEER_LIMIT, check=True)  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"over {PEER_LIMIT:.0f}"
    except subprocess.CalledProcessError:
        return "failed"
    answer = json.loads(done.stdout.splitlines()[-1])
    return f"{answer['seconds']:.2f} ({answer['boxes']})"


def run(names: tuple[str, ...] = DEFAULT, *, repeats: int = 3, peers: str | None = None) -> list[Row]:
    """Measure losses, one after the other, each in a process of its own.

    Args:
        peers: interpreter of the environment of the peers; None leaves them out.
    """
    rows = []
    for name in names:
        command = [sys.executable, __file__, "--worker", name, "--repeats", str(repeats)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, text=True, capture_output=True, check=True, env=environment)
        data = json.loads(done.stdout.splitlines()[-1])
        rows.append(Row(**data, peer=peer(name, peers) if peers else ""))
    return rows


def first_use(folder: str) -> tuple[float, float]:
    """Return the seconds of a process that lists the points of soft2: with nothing compiled yet, and again."""
    code = (
        "from bench_landscape import problems; from verify.landscape import landscape; landscape(problems()['soft2'])"
    )
    environment = {**os.environ, "ATTNVERIFY_CACHE": folder, "PYTHONPATH": str(Path(__file__).parent)}
    spans = []
    for _ in range(2):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)
        spans.append(time.perf_counter() - start)
    return spans[0], spans[1]


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [HEADS, ["---"] * len(HEADS), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def main() -> None:
    """Print the table."""
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"losses; by default {', '.join(DEFAULT)}")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peers", metavar="PYTHON", help="interpreter of the environment of the peers")
    parser.add_argument("--table", type=Path, metavar="FILE.md", help="also write the table there")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(measure(options.worker, options.repeats)))
        return
    rows = []
    for name in options.names or DEFAULT:
        rows += run((name,), repeats=options.repeats, peers=options.peers)
        print("  ".join(rows[-1].cells()), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        first, second = first_use(folder)
    text = (
        table(rows) + f"\nA process that lists the points of soft2: {first:.2f} s at first use, {second:.2f} s later.\n"
    )
    print("\n" + text)
    if options.table:
        options.table.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
