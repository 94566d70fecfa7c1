"""The command ``attnverify attack``: output and exit codes."""

import json

import pytest

from verify.cli import main

CLAIM = 'id = "planted"\n[parameters]\nx = "real"\n[claim]\nevery = "point"\nsatisfies = "{}"\n'


def run(capsys, *args):
    with pytest.raises(SystemExit) as stop:
        main(["attack", *map(str, args)])
    return stop.value.code, capsys.readouterr()


def test_json_lines_and_codes(capsys, tmp_path):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(CLAIM.format("x**2 >= 0"))
    bad.write_text(CLAIM.format("x**2 >= 1"))
    options = ["--json", "--budget", "0.6", "--certificates", tmp_path / "certificates"]
    code, shown = run(capsys, good, bad, *options)
    records = [json.loads(line) for line in shown.out.splitlines()]
    assert code == 3
    assert [one["verdict"] for one in records] == ["supported", "refuted"]
    assert records[1]["witness"] == {"x": "0"}
    assert run(capsys, good, *options)[0] == 0


def test_an_unknown_target_gives_code_2_and_the_others_are_attacked(capsys, tmp_path):
    good = tmp_path / "good.toml"
    good.write_text(CLAIM.format("x**2 >= 0"))
    code, shown = run(capsys, "softmax-lipshitz", good, "--budget", "0.4", "--json")
    lines = [json.loads(line) for line in shown.out.splitlines()]
    assert code == 2
    assert "error" in lines[0]
    assert lines[1]["verdict"] == "supported"


def test_help_teaches(capsys):
    code, shown = run(capsys, "--help")
    assert code == 0
    assert "no proof" in " ".join(shown.out.split())
