"""``attnverify search``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from verify.commands.search import command
from verify.errors import InvalidInput

CLAIM = """
id = "well"
[parameters]
x = "real"
y = "{domain}"
[objective]
minimise = "(x**2 - 1)**2 + (y - 2)**2"
[claim]
every = "stationary point"
satisfies = "objective <= 1"
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "well.toml"
    path.write_text(CLAIM.format(domain="real"), encoding="utf-8")
    return str(path)


def test_kinds_are_listed_with_their_starts(file: str) -> None:
    result = CliRunner().invoke(command, [file, "--starts", "40"])
    assert result.exit_code == 0
    assert "1 kind of" in result.output
    assert "40 of 40 starts arrived" in result.output
    assert "nothing here is proved" in result.output


def test_json_says_float_and_repeats_with_the_seed(file: str) -> None:
    runs = [CliRunner().invoke(command, [file, "--starts", "20", "--json", "--seed", "3"]).output for _ in range(2)]
    first, second = ([json.loads(line) for line in run.splitlines()] for run in runs)
    assert first[:-1] == second[:-1]
    assert all(line["level"] == "float" for line in first)
    assert first[0]["at"]["y"] == pytest.approx(2)
    assert sum(line["starts"] for line in first[:-1]) == first[-1]["effort"]["arrived"] == 20


def test_points_outside_the_domain_are_not_listed(tmp_path: Path) -> None:
    path = tmp_path / "cut.toml"
    path.write_text(CLAIM.format(domain="[-1, 1]"), encoding="utf-8")
    result = CliRunner().invoke(command, [str(path), "--starts", "10"])
    assert result.exit_code == 4
    assert "0 kinds" in result.output


def test_a_claim_without_objective_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "point.toml"
    path.write_text('id = "p"\n[parameters]\nx = "real"\n[claim]\nevery = "point"\nsatisfies = "x < 1"\n')
    result = CliRunner().invoke(command, [str(path)])
    assert isinstance(result.exception, InvalidInput)
    assert "objective" in str(result.exception)
