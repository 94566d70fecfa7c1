"""The planted bugs: which are caught, by which property, after how many samples and seconds; and the false alarms.

Run it with ``python tests/benchmarks/bench_planted.py [--write]``; nothing here is collected by pytest. ``--write``
puts the tables into docs/variants.md, between the lines that say ``planted``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PLANTED = ROOT / "tests" / "numerics" / "variants" / "planted"
DOCS = ROOT / "docs" / "variants.md"
BEGIN, END = "<!-- planted: begin -->", "<!-- planted: end -->"
sys.path.insert(0, str(PLANTED))

from manifest import MUTANTS, RIGHT, TWINS  # noqa: E402
from part_bugs import BUGS, PARTS  # noqa: E402

from numerics.variants.campaign import stream  # noqa: E402
from numerics.variants.laws import LAWS, violation  # noqa: E402
from numerics.variants.profile import profile  # noqa: E402
from numerics.variants.rounding import FORMATS  # noqa: E402
from numerics.variants.target import load_target  # noqa: E402
from verify.attention import variant  # noqa: E402

BUDGET = 20.0
"""Seconds for a twin to be caught, and for a correct function to raise no alarm."""

LATER = 1.0
"""Seconds after the first violation in which others are still listed."""

Violated = list[tuple[str, int, float]]
"""(property, samples judged for it, seconds since the start), in order of discovery."""


def violations(file: str, name: str, reference: str | None, claims: str, formats: list[str]) -> Violated:
    """Return what the command finds, without Hypothesis; it is stopped soon after the first violation."""
    target = load_target(f"{PLANTED / file}.py:{name}")
    one = variant(reference) if reference else None
    chosen = profile(claims=claims, reference=one is not None)
    options: dict[str, Any] = {"budget": BUDGET, "seed": 0, "examples": 0, "reference": one}
    start, out = time.monotonic(), []
    for found in stream(target, chosen, [FORMATS[form] for form in formats], **options):
        now = time.monotonic() - start
        if found.verdict == "refuted":
            out.append((found.property.name, found.examples, now))
        if out and now > out[0][2] + LATER:
            break
    return out


def caught() -> tuple[list[str], int]:
    """Return the rows of the table of twins, and how many were caught."""
    rows, count = [], 0
    for name, twin in sorted(TWINS.items()):
        found = violations(twin.file, name, twin.reference, twin.claims, ["float64"])
        if found:
            first, samples, seconds = found[0]
            others = ", ".join(one for one, _, _ in found[1:6])
            rows.append(f"| {name} | {twin.named} | {first} | {samples} | {seconds:.2f} | {others} |")
        else:
            rows.append(f"| {name} | {twin.named} | **missed** | | | |")
        count += bool(found)
        sys.stderr.write(rows[-1] + "\n")
    for name, (text, law, part) in BUGS.items():
        seen = violation(LAWS[law], part)
        ids = ", ".join(LAWS[law].ids)
        rows.append(
            f"| {name} {text} | {ids} | {law} | {seen.draws} | {seen.seconds:.2f} | |"
            if seen
            else f"| {name} {text} | {ids} | **missed** | | | |"
        )
        count += seen is not None
    return rows, count


def alarms() -> list[str]:
    """Return a line per correct function or mutant that raises an alarm, and the counts."""
    every = ["float64", "float32", "float16"]
    lines = []
    jobs = [("mutants", name, *one) for name, one in MUTANTS.items()]
    jobs += [(file, name, reference, claims) for name, (file, reference, claims) in RIGHT.items()]
    for file, name, reference, claims in jobs:
        found = violations(file, name, reference, claims, every)
        lines += [f"{name} violates {', '.join(one for one, _, _ in found)}"] if found else []
        sys.stderr.write(f"{name}: {found or 'no alarm'}\n")
    lines += [f"{name} breaks its law" for name, part in PARTS.items() if violation(LAWS[name], part) is not None]
    return lines


def tables() -> str:
    """Return both tables as Markdown."""
    rows, count = caught()
    wrong = alarms()
    sound = len(MUTANTS) + len(RIGHT) + len(PARTS)
    head = [
        f"{count} of {len(rows)} planted bugs are caught; {len(wrong)} false alarms on {len(MUTANTS)} equivalent mutants,",
        f"{len(RIGHT)} correct functions and {len(PARTS)} correct parts ({sound} in all, {BUDGET:.0f} s each).",
        "Samples are those judged for the property that caught the bug first; seconds count from the start of the search,",
        "imports and probing of sizes included.",
        "",
        "| bug | known to be exposed by | caught first by | samples | seconds | then |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, *(["", "False alarms:", ""] + [f"- {line}" for line in wrong] if wrong else [])])


def main() -> None:
    text = tables()
    if "--write" in sys.argv:
        page = DOCS.read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        after = rest.split(END)[1]
        DOCS.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
