"""What can be proved: every variant of the library under every property that has a formal statement.

    python tests/benchmarks/bench_proofs.py [--write] [--retry] [--seconds S] [--slowest F] [--state FILE] [VARIANT ...]

Nothing here is collected by pytest. Results go to the state file, one line each, as they come, so that an interrupted
run is taken up where it ended, and several may run at once on different variants. ``--retry`` tries again what stayed
undecided; ``--write`` puts the table into docs/variants.md, between the lines that say ``proofs``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from verify.attention import variants
from verify.claim import claim_from_data
from verify.pipeline import decide
from verify.properties import properties
from verify.variant_proof import prove

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "variants.md"
BEGIN, END = "<!-- proofs: begin -->", "<!-- proofs: end -->"

SECONDS = 6.0
"""Processor time for one cell; where the machine is shared, the time by the clock is lengthened to give it."""

SLOWEST = 10.0
"""The time by the clock is at most this multiple of the processor time."""

MEANINGLESS = ("the statement has no meaning at these sizes", "the property has no formal statement")

Row = dict[str, Any]
State = dict[tuple[str, str], Row]


def used() -> float:
    """Return processor seconds of this process and its ended children."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def examined(variant: str, what: str, seconds: float, slowest: float) -> Row:
    """Return the outcome of one cell, with the processor time that it took."""
    crowd = os.getloadavg()[0] / (os.cpu_count() or 1)
    start = used()
    proof = prove(variants()[variant], properties()[what], budget=seconds * min(max(1.0, 1.5 * crowd), slowest))
    return {
        "variant": variant, "property": what, "verdict": proof.verdict, "level": proof.level, "scope": proof.scope,
        "reason": proof.reason, "seconds": round(used() - start, 2),
    }  # fmt: skip


def warm() -> None:
    """Import what every proof needs, once, before processes are forked."""
    example = {
        "id": "a",
        "parameters": {"x": "real[2]"},
        "claim": {"every": "point", "satisfies": "exp(x[0]) >= x[1]/8 - x[1]**2"},
    }
    decide(claim_from_data(example), budget=2)


def mark(row: Row | None) -> str:
    """Return the sign of a cell."""
    if row is None:
        return ""
    if row["verdict"] == "proved":
        return "+" if "entries in" not in row["scope"] else "box"
    if row["verdict"] == "refuted":
        return "-"
    return "." if row["reason"] in MEANINGLESS else "?"


def load(path: Path) -> State:
    """Return what was found before; later lines replace earlier ones."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [json.loads(line) for line in lines if line.endswith("}")]
    return {(row["variant"], row["property"]): row for row in rows}


def table(state: State, seconds: float) -> str:
    """Return the table as Markdown: properties down, variants across, with counts."""
    formal = [name for name, one in properties().items() if one.formal is not None]
    names = list(variants())
    marks = {(v, p): mark(state.get((v, p))) for v in names for p in formal}
    count = Counter(marks.values())
    asked = sum(count.values()) - count["."] - count[""]
    head = [
        f"{asked} questions tried that have a meaning ({count['']} cells not yet tried): {count['+']} proved for all real inputs, {count['box']} proved on a box,",
        f"{count['-']} refuted by an exact witness, {count['?']} undecided within {seconds:g} s of processor time each.",
        "",
        "| variant | " + " | ".join(formal) + " |",
        "|---" * (len(formal) + 1) + "|",
    ]
    body = [f"| {v} | " + " | ".join(marks[v, p] for p in formal) + " |" for v in names]
    return "\n".join([*head, *body])


def options() -> argparse.Namespace:
    """Return the command's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("variants", nargs="*", help="only these; all by default")
    parser.add_argument("--properties", default="", help="only these, separated by commas")
    parser.add_argument("--write", action="store_true", help="write the table into docs/variants.md")
    parser.add_argument("--retry", action="store_true", help="try undecided cells again")
    parser.add_argument("--table", action="store_true", help="only show what is known; prove nothing")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="processor seconds for one cell")
    parser.add_argument("--slowest", type=float, default=SLOWEST, help="clock time at most, in processor seconds")
    parser.add_argument("--state", type=Path, default=Path(tempfile.gettempdir()) / "attnverify-proofs.jsonl")
    return parser.parse_args()


def main() -> None:
    given = options()
    state = load(given.state)
    warm()
    wanted = [one for one in given.properties.split(",") if one]
    for name in [] if given.table else (given.variants or list(variants())):
        for what, one in properties().items():
            known = state.get((name, what))
            again = known is None or (given.retry and mark(known) == "?")
            if one.formal is None or not again or (wanted and what not in wanted):
                continue
            row = examined(name, what, given.seconds, given.slowest)
            with given.state.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            sys.stderr.write(f"{mark(row):3} {name:20} {what:28} {row['seconds']:6.2f} s  {row['reason'][:60]}\n")
    text = table(load(given.state), given.seconds)
    if given.write:
        page = DOCS.read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        DOCS.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
