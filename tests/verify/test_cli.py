"""The front door: every command is found, help works, mistakes are answered with advice and exit code 2."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from verify import __version__, cli
from verify.errors import InvalidInput


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        cli.main(list(args))
    shown = capsys.readouterr()
    return int(stop.value.code or 0), shown.out, shown.err


def names() -> list[str]:
    return cli.LazyGroup().list_commands(click.Context(cli.app))


def test_every_module_is_a_command_with_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert {"check", "recheck", "derive", "list", "show"} <= set(names())
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for name in names():
        assert f"  {name} " in out
    assert "Exit codes" in out


@pytest.mark.parametrize("name", names())
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, name, "--help")
    assert (code, err) == (0, "")
    assert f"attnverify {name}" in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"attnverify, version {__version__}\n", "")


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["chekc"], "did you mean 'check'"),
        (["qqqqqq"], "attnverify --help"),
        (["check"], "Missing"),
        (["--nope"], "nope"),
    ],
)
def test_mistakes_are_answered_with_advice(args: list[str], word: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *args)
    assert code == cli.INVALID
    assert word in err
    assert out == ""


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (InvalidInput("bad thing", fix="a good thing"), cli.INVALID, "error: bad thing; a good thing"),
        (ZeroDivisionError("defect"), cli.INTERNAL, "internal error"),
        (click.exceptions.Abort(), cli.INTERRUPTED, "interrupted"),
        (KeyboardInterrupt(), cli.INTERRUPTED, "interrupted"),
        (click.exceptions.Exit(3), 3, ""),
    ],
)
def test_errors_become_exit_codes(
    error: BaseException, code: int, word: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    def failing() -> None:
        raise error

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *args: failing)
    found, out, err = run(capsys, "check")
    assert found == code
    assert word in err
    assert out == ""


def test_commands_are_found_where_they_are() -> None:
    assert {path.stem for path in cli.COMMANDS.glob("[!_]*.py")} == {name.replace("-", "_") for name in names()}
    assert isinstance(cli.COMMANDS, Path)
