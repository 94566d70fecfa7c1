"""Markdown of the same content, for repositories and mails: tables for pictures, LaTeX for formulas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reports.parts import content, facts, limits
from reports.parts.mathematics import checked
from reports.parts.report import Entry, Report
from reports.parts.statement import Formula, Row
from reports.parts.text import markdown, markdown_block, markdown_code

NAME = "md"
SUFFIX = ".md"

MAX_CURVE_ROWS = 40
"""Longer curves are thinned to this many rows; the JSON report has them in full."""


def render(report: Report) -> str:
    """Return the report as Markdown with tables and ``math`` blocks; every text of a claim is literal."""
    parts = [
        f"# {markdown(report.title)}",
        markdown(report.summary),
        *_counts(report),
        *_first(report),
        *_errors(report),
    ]
    for entry in report.entries:
        parts += _claim(entry)
    parts += ["## What this report does not show", "\n".join(f"- {markdown(text)}" for text in limits.limits(report))]
    versions = " · ".join(f"{name} {version}" for name, version in report.environment.items())
    parts += ["---", markdown(" · ".join(part for part in (report.created, versions) if part))]
    return "\n\n".join(parts) + "\n"


def _counts(report: Report) -> list[str]:
    if not report.entries:
        return []
    columns = ["verdict", *("no level" if level == "none" else level for level in report.levels), "all"]
    lines = [
        [word, *(str(row.get(level, "")) for level in report.levels), str(sum(row.values()))]
        for word, row in report.counts.items()
    ]
    return [_table(columns, lines)]


def _first(report: Report) -> list[str]:
    if not report.surprises:
        return []
    lines = [f"- **{markdown(entry.heading)}**: {markdown(entry.surprise)}" for entry in report.surprises]
    return ["## Read this first", "\n".join(lines)]


def _errors(report: Report) -> list[str]:
    if not report.errors:
        return []
    lines = [f"- {markdown_code(e.get('file', ''))}: {markdown(e.get('error', ''))}" for e in report.errors]
    return ["## Not checked", "\n".join(lines)]


def _claim(entry: Entry) -> Iterator[str]:
    v = entry.verdict
    yield f"## {markdown(entry.heading)}"
    level = f" ({v.level})" if v.level else ""
    yield f"**{v.verdict}**{level} · {markdown(entry.expectation)} · {markdown_code(v.id)}"
    yield f"Scope: {markdown(v.scope)}"
    if v.reason:
        yield markdown(v.reason)
    yield from _rows("Statement", content.statement(entry))
    if v.assumptions:
        yield "### Assumptions"
        yield _assumptions(entry)
    yield from _pairs("Counterexample" if v.verdict == "refuted" else "Witness", (v.witness or {}).items())
    yield from _pairs("Values", v.values.items())
    for curve in content.curves(entry.details):
        yield f"### {markdown(curve.title)}"
        yield from _data(_thinned(curve.table))
    for table in content.tables(entry.details):
        yield f"### {markdown(table.title)}" if table.title else "### Table"
        yield from _data(table)
    yield from _rows("Derivation", content.derivation(entry.details))
    yield from _evidence(entry)


def _rows(heading: str, found: Sequence[Row]) -> Iterator[str]:
    if not found:
        return
    yield f"### {heading}"
    for row in found:
        yield f"{row.label}{f' ({markdown(row.words)})' if row.words else ''}:"
        yield from (_formula(formula) for formula in row.formulas if formula.source)


def _formula(formula: Formula) -> str:
    if formula.latex is None or not checked(formula.latex):
        return markdown_block(formula.source)
    return markdown_block(formula.latex, "math")


def _assumptions(entry: Entry) -> str:
    columns = ["", "assumption", "value", "margin", "level"]
    lines = []
    for a in entry.verdict.assumptions:
        what = ". ".join(markdown(part) for part in (a.name, a.statement, a.note) if part)
        lines.append(
            [
                facts.HOLDS[a.holds],
                what,
                markdown(facts.comparison(a)),
                markdown(facts.signed(a.margin)),
                markdown(a.level),
            ]
        )
    return _table(columns, lines)


def _pairs(heading: str, pairs: Iterable[tuple[str, object]]) -> Iterator[str]:
    lines = [[markdown_code(name, cell=True), markdown(str(value).replace("+/-", "±"))] for name, value in pairs]
    if lines:
        yield f"### {heading}"
        yield _table(["name", "value"], lines)


def _data(table: content.Table) -> Iterator[str]:
    yield _table([markdown(c) for c in table.columns], [[markdown(cell) for cell in line] for line in table.rows])
    if table.note:
        yield markdown(table.note)


def _thinned(table: content.Table) -> content.Table:
    count = len(table.rows)
    if count <= MAX_CURVE_ROWS:
        return table
    kept = [table.rows[round(i * (count - 1) / (MAX_CURVE_ROWS - 1))] for i in range(MAX_CURVE_ROWS)]
    return content.Table(table.title, table.columns, tuple(kept), f"{MAX_CURVE_ROWS} of {count} points.")


def _evidence(entry: Entry) -> Iterator[str]:
    yield "### Evidence"
    lines = [f"- {markdown(name)}: {markdown(text)}" for name, text in facts.effort(entry)]
    certificate = entry.certificate
    if certificate and certificate.link:
        name = markdown(certificate.path.rsplit("/", 1)[-1])
        lines.insert(0, f"- certificate: [{name}](<{certificate.link}>), sha256 `{certificate.sha256}`")
    elif certificate:
        lines.insert(0, f"- certificate: {markdown_code(certificate.path)}")
    yield "\n".join(lines)
    commands = [text for text in (entry.verdict.reproduce, facts.recheck(entry)) if text]
    if commands:
        yield markdown_block("\n".join(commands), "sh")


def _table(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    def row(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    return "\n".join([row(columns), row(["---"] * len(columns)), *map(row, lines)])
