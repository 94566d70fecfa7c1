"""Stationary points to gradient norm 1e-10 from random starts, classified: this project against SciPy with JAX.

    python tests/benchmarks/bench_search.py --peers PYTHON [--sizes S1,S2,S3] [--seconds N]

Self-attention regression on 16 samples with ridge 1/100; see ``bench_evaluate.py`` for the sizes. A start counts when its
gradient norm is at most 1e-10. The tools run in turns, each in a process of its own, on one core.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench_evaluate import SIZES
from side_by_side import PEERS, data_file

RIDGE = 0.01
STARTS = {"S1": 2000, "S2": 600, "S3": 100}
METHODS = ("BFGS", "trust-ncg", "trust-exact")


def asked(python: str, tool: str, request: dict[str, Any]) -> dict[str, Any]:
    """Run a search in a process of its own and return what it prints."""
    done = subprocess.run(
        [python, str(PEERS / f"{tool}_tool.py")], input=json.dumps(request), capture_output=True, text=True, check=False
    )
    if done.returncode:
        return {"failure": done.stderr.strip().splitlines()[-1][:200]}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def rate(answer: dict[str, Any]) -> float:
    """Return arrived starts per second."""
    return answer["arrived"] / answer["seconds"] if "arrived" in answer else float("nan")


def rows(size: str, python: str, seconds: float) -> list[str]:
    """Return the lines of one size, ours first."""
    with tempfile.TemporaryDirectory() as folder:
        file = data_file(Path(folder), SIZES[size], samples=16, batch=STARTS[size], scale=1.0)
        request = {"size": SIZES[size], "file": str(file), "ridge": RIDGE, "seconds": seconds}
        ours = asked(sys.executable, "attnverify_search", request)
        answers = {"attnverify": ours} | {m: asked(python, "scipy_search", request | {"method": m}) for m in METHODS}
    out = []
    for name, answer in answers.items():
        if "failure" in answer:
            out.append(f"| {size} | {name} | - | - | - | {answer['failure']} |")
            continue
        ratio = f"{rate(ours) / rate(answer):.3g}" if rate(answer) else "none arrived"
        arrived = f"{answer['arrived']} of {answer['done']}"
        out.append(f"| {size} | {name} | {arrived} | {rate(answer):.3g} | {ratio} | {answer.get('note', '')} |")
    return out


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peers", default="python3", help="interpreter of the peers' environment")
    options.add_argument("--sizes", default="S1,S2,S3")
    options.add_argument("--seconds", type=float, default=10.0, help="seconds that a peer searches")
    chosen = options.parse_args()
    print("| size | search | arrived | per second | ours / theirs | found |\n|---|---|---|---|---|---|", flush=True)
    for size in chosen.sizes.split(","):
        print("\n".join(rows(size, chosen.peers, chosen.seconds)), flush=True)


if __name__ == "__main__":
    main()
