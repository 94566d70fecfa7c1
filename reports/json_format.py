"""JSON with a published schema, ``reports/schemas/report-1.json``; the other formats render the same content."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reports.parts.limits import limits
from reports.parts.report import Entry, Report

NAME = "json"
SUFFIX = ".json"

SCHEMA_VERSION = 1
"""Raised when a member changes its meaning or goes; a new member does not raise it."""

SCHEMA_ID = f"urn:attnverify:schema:report:{SCHEMA_VERSION}"


def render(report: Report) -> str:
    """Return the report as JSON text."""
    return json.dumps(document(report), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def document(report: Report) -> dict[str, Any]:
    """Return the report as JSON data."""
    return {
        "schema": SCHEMA_ID,
        "title": report.title,
        "created": report.created,
        "summary": report.summary,
        "counts": report.counts,
        "verdicts": [_entry(entry) for entry in report.entries],
        "errors": [dict(error) for error in report.errors],
        "not_shown": limits(report),
        "environment": dict(report.environment),
    }


def schema_path() -> Path:
    """Return the file of the schema that :func:`render` follows."""
    return Path(__file__).parent / "schemas" / f"report-{SCHEMA_VERSION}.json"


def _entry(entry: Entry) -> dict[str, Any]:
    """Return the line that ``check --json`` prints for this verdict, with what the report knows besides."""
    certificate = entry.certificate
    data = entry.verdict.to_json()
    return data | {
        "assumptions": list(data["assumptions"]),
        "as_expected": entry.verdict.as_expected,
        "surprise": entry.surprise,
        "certificate_link": certificate.link if certificate else None,
        "certificate_sha256": certificate.sha256 if certificate else None,
    }
