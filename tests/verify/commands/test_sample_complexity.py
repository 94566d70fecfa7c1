"""The command: text, JSON, exit codes, certificates that are accepted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from verify.commands.sample_complexity import command
from verify.errors import InvalidInput
from verify.recheck import recheck_file


def test_lists_the_entries() -> None:
    result = CliRunner().invoke(command, [])
    assert "separation" in result.output.splitlines()


def test_separation_as_json(tmp_path: Path) -> None:
    args = ["separation", "--set", "instance=small", "--json", "--certificates", str(tmp_path)]
    result = CliRunner().invoke(command, args)
    assert result.exit_code == 0
    (found,) = json.loads(result.output)["comparisons"]
    assert found["verdict"] == "separated"
    assert recheck_file(Path(found["certificate"])).accepted


def test_two_upper_bounds_exit_with_four(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["norm-bound", "--certificates", str(tmp_path)])
    assert result.exit_code == 4
    assert "two upper bounds decide nothing" in result.output


def test_wrong_settings() -> None:
    result = CliRunner().invoke(command, ["separation", "--set", "inputs=3"])
    assert isinstance(result.exception, InvalidInput)


@pytest.mark.parametrize("instance", ["dense"])
def test_report(tmp_path: Path, instance: str) -> None:
    args = ["separation", "--set", f"instance={instance}", "--report", str(tmp_path / "r"), "--certificates",
            str(tmp_path)]  # fmt: skip
    assert CliRunner().invoke(command, args).exit_code == 0
    assert "not separated" in (tmp_path / "r" / "report.md").read_text(encoding="utf-8")


def test_curves_are_measured_kept_and_told(tmp_path: Path) -> None:
    args = ["separation", "--set", "instance=small", "--curves", "sparse", "--seeds", "1", "--ledger",
            str(tmp_path / "ledger"), "--certificates", str(tmp_path)]  # fmt: skip
    result = CliRunner().invoke(command, [*args, "--budget", "0.5"])
    assert result.exit_code == 0
    assert "the same command goes on from there" in result.output
    data = json.loads(CliRunner().invoke(command, [*args, "--json", "--budget", "0.5"]).output)
    assert data["cells"]["wanted"] == 42
    assert data["measured"][0]["experiment"] == "sparse"
