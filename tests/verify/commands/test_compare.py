"""``attnverify compare``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from verify.commands.compare import command
from verify.verdict import Assumption, Verdict

OLD = Verdict(
    id="a", verdict="proved", level="exact", scope="", expected="proved", seconds=1.0,
    assumptions=(Assumption("H6", "", True, "1", ">", "0", "1/2", "exact"),),
)  # fmt: skip
OTHER = replace(OLD, id="b\x1b[31m")


@pytest.fixture
def run(tmp_path: Path):
    def call(old: list[Verdict], new: list[Verdict], *options: str):
        files = [str(tmp_path / name) for name in ("old.jsonl", "new.jsonl")]
        for file, verdicts in zip(files, (old, new), strict=True):
            Path(file).write_text("\n".join(json.dumps(v.to_json()) for v in verdicts), encoding="utf-8")
        return CliRunner().invoke(command, [*files, *options], catch_exceptions=False)

    return call


def test_nothing_changed(run) -> None:
    result = run([OLD, OTHER], [OLD, OTHER])
    assert (result.exit_code, result.output) == (0, "2 claims: 2 same\n")
    assert "a" in run([OLD], [OLD], "-v").output.splitlines()[0]


def test_worse_exits_with_3(run) -> None:
    result = run([OLD], [replace(OLD, verdict="undecided", level=None, seconds=60)])
    assert result.exit_code == 3
    assert "worse" in result.output
    assert "proved (exact) -> undecided" in result.output
    assert "1.0 s -> 60.0 s, slower" in result.output


def test_better_and_new_exit_with_0(run) -> None:
    result = run([replace(OLD, verdict="undecided", level=None)], [OLD, OTHER])
    assert result.exit_code == 0
    assert "better" in result.output
    assert "new" in result.output
    assert "\x1b" not in result.output


def test_gone_exits_with_3_unless_allowed(run) -> None:
    assert run([OLD, OTHER], [OLD]).exit_code == 3
    assert run([OLD, OTHER], [OLD], "--allow-missing").exit_code == 0


def test_margins_are_shown_and_do_not_change_the_exit_code(run) -> None:
    worse = replace(OLD, assumptions=(replace(OLD.assumptions[0], margin="-1/2", holds=False),))
    result = run([OLD], [worse])
    assert result.exit_code == 0
    assert "H6: holds -> fails, margin 1/2 -> -1/2 (-1)" in result.output


def test_json(run) -> None:
    data = json.loads(run([OLD], [replace(OLD, verdict="vacuous")], "--json").output)
    assert (data["worse"], data["claims"], data["changes"][0]["kind"]) == (True, 1, "worse")
