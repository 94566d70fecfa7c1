"""All benchmarks in one run, written into docs/benchmarks.md.

    python tests/benchmarks/run.py --peers PYTHON [--only evaluate,search] [--write]

PYTHON is the interpreter of an environment with the packages of ``peers/requirements.txt``. Without ``--write`` the
tables are printed. Sections that are left out by ``--only`` keep the text that the page has.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "benchmarks.md"
PICTURE = HERE.parents[1] / "docs" / "growth.svg"

OWN_PACKAGES = ("attnverify", "numpy", "scipy", "sympy", "python-flint", "cvxpy", "clarabel", "hypothesis")
PEER_PACKAGES = ("jax", "jaxlib", "torch", "casadi", "symengine", "sympy", "scipy", "numpy", "codac", "auto_LiRPA")


@dataclass(frozen=True)
class Section:
    """One table: its name, heading, what it says, and the command that prints it (``{peers}`` is filled in)."""

    name: str
    heading: str
    text: str
    command: tuple[str, ...]


SECTIONS = (
    Section(
        "evaluate", "Evaluating derivatives",
        "Loss with gradient, and Hessian, of self-attention regression: S1 has 2 tokens of width 2 and 2 hidden units "
        "(18 parameters), S2 has 4, 3 and 4 (43), S3 has 8, 8 and 8 (264). One thread, float64. *n=256* runs batches of "
        "up to 4,096 points, *n=16* of 64. The ratio is ours over theirs, median and range over alternating rounds; "
        "*differs by* is the largest relative difference of the values. *First value* counts from the definition of "
        "the model, *compiled* to the first value of the form whose rate is measured; caches are empty.",
        ("bench_evaluate.py", "--peers", "{peers}"),
    ),
    Section(
        "search", "Searching for stationary points",
        "Random starts to gradient norm 1e-10, classified by curvature; 16 samples, ridge 1/100. *Flat directions* are "
        "the orbits of rotations of queries with keys and of values with the readout.",
        ("bench_search.py", "--peers", "{peers}"),
    ),
    Section(
        "bounds", "Certified ranges",
        "Width of certified ranges over one box and after halving for equal seconds of processor time. Ours are rounded "
        "outward and rechecked; auto_LiRPA's CROWN, halving the worst boxes too, is in floats and taken as it comes. Its "
        "release does not load beside the PyTorch of the peers; AUTO_LIRPA names a folder with its repository, 0.7.1. "
        "*Range seen* is that of 200,000 random points, all of which must lie in our range.",
        ("bench_bounds.py", "--peers", "{peers}"),
    ),
    Section(
        "growth", "Growth",
        "One quantity grows at a time; the others stay at 4 tokens, width 4, 4 hidden units, 64 samples, 256 points.",
        ("bench_growth.py", "--out", str(PICTURE)),
    ),
    Section("derive", "Deriving", "Symbolic work alone, and agreement with independent methods.", ("bench_derive.py",)),
    Section(
        "variants", "Finding planted bugs",
        "Seconds to the first failure against plain Hypothesis with NumPy strategies, shrinking excluded.",
        ("bench_variants.py",),
    ),
)  # fmt: skip


def section(one: Section, peers: str) -> str:
    """Run a benchmark and return its text."""
    command = [sys.executable, str(HERE / one.command[0]), *(part.format(peers=peers) for part in one.command[1:])]
    start = time.perf_counter()
    print(f"{one.name} ...", file=sys.stderr, flush=True)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    print(f"{one.name}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    if done.returncode:
        raise SystemExit(f"{one.name} failed:\n{done.stderr}")
    out = done.stdout.strip()
    return out if out.startswith("|") else f"```text\n{out}\n```"


def machine(peers: str) -> str:
    """Return what was measured on, and versions."""
    told = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    cpu = re.search(r"model name\s*:\s*(.+)", told)
    own = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in OWN_PACKAGES)
    code = (
        "import importlib.metadata as m\n"
        f"for n in {PEER_PACKAGES!r}:\n"
        "    try: print(n, m.version(n))\n"
        "    except m.PackageNotFoundError: print(n, 'missing')"
    )
    listed = subprocess.run([peers, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return "\n".join([
        f"- machine: {cpu[1] if cpu else platform.processor()}, {cores} cores, {platform.system()}, "
        f"Python {platform.python_version()}",
        f"- this project: {own}",
        f"- peers: {', '.join(listed)}",
    ])  # fmt: skip


HEAD = """# Benchmarks

Measured side by side in one run by `python tests/benchmarks/run.py --peers PYTHON --write`, every tool in a process of
its own on one core, rounds in alternation. Absolute numbers belong to the machine below, which other work shares; the
ratios are what counts. The peers live in an environment of their own (`tests/benchmarks/peers/requirements.txt`).
`make bench` runs the short form, which fails where a ratio has fallen by more than a factor of two. Enumerating all
critical points in a box is measured in [All critical points in a box](landscape.md).
"""


def main() -> None:
    """Print or write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peers", default="python3", help="interpreter of the peers' environment")
    options.add_argument("--only", default="", help="only these sections")
    options.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    chosen = options.parse_args()
    only = chosen.only.split(",") if chosen.only else [one.name for one in SECTIONS]
    measured = {one.name: section(one, chosen.peers) for one in SECTIONS if one.name in only}
    before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    parts = [HEAD, machine(chosen.peers)]
    for one in SECTIONS:
        kept = re.search(rf"<!-- {one.name} -->\n(.*?)<!-- end -->", before, re.DOTALL)
        if one.name in measured:
            picture = "\n![curves](growth.svg)\n" if one.name == "growth" else ""
            body = f"{one.text}\n\n{measured[one.name]}\n{picture}"
        elif kept:
            body = kept[1]
        else:
            continue
        parts.append(f"\n## {one.heading}\n\n<!-- {one.name} -->\n{body}<!-- end -->")
    page = "\n".join(parts) + "\n"
    if chosen.write:
        PAGE.write_text(page, encoding="utf-8")
    else:
        print(page)


if __name__ == "__main__":
    main()
