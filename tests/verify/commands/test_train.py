"""The command: exit codes, JSON, a claim file."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from verify.commands.train import command

CLAIM = """
id = "wells"
[parameters]
q = "real"
[objective]
minimise = "(q**2 - 1)**2 + q/4"
[claim]
every = "local minimum"
satisfies = "objective < 1"
"""


def test_a_claim_file(tmp_path: Path) -> None:
    (tmp_path / "wells.toml").write_text(CLAIM, encoding="utf-8")
    args = [str(tmp_path / "wells.toml"), "--starts", "40", "--json", "--certificates", str(tmp_path / "c")]
    result = CliRunner().invoke(command, args)
    assert result.exit_code == 3
    data = json.loads(result.output)
    assert data["certified"][0]["level"] == "ball"
    assert len(list((tmp_path / "c").glob("*.json"))) == 2


def test_report(tmp_path: Path) -> None:
    args = ["free-mask", "--set", "n=1", "--set", "p=1", "--set", "m=1", "--starts", "30", "--no-shrink", "--report",
            str(tmp_path / "r"), "--certificates", str(tmp_path / "c")]  # fmt: skip
    assert CliRunner().invoke(command, args).exit_code == 3
    text = (tmp_path / "r" / "report.md").read_text(encoding="utf-8")
    assert "Kinds of stationary points" in text
    assert "Certified bad minima" in text


def test_negative_decay() -> None:
    result = CliRunner().invoke(command, ["free-mask", "--decay=-1"])
    assert result.exit_code == 2
    assert "negative" in result.output
