"""The command ``attnverify optimum``."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from verify.commands.optimum import command


def test_text_and_json(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("x,z,y\n1,0,2\n0,1,0\n1,1,1\n", encoding="utf-8")
    common = ["mask", "--data", str(table), "--target", "y", "--starts", "3"]
    shown = CliRunner().invoke(command, common)
    assert shown.exit_code == 0
    assert "global" in shown.output
    found = json.loads(CliRunner().invoke(command, [*common, "--json"]).output)
    assert found["levels"][0]["verdict"] == "global"
    assert found["levels"][0]["certificate"] == "accepted"


def test_wrong_penalty() -> None:
    assert CliRunner().invoke(command, ["relu", "--penalty", "0"]).exit_code == 2
