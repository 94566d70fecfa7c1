"""SARIF 2.1.0 for code-scanning services: one result per claim, an error only where ``check`` would not exit with 0."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from urllib.parse import quote

from reports.parts.limits import MEANING
from reports.parts.outcome import FAILED, OPEN, lines, message, outcome
from reports.parts.report import WORDS, Entry, Report

NAME = "sarif"
SUFFIX = ".sarif"

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_KINDS = {"supported": "informational", "vacuous": "notApplicable"}
"""Kinds of results that are as expected and are neither passed nor open."""


def render(report: Report) -> str:
    """Return the report as a SARIF log with one run."""
    log = {"$schema": SCHEMA, "version": VERSION, "runs": [_run(report)]}
    return json.dumps(log, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _run(report: Report) -> dict[str, Any]:
    driver = {"name": "attnverify", "rules": [_rule(word) for word in WORDS]}
    if version := report.environment.get("attnverify"):
        driver["version"] = version
    invocation: dict[str, Any] = {"executionSuccessful": not report.errors}
    if report.created and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", report.created):
        invocation["endTimeUtc"] = report.created
    if report.errors:
        invocation["toolExecutionNotifications"] = [
            {"level": "error", "message": {"text": f"{error.get('file', '')}: {error.get('error', '')}"}}
            for error in report.errors
        ]
    return {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "results": [_result(entry) for entry in report.entries],
        "columnKind": "unicodeCodePoints",
        "properties": {"title": report.title, "summary": report.summary, "environment": dict(report.environment)},
    }


def _rule(word: str) -> dict[str, Any]:
    return {
        "id": word,
        "name": word.capitalize(),
        "shortDescription": {"text": f"Claim {word}"},
        "fullDescription": {"text": f"{MEANING[word][0].upper()}{MEANING[word][1:]}."},
        "defaultConfiguration": {"level": "error" if word == "refuted" else "none" if word == "proved" else "note"},
    }


def _result(entry: Entry) -> dict[str, Any]:
    verdict = entry.verdict
    result = outcome(verdict)
    kind = {FAILED: "fail", OPEN: "open"}.get(result) or _KINDS.get(verdict.verdict, "pass")
    out: dict[str, Any] = {
        "ruleId": verdict.verdict,
        "ruleIndex": WORDS.index(verdict.verdict),
        "kind": kind,
        "level": "error" if kind == "fail" else "none",
        "message": {"text": _literal(f"{entry.heading}: {message(verdict)}")},
        "locations": [_location(entry)],
        "partialFingerprints": {"claim/v1": hashlib.sha256(verdict.id.encode()).hexdigest()},
        "properties": {
            "id": verdict.id, "level": verdict.level, "scope": verdict.scope, "expected": verdict.expected,
            "seconds": verdict.seconds, "seed": verdict.seed, "text": "\n".join(lines(verdict)),
        },
    }  # fmt: skip
    if entry.certificate and entry.certificate.link and entry.certificate.sha256:
        out["properties"] |= {"certificate": entry.certificate.link, "sha256": entry.certificate.sha256}
    return out


def _location(entry: Entry) -> dict[str, Any]:
    """Return the claim's file and line where they are known (in the details), and always its name."""
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": entry.verdict.id, "kind": "claim"}]}
    file, line = entry.verdict.details.get("file"), entry.verdict.details.get("line")
    if isinstance(file, str) and file:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(file.replace("\\", "/"), safe="/")},
            "region": {"startLine": line if isinstance(line, int) and line > 0 else 1},
        }
    return location


def _literal(text: str) -> str:
    """Return a text without SARIF's own markup: links in brackets and placeholders in braces."""
    return re.sub(r"([\\\[\]])", r"\\\1", text).replace("{", "{{").replace("}", "}}")
