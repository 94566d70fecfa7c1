"""Decides the whole theorem library and writes docs/theorems.md: verdicts, twins, seconds, and what each entry needs.

    python docs/library_table.py                 decide what is not decided yet, and write the page
    python docs/library_table.py --fresh         decide everything again
    python docs/library_table.py ID ...          only these again

Results are kept in docs/_build/library.jsonl as they come, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "docs" / "_build" / "library.jsonl"
PAGE = ROOT / "docs" / "theorems.md"

ABLATION_BUDGET = 20
"""Seconds for each assumption."""

TWINS = "Small cases and twins"
HEAD = """# The library, decided

`python docs/library_table.py` decides every entry, its small cases and its twins, drops its assumptions one at a
time, and writes this page. Level: what carries the verdict (`exact` rational arithmetic, `ball` outward rounding).
Neighbours: small cases and twins (the theorem with one assumption dropped or one constant lowered) that came out as
they must. Seconds: the entry with its neighbours, on two shared cores.

A constant is *tight* where an instance attains it: with the constant lowered by one per cent the statement is then one
of the twins, and refuted. Where it is *not tight*, the entry's proof has slack that can be named (a smaller constant
holds, or a step loses a factor), so lowering it by one per cent leaves a statement that is true or open, and nothing
refutes it; the twin then uses a smaller constant at which there is a counterexample. Where it is *not known* whether a
constant is tight, no instance that attains it was found.
"""
ABLATION = """
## Which assumptions are needed

Each assumption is dropped alone and the rest is decided: `needed` (the rest has an exact counterexample), `not needed
on this instance` (the rest is still proved), `vacuous without it`, `not shown to be needed` (undecided), `false with it
and without it` (the statement is refuted anyway), `makes the statement false` (the rest is proved), `not used by the
proof`, or `cannot be dropped` (part of the model). A counterexample may be that of a twin. `attnverify ablate ID`
prints the counterexamples.
"""


def main() -> int:
    """Decide what is missing and write the page."""
    from verify.catalogue import ids

    chosen = [word for word in sys.argv[1:] if not word.startswith("-")]
    kept = {} if "--fresh" in sys.argv[1:] else read(KEPT)
    for name in chosen:
        kept.pop(name, None)
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text("".join(json.dumps(row) + "\n" for row in kept.values()), encoding="utf-8")
    names = ids()
    for number, name in enumerate(names, start=1):
        if name in kept:
            continue
        sys.stderr.write(f"[{number}/{len(names)}] {name}\n")
        kept[name] = {"id": name, "check": check(name), "ablation": ablation(name)}
        with KEPT.open("a", encoding="utf-8") as file:
            file.write(json.dumps(kept[name]) + "\n")
    PAGE.write_text(page([kept[name] for name in names]), encoding="utf-8")
    sys.stdout.write(f"written: {PAGE.relative_to(ROOT)}\n")
    return 0


def read(path: Path) -> dict[str, dict[str, Any]]:
    """Return the results that are kept; a line that was cut off is left out."""
    out = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        out[row["id"]] = row
    return out


def check(name: str) -> dict[str, Any]:
    """Decide an entry with its neighbours in a process of its own."""
    return run("check", name, "--json", "--certificates", str(ROOT / "docs" / "_build" / "certificates"))


def ablation(name: str) -> dict[str, Any]:
    """Drop its assumptions one at a time."""
    return run("ablate", name, "--json", "--budget", str(ABLATION_BUDGET))


def run(*words: str) -> dict[str, Any]:
    """Run a command that prints one JSON object.

    Raises:
        RuntimeError: it printed none.
    """
    command = [sys.executable, "-m", "verify.cli", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        result: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr[-500:]}") from None
    return result


def page(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the page."""
    lines = [
        HEAD,
        "| entry | verdict | level | neighbours as expected | twins | seconds |",
        "|---|---|---|---|---|---|",
    ]
    lines += [decided(row["id"], row["check"]) for row in rows]
    wrong = [row["id"] for row in rows if row["check"]["verdict"] != row["check"].get("expected")]
    seconds = sum(row["check"]["seconds"] for row in rows)
    lines += ["", f"{len(rows)} entries, {len(rows) - len(wrong)} as expected, {seconds:.0f} seconds in all."]
    lines += [f"Against what is expected: {', '.join(wrong)}."] if wrong else []
    lines += [ABLATION, "| entry | assumption | outcome | counterexample or reason |", "|---|---|---|---|"]
    lines += [line for row in rows for line in needed(row["id"], row["ablation"])]
    return "\n".join(lines) + "\n"


def decided(name: str, verdict: Mapping[str, Any]) -> str:
    """Return the row of an entry."""
    tables = [table for table in verdict["details"].get("tables", ()) if table["title"] == TWINS]
    neighbours = tables[0]["rows"] if tables else []
    good = sum(row[2] == row[3] for row in neighbours)
    bad = [f"{row[0]} {row[3]}" for row in neighbours if row[2] != row[3]]
    twins = [row[3] for row in neighbours if row[1] != "small case" and row[2] in ("refuted", "vacuous")]
    counts = ", ".join(f"{twins.count(word)} {word}" for word in dict.fromkeys(twins))
    note = f"{good} of {len(neighbours)}" + (f" ({'; '.join(bad)})" if bad else "")
    return (
        f"| `{name}` | {verdict['verdict']} | {verdict['level'] or '-'} | {note} | {counts or '-'} "
        f"| {verdict['seconds']:.1f} |"
    )


def needed(name: str, found: Mapping[str, Any]) -> list[str]:
    """Return the rows of an entry's assumptions."""
    out = []
    for row in found["rows"]:
        witness = ", ".join(f"{key} = {short(value)}" for key, value in list((row["witness"] or {}).items())[:4])
        more = ", ..." if len(row["witness"] or {}) > 4 else ""
        why = (witness + more) or row["reason"].partition(";")[0][:90]
        out.append(f"| `{name}` | {row['assumption']} | {row['outcome']} | {escaped(why)} |")
    return out


def short(number: str) -> str:
    """Return a number without its radius."""
    return number.partition(" +/-")[0][:12]


def escaped(text: str) -> str:
    """Return text for a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    raise SystemExit(main())
