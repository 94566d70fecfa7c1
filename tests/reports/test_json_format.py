"""JSON: follows its schema, and comes back as the same verdicts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reports import json_format
from reports.parts.reading import parse
from reports.parts.report import build


@pytest.fixture
def validator():
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(json_format.schema_path().read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_reports_follow_the_schema(verdicts, hostile_verdict, with_certificate, tmp_path: Path, validator) -> None:
    errors = [{"file": "a.toml", "error": "not TOML"}]
    report = build([*verdicts, hostile_verdict, with_certificate], tmp_path, title="t", errors=errors)
    validator.validate(json.loads(json_format.render(report)))


def test_the_schema_refuses_what_is_no_report(verdicts, tmp_path: Path, validator) -> None:
    document = json_format.document(build(verdicts, tmp_path, title="t"))
    assert validator.is_valid(document)
    for change in ({"level": "float"}, {"verdict": "true"}, {"seconds": "1"}, {"witness": {"a": 1}}, {"scope": None}):
        index = next(i for i, v in enumerate(document["verdicts"]) if v["verdict"] == "proved")
        wrong = [v | change if i == index else v for i, v in enumerate(document["verdicts"])]
        assert not validator.is_valid(document | {"verdicts": wrong}), change
    assert not validator.is_valid(document | {"schema": "urn:attnverify:schema:report:2"})


def test_the_schema_names_every_member(verdicts, tmp_path: Path) -> None:
    schema = json.loads(json_format.schema_path().read_text(encoding="utf-8"))
    document = json_format.document(build(verdicts, tmp_path, title="t"))
    assert set(document) == set(schema["properties"])
    assert set(document["verdicts"][0]) == set(schema["$defs"]["verdict"]["properties"])
    assert schema["$id"] == json_format.SCHEMA_ID


def test_a_report_can_be_read_back(verdicts, with_certificate, tmp_path: Path) -> None:
    report = build([*verdicts, with_certificate], tmp_path, title="t", errors=[{"file": "x", "error": "y"}])
    found = parse(json_format.render(report), name="report.json")
    assert found.verdicts == report.verdicts
    assert found.errors == report.errors


def test_numbers_that_json_cannot_hold_become_null(verdicts, tmp_path: Path) -> None:
    verdict = replace(verdicts[0], details={"curves": [{"x": [float("nan"), float("inf"), 1.5]}]})
    document = json.loads(json_format.render(build([verdict], tmp_path, title="t")))
    assert document["verdicts"][0]["details"]["curves"][0]["x"] == [None, None, 1.5]
