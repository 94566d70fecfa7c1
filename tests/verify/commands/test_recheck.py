"""``attnverify recheck`` from outside: words, JSON lines and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from verify.certificate import certificate, write
from verify.claim import canonical, claim_from_data
from verify.cli import main

CLAIM = claim_from_data(
    {"id": "zero", "parameters": {"x": "real"}, "claim": {"every": "point", "satisfies": "x**2 > 0"}}
)
WITNESS = {"point": {"coordinates": {"x": "0"}}, "symmetries": [], "fixed": []}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write(certificate(CLAIM, "refuted", "witness", WITNESS, {}), tmp_path / "good")


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    other = {**WITNESS, "point": {"coordinates": {"x": "1"}}}
    return write(certificate(CLAIM, "refuted", "witness", other, {}), tmp_path / "wrong")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.json"
    path.write_text("{", encoding="utf-8")
    return path


def code_of(*args: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["recheck", *map(str, args)])
    return int(stop.value.code or 0)


def test_exit_codes(good: Path, wrong: Path, broken: Path, tmp_path: Path) -> None:
    assert code_of(good) == 0
    assert code_of(good, wrong) == 3
    assert code_of(wrong, good) == 3
    assert code_of(broken) == 2
    assert code_of(good, broken) == 2
    assert code_of(tmp_path / "nothing.json") == 2
    assert code_of() == 2


def test_words(good: Path, wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code_of(good, wrong)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("accepted  refuted   zero")
    assert second.startswith("REJECTED")
    assert "the conclusion holds at the witness" in second


def test_json_lines(good: Path, wrong: Path, broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code_of(good, wrong, broken, "--json")
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [item["accepted"] for item in found] == [True, False, False]
    assert [item["id"] for item in found] == ["zero", "zero", None]
    assert all(set(item) == {"certificate", "accepted", "id", "verdict", "kind", "reason"} for item in found)
    assert found[0]["reason"] is None
    assert found[1]["reason"]


def test_a_changed_claim_is_rejected(good: Path) -> None:
    data = json.loads(good.read_text(encoding="utf-8"))
    data["claim"]["claim"]["satisfies"] = "x**2 >= 1"
    good.write_text(canonical(data), encoding="utf-8")
    assert code_of(good) == 3
