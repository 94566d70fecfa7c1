"""JUnit XML as build servers read it: one test case per claim, failed where ``check`` would not exit with 0."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reports.parts.outcome import FAILED, OPEN, lines, message, outcome
from reports.parts.report import Entry, Report

NAME = "junit"
SUFFIX = ".junit.xml"

CLASS = "attnverify"
"""Class name of every test case."""


def render(report: Report) -> bytes:
    """Return the report as a JUnit file (elements and attributes of the schema of Jenkins' xUnit plugin)."""
    outcomes = [outcome(verdict) for verdict in report.verdicts]
    seconds = f"{sum(v.seconds for v in report.verdicts):.3f}"
    counts = {
        "tests": str(len(outcomes) + len(report.errors)),
        "failures": str(outcomes.count(FAILED)),
        "errors": str(len(report.errors)),
    }
    suites = Element("testsuites", {"name": report.title, "time": seconds, **counts})
    suite = SubElement(suites, "testsuite", {"name": report.title, "time": seconds, **counts})
    suite.set("skipped", str(outcomes.count(OPEN)))
    if report.created and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", report.created):
        suite.set("timestamp", report.created.removesuffix("Z"))
    properties = SubElement(suite, "properties")
    for name, value in report.environment.items():
        SubElement(properties, "property", {"name": name, "value": value})
    for entry in report.entries:
        _case(suite, entry)
    for error in report.errors:
        case = SubElement(suite, "testcase", {"classname": CLASS, "name": error.get("file", ""), "time": "0.000"})
        problem = error.get("error", "")
        SubElement(case, "error", {"type": "invalid", "message": problem}).text = problem
    indent(suites, " ")
    return tostring(suites, encoding="utf-8", xml_declaration=True) + b"\n"


def _case(suite: Element, entry: Entry) -> None:
    verdict = entry.verdict
    case = SubElement(suite, "testcase", {"classname": CLASS, "name": verdict.id, "time": f"{verdict.seconds:.3f}"})
    result = outcome(verdict)
    text = "\n".join(lines(verdict))
    if result == FAILED:
        SubElement(case, "failure", {"type": verdict.verdict, "message": message(verdict)}).text = text
        return
    if result == OPEN:
        SubElement(case, "skipped", {"message": message(verdict)})
    SubElement(case, "system-out").text = text
