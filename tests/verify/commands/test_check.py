"""``attnverify check`` from outside: JSON lines, exit codes, messages for bad input, budget, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

TRUE = '[parameters]\nx = "real"\n[claim]\nevery = "point"\nsatisfies = "x**2 >= 0"\n'
FALSE = '[parameters]\nx = "real"\n[claim]\nevery = "point"\nsatisfies = "x**2 > 0"\n'
HARD = (
    '[parameters]\nx = "real[5]"\nz = "real[5]"\n[claim]\nevery = "point"\n'
    'satisfies = "norm(softmax(x) - softmax(z)) <= norm(x - z)*51/100"\n'
)


def arguments(*args: object) -> list[str]:
    return [sys.executable, "-m", "verify.cli", "check", *map(str, args)]


def run(folder: Path, *args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments(*args), capture_output=True, text=True, cwd=folder, env=ENV, timeout=100)


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    """A folder of claim files, good and bad."""
    texts = {
        "true": 'id = "true"\nexpect = "proved"\n' + TRUE,
        "false": 'id = "false"\n' + FALSE,
        "against": 'id = "against"\nexpect = "proved"\n' + FALSE,
        "misspelt": 'id = "misspelt"\n' + TRUE.replace("satisfies", "satisfys"),
        "unknown": 'id = "unknown"\n' + TRUE.replace("x**2", "cosh(x)"),
        "shapes": 'id = "shapes"\n' + TRUE.replace('"real"', '"real[2]"').replace("x**2", "sum(x + [1, 2, 3])"),
        "undefined": 'id = "undefined"\n' + TRUE.replace("x**2", "y**2"),
        "nan": 'id = "nan"\n[constants]\nc = nan\n' + TRUE,
        "huge": 'id = "huge"\n' + TRUE.replace("x**2", "x**99999999"),
        "array": 'id = "array"\n' + TRUE.replace("x**2", "sum(ones(100000, 100000))"),
        "deep": 'id = "deep"\n' + TRUE.replace("x**2", "(" * 3000 + "x" + ")" * 3000),
        "code": 'id = "code"\n' + TRUE.replace("x**2", "__import__('pathlib').Path('owned').touch()"),
        "twice": 'id = "twice"\nid = "again"\n' + TRUE,
        "names": 'id = "names"\n[constants]\nx = 1\n' + TRUE,
        "empty": "",
        "sections": 'id = "sections"\n[parameters]\nx = "real"\n',
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "latin.toml").write_bytes(b'id = "latin"\ntitle = "\xe9"\n')
    (tmp_path / "large.toml").write_bytes(b"#" * (1 << 21))
    (tmp_path / "folder.toml").mkdir()
    return tmp_path


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_json_lines_come_in_order_and_bad_files_do_not_stop_the_others(claims: Path) -> None:
    bad = {
        "misspelt": ("claim.satisfys", "misspelt.toml:6", "satisfies"),
        "unknown": ("cosh", "claim.satisfies", "unknown.toml:6"),
        "shapes": ("[2] and [3]", "claim.satisfies", "shapes.toml:6"),
        "undefined": ("'y' is not defined", "undefined.toml:6", "x"),
        "nan": ("nan", "constants.c", "nan.toml:3"),
        "huge": ("99999999", "claim.satisfies", "huge.toml:6"),
        "array": ("entries", "claim.satisfies", "array.toml:6"),
        "deep": ("claim.satisfies", "deep.toml:6"),
        "code": ("claim.satisfies", "code.toml:6"),
        "twice": ("not TOML", "twice.toml:2"),
        "names": ("twice", "names.toml"),
        "empty": ("'id' is missing", "empty.toml"),
        "sections": ("'claim' is missing", "sections.toml"),
        "latin": ("UTF-8", "latin.toml"),
        "large": ("larger", "large.toml"),
        "folder": ("cannot read", "folder.toml"),
        "missing": ("cannot read", "missing.toml"),
    }
    names = ["true", *bad, "false"]
    done = run(claims, *(f"{name}.toml" for name in names), "--json", "--budget", 20)
    assert done.returncode == 2, done.stderr
    found = lines(done)
    assert [item.get("id", Path(item.get("file", "")).stem) for item in found] == names
    assert (found[0]["verdict"], found[-1]["verdict"]) == ("proved", "refuted")
    for item in found[1:-1]:
        words = bad[Path(item["file"]).stem]
        assert set(item) == {"file", "error"}
        assert "Traceback" not in item["error"]
        for word in words:
            assert word in item["error"], item["error"]
    assert not (claims / "owned").exists()


def test_the_promised_fields(claims: Path) -> None:
    done = run(claims, "true.toml", "--json", "--budget", 20, "--seed", 3, "--certificates", "out")
    (item,) = lines(done)
    assert done.returncode == 0
    assert {"id", "verdict", "level", "expected", "scope", "witness", "values", "reason", "certificate", "seconds",
            "budget", "seed"} <= set(item)  # fmt: skip
    assert (item["expected"], item["budget"], item["seed"], item["scope"]) == ("proved", 20, 3, "all real x")
    assert (claims / item["certificate"]).is_file()
    assert item["certificate"].startswith("out/true-")


@pytest.mark.parametrize(
    ("names", "options", "code"),
    [
        (["true"], [], 0),
        (["false"], [], 3),
        (["against"], [], 3),
        (["true", "misspelt"], [], 2),
        (["false", "misspelt"], [], 2),
    ],
)
def test_exit_codes(names: list[str], options: list[str], code: int, claims: Path) -> None:
    done = run(claims, *(f"{name}.toml" for name in names), "--budget", 20, *options)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ["--budget", "0"],
        ["--budget", "x"],
        ["--seed", "-1"],
        ["--confidence", "2"],
        ["--confidence", "x"],
        ["--set", "n"],
        ["--what"],
    ],
)
def test_wrong_options_exit_with_2(options: list[str], claims: Path) -> None:
    done = run(claims, "true.toml", *options)
    assert done.returncode == 2
    assert done.stdout == ""
    assert options[0].lstrip("-") in done.stderr or options[-1] in done.stderr
    assert "Traceback" not in done.stderr


def test_undecided_exits_with_4_only_where_something_else_was_expected(tmp_path: Path) -> None:
    (tmp_path / "hard.toml").write_text('id = "hard"\n' + HARD, encoding="utf-8")
    (tmp_path / "expecting.toml").write_text('id = "expecting"\nexpect = "proved"\n' + HARD, encoding="utf-8")
    assert run(tmp_path, "hard.toml", "--budget", 0.5).returncode == 0
    assert run(tmp_path, "hard.toml", "--budget", 0.5, "--strict").returncode == 4
    done = run(tmp_path, "expecting.toml", "--budget", 0.5, "--json")
    assert done.returncode == 4
    (item,) = lines(done)
    assert (item["verdict"], item["certificate"], item["level"]) == ("undecided", None, None)
    assert item["reason"]


@pytest.mark.slow
@pytest.mark.parametrize("budget", [2, 6])
def test_the_budget_is_kept_within_a_fifth(budget: int, tmp_path: Path) -> None:
    (tmp_path / "hard.toml").write_text('id = "hard"\n' + HARD, encoding="utf-8")
    (item,) = lines(run(tmp_path, "hard.toml", "--budget", budget, "--json"))
    assert item["verdict"] == "undecided"
    assert item["seconds"] <= 1.2 * budget


def test_an_interrupt_keeps_what_was_finished(claims: Path) -> None:
    (claims / "hard.toml").write_text('id = "hard"\n' + HARD, encoding="utf-8")
    command = arguments("true.toml", "false.toml", "hard.toml", "--json", "--budget", 90, "--jobs", 1)
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=claims, env=ENV,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # test workers may ignore it
    )  # fmt: skip
    try:
        assert process.stdout is not None
        first = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert [item["verdict"] for item in first] == ["proved", "refuted"]
    assert rest == ""
    assert process.returncode == 130
    assert "2 of 3 finished" in errors
    assert "Traceback" not in errors
    assert len(list((claims / "certificates").glob("*.json"))) == 2


def test_the_same_seed_gives_the_same_certificate(claims: Path) -> None:
    found = [lines(run(claims, "false.toml", "--json", "--certificates", name))[0] for name in ("a", "b")]
    texts = [(claims / item["certificate"]).read_text(encoding="utf-8") for item in found]
    assert texts[0] == texts[1]
