"""SARIF 2.1.0, checked against the rules of its schema that matter to consumers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from reports import sarif
from reports.parts.report import build

KINDS = {"notApplicable", "pass", "fail", "review", "open", "informational"}
LEVELS = {"none", "note", "warning", "error"}


def check(log: dict[str, Any]) -> None:
    """Check a log against the schema of SARIF 2.1.0: required members, enumerations, references, formats."""
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["defaultConfiguration"]["level"] in LEVELS
        assert rule["fullDescription"]["text"].endswith(".")
    for invocation in run["invocations"]:
        assert isinstance(invocation["executionSuccessful"], bool)
        if "endTimeUtc" in invocation:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", invocation["endTimeUtc"])
    for result in run["results"]:
        assert result["kind"] in KINDS
        assert result["level"] in LEVELS
        assert result["kind"] == "fail" or result["level"] == "none"
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert re.search(r"(?<!\\)\[[^\]\\]*\]\(", result["message"]["text"]) is None
        for location in result["locations"]:
            assert location["logicalLocations"][0]["fullyQualifiedName"]
            uri = location.get("physicalLocation", {}).get("artifactLocation", {}).get("uri", "a")
            assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", uri)


def test_a_run(verdicts, tmp_path: Path) -> None:
    log = json.loads(sarif.render(build(verdicts, tmp_path, title="t", created="2025-01-02T03:04:05Z")))
    check(log)
    results = {r["properties"]["id"]: (r["kind"], r["level"]) for r in log["runs"][0]["results"]}
    assert results == {
        "two-token-head": ("fail", "error"), "one-head-ridge": ("fail", "error"), "mask-ridge-lasso": ("pass", "none"),
        "one-head-second-order": ("pass", "none"), "gaussian-max": ("informational", "none"),
        "saturated-target": ("notApplicable", "none"), "sparse-mask": ("pass", "none"),
    }  # fmt: skip


def test_files_become_locations_and_errors_notifications(verdicts, tmp_path: Path) -> None:
    verdict = replace(verdicts[0], details={"file": "claims/my claim.toml"})
    log = json.loads(sarif.render(build([verdict], tmp_path, title="t", errors=[{"file": "b.toml", "error": "bad"}])))
    check(log)
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "claims/my%20claim.toml"
    assert log["runs"][0]["invocations"][0]["executionSuccessful"] is False
    assert "bad" in json.dumps(log["runs"][0]["invocations"][0]["toolExecutionNotifications"])


def test_hostile_texts(hostile_verdict, hostile_text: str, tmp_path: Path) -> None:
    check(json.loads(sarif.render(build([hostile_verdict], tmp_path, title=hostile_text))))
