"""The table "which variant has which property", measured, beside the reviewed one; every cell that differs is listed.

Run it with ``python tests/benchmarks/bench_table.py [--write]``; nothing here is collected by pytest. ``--write`` puts
the table into docs/variants.md, between the lines that say ``table``.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from numerics.variants.campaign import campaign
from numerics.variants.exact_table import COLUMNS, applies, cell
from numerics.variants.own_columns import OWN_COLUMNS
from numerics.variants.rounding import FORMATS
from numerics.variants.slope_table import SLOPE_COLUMNS
from numerics.variants.target import load_target
from verify.attention import variant
from verify.errors import AttnverifyError
from verify.properties import properties

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "variants.md"
TRUTH = ROOT / "tests" / "numerics" / "variants" / "ground_truth.csv"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

FLOATS = {
    "P18": ("masked-poison",), "P21": ("fully-masked-row",), "P23": ("finite",), "P24": ("accuracy",),
    "P26": ("deterministic", "inputs-unmodified"),
}  # fmt: skip
"""Columns about floating point, with the properties that decide them on the library's NumPy reading."""

ALWAYS = ("P06", "P16", "P17", "P18", "P19", "P21", "P22", "P24", "P25", "P26", "P40", "P45", "P56")
"""Columns of the reviewed table that hold wherever they apply."""

ALONE = {
    "P30": ("sparsemax", "entmax15"), "P41": ("sagan",), "P47": ("alibi",), "P50": ("differential",),
    "P52": ("lu_parallel", "lu_alternating"), "P54": ("pu_spatiotemporal",), "P55": ("global_mask",),
}  # fmt: skip
"""Columns that concern these variants only, and hold for them."""

SECONDS = 12.0


def floats(name: str) -> dict[str, str]:
    """Return the marks of the columns about floating point."""
    chosen = [properties()[one] for names in FLOATS.values() for one in names]
    found = campaign(
        load_target(name), chosen, [FORMATS[f] for f in ("float64", "float32", "float16")], budget=SECONDS, seed=0,
        examples=0,
    )  # fmt: skip
    verdicts = {one.property.name: one.verdict for one in found}
    out = {}
    for column, names in FLOATS.items():
        marks = {verdicts[one] for one in names}
        out[column] = "-" if "refuted" in marks else ("+" if marks == {"supported"} else "?")
    return out


def row(name: str) -> dict[str, str]:
    """Return all marks of a variant; "." where the question has no meaning."""
    one = variant(name)
    out = {column: cell(one, column) if applies(one, column) else "." for column in COLUMNS}
    for column, judge in {**SLOPE_COLUMNS, **OWN_COLUMNS}.items():
        try:
            out[column] = judge(one)
        except AttnverifyError:
            out[column] = "?"
    return dict(sorted({**out, **floats(name)}.items()))


def reviewed(truth: dict[str, str], column: str) -> str | None:
    """Return the reviewed mark; None where the reviewed table has no such cell."""
    if column in truth:
        return truth[column]
    if column in ALONE:
        return "+" if truth["variant"] in ALONE[column] else "."
    return "+" if column in ALWAYS else None


def lines() -> Iterator[str]:
    """Yield the table as Markdown, and the cells that differ."""
    with TRUTH.open(encoding="utf-8") as file:
        known = list(csv.DictReader(file))
    differing, head, cells = [], None, 0
    for truth in known:
        marks = row(truth["variant"])
        if head is None:
            head = list(marks)
            yield "| variant | " + " | ".join(column[1:] for column in head) + " |"
            yield "|---" * (len(head) + 1) + "|"
        yield f"| {truth['variant']} | " + " | ".join(marks.values()) + " |"
        for column, mark in marks.items():
            wanted = reviewed(truth, column)
            cells += 1
            if wanted not in (None, ".", mark[:1]):
                differing.append(f"{truth['variant']} {column}: {mark}, reviewed {wanted}")
    yield ""
    yield f"{cells} cells; {len(differing)} differ from the reviewed table:"
    yield ""
    yield from (f"- {one}" for one in differing)


def main() -> None:
    """Print the table; write it into the docs when asked to."""
    found = []
    for line in lines():
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        found.append(line)
    if "--write" in sys.argv:
        page = DOCS.read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        DOCS.write_text(f"{before}{BEGIN}\n\n" + "\n".join(found) + f"\n\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
