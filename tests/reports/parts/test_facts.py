"""Short facts about one verdict."""

from __future__ import annotations

from pathlib import Path

from reports.parts import facts
from reports.parts.report import build
from verify.verdict import Assumption


def assumption(**more) -> Assumption:
    given = {"name": "A", "statement": "", "holds": True, "value": "3/4", "relation": ">=", "threshold": "1/2",
             "margin": "1/4", "level": "exact"}  # fmt: skip
    return Assumption(**given | more)


def test_comparison_and_margin() -> None:
    assert facts.comparison(assumption()) == "3/4 ≥ 1/2"
    assert facts.comparison(assumption(value="", relation="", threshold="")) == ""
    assert [facts.signed(text) for text in ("1/4", "-2", "+3", "", "0")] == ["+1/4", "-2", "+3", "", "0"]


def test_the_bar_never_contradicts_the_decision() -> None:
    assert facts.bar(assumption()) > 0
    assert facts.bar(assumption(holds=False)) < 0
    assert facts.bar(assumption(holds=None)) is None
    assert facts.bar(assumption(margin="")) is None


def test_effort_and_recheck(with_certificate, verdicts, tmp_path: Path) -> None:
    entry = build([with_certificate], tmp_path, title="t").entries[0]
    assert facts.effort(entry)[:3] == [("method", "ideal membership"), ("time", "1.28 s of 60 s"), ("seed", "0")]
    assert facts.recheck(entry) == "attnverify recheck certificates/mask-ridge-lasso-0123456789ab-proved.json"
    assert facts.recheck(build(verdicts[:1], tmp_path, title="t").entries[0]) is None


def test_commands_quote_hostile_paths(hostile_verdict, tmp_path: Path) -> None:
    assert facts.recheck(build([hostile_verdict], tmp_path, title="t").entries[0]) == (
        "attnverify recheck 'javascript:alert(1).json'"
    )
