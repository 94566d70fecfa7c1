"""``attnverify report``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from verify.commands.report import command
from verify.errors import InvalidInput
from verify.verdict import Verdict

LINE = Verdict(
    id="a", verdict="proved", level="exact", scope="all real x", title="A title", expected="proved"
).to_json()
CLAIM = """
id = "square"
title = "A square has one minimum"
expect = "proved"
[parameters]
x = "real"
[objective]
minimise = "(x - 1)**2"
[claim]
every = "stationary point"
satisfies = "x == 1"
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    Path("run.jsonl").write_text(json.dumps(LINE) + "\n", encoding="utf-8")

    def call(*arguments: str, **more):
        return CliRunner().invoke(command, list(arguments), catch_exceptions=False, **more)

    return call


def test_a_file_of_verdicts_in_all_textual_formats(run) -> None:
    result = run("run.jsonl", "--format", "html, md,json,junit,sarif", "--out", "out")
    assert result.exit_code == 0
    names = [line.split()[0] for line in result.output.splitlines()]
    assert names == [f"out/report{end}" for end in (".html", ".md", ".json", ".junit.xml", ".sarif")]
    document = json.loads(Path("out/report.json").read_text(encoding="utf-8"))
    assert (document["title"], document["created"]) == ("A title", "1970-01-01T00:00:00Z")


def test_standard_input_title_and_time(run) -> None:
    result = run("-", "--format", "json", "--title", "Mine", "--created", "none", input=json.dumps(LINE))
    assert result.exit_code == 0
    document = json.loads(Path("report/report.json").read_text(encoding="utf-8"))
    assert (document["title"], document["created"]) == ("Mine", None)


def test_a_claim_is_checked_and_its_certificate_linked(run) -> None:
    Path("square.toml").write_text(CLAIM, encoding="utf-8")
    result = run("run.jsonl", "square.toml", "--out", "out", "--format", "json", "--budget", "20")
    assert result.exit_code == 0
    verdicts = {v["id"]: v for v in json.loads(Path("out/report.json").read_text(encoding="utf-8"))["verdicts"]}
    assert verdicts["square"]["verdict"] == "proved"
    assert (Path("out") / verdicts["square"]["certificate_link"]).is_file()
    assert verdicts["a"]["certificate_sha256"] is None


def test_what_cannot_be_checked_is_named_and_the_rest_written(run) -> None:
    Path("bad.toml").write_text('id = "x"\n[claim]\nevery = "sometimes"\n', encoding="utf-8")
    result = run("run.jsonl", "bad.toml", "--format", "json")
    assert result.exit_code == 2
    document = json.loads(Path("report/report.json").read_text(encoding="utf-8"))
    assert [v["id"] for v in document["verdicts"]] == ["a"]
    assert document["errors"][0]["file"] == "bad.toml"
    assert "not checked: bad.toml" in result.stderr


def test_wrong_usage_writes_nothing(run) -> None:
    assert run().exit_code == 2
    assert run("run.jsonl", "--format", " , ").exit_code == 2
    for arguments in (("run.jsonl", "--format", "docx"), ("gone.json",)):
        with pytest.raises(InvalidInput):
            run(*arguments)
    assert not Path("report").exists()
