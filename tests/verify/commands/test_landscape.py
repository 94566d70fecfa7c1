"""The command that lists critical points."""

import json
from pathlib import Path

from click.testing import CliRunner

from verify.cli import app

FILE = """
id = "two-minima"
[parameters]
a = "real"
b = "[-1, 1]"
[objective]
minimise = "(a**2 - 1)**2 + b**2 + a*b/10"
[claim]
every = "stationary point"
satisfies = "0 < 1"
"""


def written(tmp: Path, text: str = FILE) -> str:
    path = tmp / "claim.toml"
    path.write_text(text)
    return str(path)


def test_page_picture_and_certificate(tmp_path: Path) -> None:
    picture = tmp_path / "out.svg"
    arguments = ["landscape", written(tmp_path), "--box", "-3", "3", "--certificates", str(tmp_path)]
    result = CliRunner().invoke(app, [*arguments, "--picture", str(picture)])
    assert result.exit_code == 0, result.output
    assert "these are all" in result.output
    assert result.output.count("strict minimum") == 2
    assert "a = 0\n" in result.output
    first = picture.read_bytes()
    assert first.startswith(b"<svg")
    CliRunner().invoke(app, [*arguments, "--picture", str(picture)])
    assert picture.read_bytes() == first
    (certificate,) = tmp_path.glob("*.json")
    again = CliRunner().invoke(app, ["recheck", str(certificate)])
    assert again.exit_code == 0
    assert "proved" in again.output


def test_json_holds_every_point(tmp_path: Path) -> None:
    arguments = ["landscape", written(tmp_path), "--box", "a=0:3", "--json", "--certificates", str(tmp_path)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    data = json.loads(result.output)
    assert data["complete"] is True
    assert data["undecided"]["boxes"] == 0
    assert {point["kind"] for point in data["points"]} == {"saddle", "strict minimum"}
    saddle = next(point for point in data["points"] if point["kind"] == "saddle")
    assert saddle["at"] == {"a": "0", "b": "0"}
    assert saddle["value"] == "1"
    assert saddle["index"] == 1


def test_undecided_volume_has_its_own_exit_code(tmp_path: Path) -> None:
    path = written(tmp_path, FILE.replace("(a**2 - 1)**2", "a**4").replace(" + a*b/10", ""))
    result = CliRunner().invoke(app, ["landscape", path, "--box", "-1", "1", "--certificates", str(tmp_path)])
    assert result.exit_code == 4
    assert "undecided" in result.output


def test_a_domain_without_bounds_says_what_to_do(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["landscape", written(tmp_path)])
    assert result.exit_code != 0
    assert "--box" in str(result.exception)
