"""JUnit XML, checked by hand against the schema of Jenkins' xUnit plugin."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

from reports import junit
from reports.parts.report import build

SUITE = {"name", "tests", "failures", "errors", "time", "skipped", "timestamp"}
ALLOWED = {
    "testsuites": ({"name", "tests", "failures", "errors", "time"}, {"testsuite"}),
    "testsuite": (SUITE, {"properties", "testcase"}),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "time", "classname"}, {"skipped", "error", "failure", "system-out"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"message"}, set()),
    "system-out": (set(), set()),
}
"""Attributes and children of each element."""


def check(element: Element) -> None:
    """Check an element against the schema."""
    attributes, children = ALLOWED[element.tag]
    assert set(element.attrib) <= attributes
    if "time" in element.attrib:
        assert re.fullmatch(r"[0-9]+\.[0-9]{3}", element.get("time", ""))
    if element.tag in ("testsuite", "testsuites"):
        cases = list(element.iter("testcase"))
        assert element.get("tests") == str(len(cases))
        assert element.get("failures") == str(sum(case.find("failure") is not None for case in cases))
        assert element.get("errors") == str(sum(case.find("error") is not None for case in cases))
    for child in element:
        assert child.tag in children
        check(child)


def test_a_run(verdicts, tmp_path: Path) -> None:
    errors = [{"file": "broken.toml", "error": "not TOML"}]
    root = fromstring(junit.render(build(verdicts, tmp_path, title="t", created="2025-01-02T03:04:05Z", errors=errors)))
    check(root)
    cases = {
        case.get("name"): [child.tag for child in case if child.tag != "system-out"] for case in root.iter("testcase")
    }
    assert cases == {
        "two-token-head": ["failure"], "one-head-ridge": ["failure"], "mask-ridge-lasso": [],
        "one-head-second-order": [], "gaussian-max": [], "saturated-target": [], "sparse-mask": [],
        "broken.toml": ["error"],
    }  # fmt: skip
    assert root[0].get("timestamp") == "2025-01-02T03:04:05"


def test_undecided_without_expectation_is_skipped(verdicts, tmp_path: Path) -> None:
    from dataclasses import replace

    undecided = next(replace(v, expected=None) for v in verdicts if v.verdict == "undecided")
    root = fromstring(junit.render(build([undecided], tmp_path, title="t")))
    check(root)
    assert root.find(".//skipped") is not None
    assert root[0].get("skipped") == "1"


def test_hostile_texts(hostile_verdict, hostile_text: str, tmp_path: Path) -> None:
    errors = [{"file": hostile_text, "error": hostile_text}]
    root = fromstring(junit.render(build([hostile_verdict], tmp_path, title=hostile_text, errors=errors)))
    check(root)
    assert '<script>alert("1")</script>' in (root.find(".//testcase").get("name") or "")
