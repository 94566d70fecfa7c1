"""The command that encloses expressions."""

import json
from pathlib import Path

from click.testing import CliRunner

from verify.cli import app

FILE = """
id = "slope"
[parameters]
x = "real"
[claim]
every = "point"
satisfies = "sigmoid(x)*(1 - sigmoid(x)) <= 1/4 + x**2"
"""


def run(tmp: Path, *arguments: str) -> tuple[int, str]:
    path = tmp / "claim.toml"
    path.write_text(FILE)
    result = CliRunner().invoke(app, ["bound", str(path), "--certificates", str(tmp), *arguments])
    return result.exit_code, result.output


def test_lines_and_certificates(tmp_path: Path) -> None:
    code, text = run(tmp_path, "--box", "-2", "2", "--width", "1/1000")
    assert code == 0, text
    assert "left side" in text
    assert "width" in text
    for certificate in tmp_path.glob("*.json"):
        assert CliRunner().invoke(app, ["recheck", str(certificate)]).exit_code == 0
    assert len(list(tmp_path.glob("*.json"))) == 2


def test_json(tmp_path: Path) -> None:
    code, text = run(tmp_path, "--box", "x=-2:2", "--width", "0.001", "--json")
    assert code == 0
    left, right = (json.loads(line) for line in text.splitlines())
    assert left["expression"] == "left side"
    assert left["high"] is not None
    assert set(left["least"]) == {"x", "value"}
    assert right["expression"] == "right side"
