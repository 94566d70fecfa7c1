"""``attnverify show``."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from verify.catalogue import HEADINGS
from verify.commands.show import command
from verify.errors import InvalidInput


def test_text_holds_every_part() -> None:
    output = CliRunner().invoke(command, ["sparse-mask"]).output
    for heading in (*HEADINGS, "Settings (--set name=value)", "Stated numbers", "Twins"):
        assert f"\n{heading}\n---" in output
    assert "lambda = theory" in output


def test_json_holds_settings_and_twins() -> None:
    data = json.loads(CliRunner().invoke(command, ["sparse-mask", "--json"]).output)
    assert {setting["name"] for setting in data["settings"]} >= {"n", "k", "lambda", "target"}
    assert {twin["expected"] for twin in data["twins"]} == {"refuted", "vacuous"}
    assert all("claim" in twin["claim"] for twin in data["twins"])


def test_unknown_id() -> None:
    with pytest.raises(InvalidInput, match="there is no theorem 'nothing'"):
        CliRunner().invoke(command, ["nothing"], catch_exceptions=False)
