"""Settings of theorems: values, ranges and messages."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from numerics.budget import Budget
from numerics.finding import Finding
from verify.certificate import claim_hash
from verify.errors import InvalidInput
from verify.theorem import Run, Setting, Theorem, TheoremResult

SETTINGS = (
    Setting("n", "all", "rows", "integer", ("all",), low=Fraction(2)),
    Setting("lambda", "0.1", "penalty", "number", low=Fraction(0), above=True),
    Setting("rule", "best", "rule", "choice", ("best", "worst")),
)


def echo(run: Run) -> TheoremResult:
    run.step("half", 0.5)
    values = {name: str(value) for name, value in run.settings.items()}
    return TheoremResult(Finding("undecided", values=values), {"id": "echo"}, "none", "Echo")


THEOREM = Theorem("echo", "Echo", "test", "undecided", (), (), SETTINGS, (), (), (), echo)


def test_defaults_and_values() -> None:
    seen: list[tuple[str, float]] = []
    result = THEOREM.check({"lambda": "1/3"}, budget=Budget.of(5), progress=lambda *step: seen.append(step))
    assert result.finding.values == {"n": "all", "lambda": "1/3", "rule": "best"}
    assert seen == [("half", 0.5)]
    assert result.certificate({}) is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"lamda": "1"}, "did you mean 'lambda'"),
        ({"zzz": "1"}, "one of: n, lambda, rule"),
        ({"n": "1"}, "out of range"),
        ({"n": "2.5"}, "not a whole number"),
        ({"lambda": "0"}, "out of range"),
        ({"lambda": "nan"}, "not a number"),
        ({"rule": "good"}, "'best' or 'worst'"),
    ],
)
def test_wrong_settings(given: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        THEOREM.check(given, budget=Budget.of(5))


def test_certificate_holds_the_hash_of_its_claim() -> None:
    result = THEOREM.check({}, budget=Budget.of(5))
    proved = replace(result, finding=Finding("proved", "exact", "duality", {"x": "1"}))
    data = proved.certificate({"seed": 0})
    assert data is not None
    assert data["sha256"] == claim_hash({"id": "echo"}) != claim_hash({"id": "other"})
    assert (data["verdict"], data["kind"], data["evidence"]) == ("proved", "duality", {"x": "1"})
