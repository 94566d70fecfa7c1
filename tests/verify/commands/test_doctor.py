"""``attnverify doctor``."""

from __future__ import annotations

import json

from click.testing import CliRunner

from reports.parts import doctor
from verify.commands.doctor import command


def test_text_names_every_part() -> None:
    result = CliRunner().invoke(command, catch_exceptions=False)
    assert result.exit_code == 0
    for part in doctor.PARTS:
        assert part.name in result.output
        assert part.purpose in result.output
    assert result.output.endswith("Everything needed is installed.\n")


def test_json() -> None:
    data = json.loads(CliRunner().invoke(command, ["--json"], catch_exceptions=False).output)
    assert data["complete"] is True
    assert {part["name"] for part in data["parts"]} == {part.name for part in doctor.PARTS}


def test_a_missing_library_exits_with_2(monkeypatch) -> None:
    monkeypatch.setattr(
        doctor, "PARTS", (doctor.Part("no-such-library", "magic", doctor.NEEDED, "x"), *doctor.PARTS[-3:])
    )
    result = CliRunner().invoke(command, ["--load"], catch_exceptions=False)
    assert result.exit_code == 2
    assert "Missing: no-such-library" in result.output
