"""``attnverify list``."""

from __future__ import annotations

import json

from click.testing import CliRunner

from verify.catalogue import ids
from verify.commands.list import command


def test_text_names_every_entry() -> None:
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 0
    for name in ids():
        assert name in result.output
    assert result.output.split("\n")[0].split() == ["entry", "expected", "statement", "assumptions"]
    assert all(len(line) <= 120 for line in result.output.splitlines())


def test_json_is_one_object_per_line() -> None:
    result = CliRunner().invoke(command, ["--json"])
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert [line["id"] for line in lines] == list(ids())
    assert {"title", "work", "expected", "assumptions", "tags"} <= set(lines[0])
