"""The command ``attnverify assumptions``."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from verify.commands.assumptions import command as assumptions_command
from verify.errors import InvalidInput


def test_assumptions_command() -> None:
    result = CliRunner().invoke(assumptions_command, ["separation", "--json"])
    data = json.loads(result.output)
    assert result.exit_code == 0
    assert [(row["name"], row["value"], row["threshold"]) for row in data["assumptions"]] == [
        ("separated", "1/100", "9/50")
    ]
    assert [item["name"] for item in data["by_form"]] == ["sparse teacher", "local minimum"]
    failing = CliRunner().invoke(assumptions_command, ["separation", "--set", "p=2"])
    assert failing.exit_code == 3
    assert "FAILS  separated" in failing.output


def test_entries_without_data_refuse_them(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("x,y\n1,2\n2,3\n", encoding="utf-8")
    result = CliRunner().invoke(assumptions_command, ["separation", "--data", str(path), "--target", "y"])
    assert isinstance(result.exception, InvalidInput)
    assert "takes no data" in str(result.exception)
