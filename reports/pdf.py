"""PDF of the same content, by Typst (the optional part ``pdf``): no text of a claim is read as markup or code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reports.parts import content, facts, limits, pictures
from reports.parts.formula import NotTypeset
from reports.parts.math_tree import Tree, tree
from reports.parts.report import Entry, Report
from reports.parts.statement import Formula, Row
from verify.errors import InvalidInput

NAME = "pdf"
SUFFIX = ".pdf"

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"


def render(report: Report) -> bytes:
    """Return the PDF; the same report gives the same bytes.

    Raises:
        InvalidInput: Typst is not installed.
    """
    try:
        import typst
    except ImportError:
        raise InvalidInput("the PDF needs Typst", fix="pip install 'attnverify[pdf]'") from None
    data = json.dumps(_data(report), ensure_ascii=False, allow_nan=False)
    # Only the fonts inside Typst: the same pages on every machine, and no date of its own.
    out: bytes = typst.compile(
        TEMPLATE.read_bytes(), format="pdf", sys_inputs={"data": data}, ignore_system_fonts=True,
        timestamp=datetime(1980, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return out


def _data(report: Report) -> dict[str, Any]:
    return {
        "title": report.title,
        "created": report.created or "",
        "summary": report.summary,
        "levels": report.levels,
        "counts": report.counts,
        "surprises": [{"heading": entry.heading, "why": entry.surprise or ""} for entry in report.surprises],
        "errors": [{"file": e.get("file", ""), "error": e.get("error", "")} for e in report.errors],
        "claims": [_claim(entry) for entry in report.entries],
        "limits": limits.limits(report),
        "words": [[word, limits.MEANING[word]] for word in report.counts],
        "meanings": [
            ["no level" if level == "none" else level, limits.LEVEL_MEANING[level]] for level in report.levels
        ],
        "versions": " · ".join(f"{name} {version}" for name, version in report.environment.items()),
    }


def _claim(entry: Entry) -> dict[str, Any]:
    v = entry.verdict
    certificate = entry.certificate
    return {
        "heading": entry.heading, "verdict": v.verdict, "level": v.level or "", "expectation": entry.expectation,
        "surprising": entry.surprise is not None, "id": v.id, "scope": v.scope, "reason": v.reason or "",
        "statement": _rows(content.statement(entry)), "derivation": _rows(content.derivation(entry.details)),
        "assumptions": [_assumption(a) for a in v.assumptions],
        "witness_title": "Counterexample" if v.verdict == "refuted" else "Witness",
        "witness": _pairs(v.witness or {}), "values": _pairs(v.values),
        "pictures": list(_pictures(entry.details)),
        "tables": [{"title": t.title, "columns": t.columns, "rows": t.rows} for t in content.tables(entry.details)],
        "effort": facts.effort(entry),
        "certificate": certificate.path.rsplit("/", 1)[-1] if certificate else "",
        "sha256": (certificate.sha256 or "") if certificate else "",
        "commands": [text for text in (v.reproduce, facts.recheck(entry)) if text],
    }  # fmt: skip


def _pairs(values: Any) -> list[list[str]]:
    return [[str(name), str(value).replace("+/-", "±")] for name, value in values.items()]


def _assumption(a: Any) -> dict[str, Any]:
    return {
        "name": a.name, "statement": a.statement, "note": a.note, "level": a.level, "state": facts.HOLDS[a.holds],
        "value": facts.comparison(a).replace("+/-", "±"), "margin": facts.signed(a.margin).replace("+/-", "±"),
        "bar": facts.bar(a),
    }  # fmt: skip


def _rows(found: tuple[Row, ...]) -> list[dict[str, Any]]:
    return [
        {
            "label": row.label,
            "words": row.words,
            "inline": row.is_short,
            "formulas": [_formula(formula, row.label) for formula in row.formulas if formula.source],
        }
        for row in found
    ]


def _formula(formula: Formula, row: str) -> dict[str, Any]:
    label = formula.label if row == "Assume" else ""
    return {"source": formula.source, "tree": _tree(formula), "label": label}


def _tree(formula: Formula) -> Tree | None:
    if formula.latex is None:
        return None
    try:
        return tree(formula.latex)
    except NotTypeset:
        return None


def _pictures(details: Any) -> Iterator[dict[str, str]]:
    for curve in content.curves(details):
        yield {"title": curve.title, "svg": pictures.curve_svg(curve, palette=pictures.PRINT)}
    for landscape in content.landscapes(details):
        yield {"title": landscape.title, "svg": pictures.landscape_svg(landscape, palette=pictures.PRINT)}
