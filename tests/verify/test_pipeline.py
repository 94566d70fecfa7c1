"""The line from claim to verdict: order of honesty, budgets, rechecked findings only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from numerics.budget import OutOfTime
from numerics.finding import Finding
from verify import pipeline
from verify.claim import Claim, claim_from_data
from verify.pipeline import decide
from verify.recheck import recheck_file


def claim(satisfies: str, every: str = "point", *, parameters: Any = None, **more: Any) -> Claim:
    data = {
        "id": "c",
        "parameters": parameters or {"x": "real"},
        "claim": {"every": every, "satisfies": satisfies},
        **more,
    }
    return claim_from_data(data)


@pytest.mark.parametrize(
    ("stated", "verdict"),
    [
        (claim("x**2 >= 0"), "proved"),
        (claim("x**2 > 0"), "refuted"),
        (claim("x > 5", assume={"a": "x > 1", "b": "x**2 < 1"}), "vacuous"),
        (claim("x == 1", "stationary point", objective={"minimise": "(x - 1)**2"}), "proved"),
        (claim("x == 2", "stationary point", objective={"minimise": "(x - 1)**2"}), "refuted"),
        (claim("x == 2", "stationary point", objective={"minimise": "exp(x)"}), "vacuous"),
    ],
)
def test_verdicts_come_with_a_certificate_that_stands_alone(stated: Claim, verdict: str, tmp_path: Path) -> None:
    found = decide(stated, budget=20, certificates=tmp_path, seed=4)
    assert found.verdict == verdict
    assert found.certificate is not None
    assert recheck_file(Path(found.certificate)).accepted
    made_by = json.loads(Path(found.certificate).read_text(encoding="utf-8"))["made_by"]
    assert made_by["seed"] == 4
    assert (found.witness is not None) is (verdict == "refuted")
    assert found.method


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert decide(claim("x**2 >= 0"), budget=10).certificate is None
    assert list(tmp_path.iterdir()) == []


def test_steps_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    steps: list[str] = []
    decide(claim("x**2 > 0"), budget=10, progress=steps.append)
    assert steps[0] == "vacuity"
    assert steps[-1] == "recheck"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("arithmetic", ["float64", "bfloat16"])
def test_floating_point_is_not_real_arithmetic(arithmetic: str) -> None:
    assert decide(claim("x + 1 > x"), budget=5).verdict == "proved"
    found = decide(claim("x + 1 > x", arithmetic=arithmetic), budget=5)
    assert (found.verdict, found.level) == ("refuted", "exact")
    assert arithmetic in found.method


@pytest.mark.parametrize(("error", "word"), [(OutOfTime(), "budget"), (MemoryError(), "memory")])
def test_running_out_is_undecided(error: BaseException, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> Finding:
        raise error

    monkeypatch.setattr(pipeline, "find_evidence", fail)
    found = decide(claim("x**2 >= 0"), budget=5)
    assert found.verdict == "undecided"
    assert word in (found.reason or "")


def test_a_defect_is_an_error_and_not_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> Finding:
        raise ZeroDivisionError

    monkeypatch.setattr(pipeline, "find_evidence", fail)
    with pytest.raises(ZeroDivisionError):
        decide(claim("x**2 >= 0"), budget=5)


WITNESS = {"point": {"coordinates": {"x": "1"}}, "symmetries": [], "fixed": []}


@pytest.mark.parametrize(
    "finding",
    [
        Finding("refuted", "exact", "witness", WITNESS, witness={"x": "1"}),
        Finding("proved", "exact", "emptiness", {"cases": []}),
        Finding("vacuous", "exact", "emptiness", {"cases": []}),
        Finding("proved", "ball", "boxes", {"cuts": [-1], "below": []}),
        Finding("proved", "exact", "nonsense", {}),
    ],
    ids=lambda finding: f"{finding.verdict}-{finding.kind}",
)
def test_a_finding_that_the_checker_rejects_is_no_verdict(
    finding: Finding, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pipeline, "find_evidence", lambda *args: finding)
    found = decide(claim("x**2 >= 0"), budget=5, certificates=tmp_path)
    assert (found.verdict, found.level, found.certificate, found.witness) == ("undecided", None, None, None)
    assert "rejected" in (found.reason or "")
    assert list(tmp_path.iterdir()) == []


def test_a_proof_names_a_point_that_meets_the_hypotheses() -> None:
    found = decide(claim("x > 0", assume={"a": "x >= 1"}), budget=10)
    assert found.verdict == "proved"
    assert found.values.get("hypotheses met at", "").startswith("x = ")


def test_probability_claims_go_their_own_way() -> None:
    data = {"id": "p", "random": {"e": "rademacher[2]"}, "claim": {"probability": "sum(e) == 0", "at_most": "1/2"}}
    assert decide(claim_from_data(data), budget=10).verdict == "proved"
