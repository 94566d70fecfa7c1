"""What changed between two runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.parts.comparison import compare, is_worse, to_json
from verify.verdict import Assumption, Verdict


def make(verdict: str, *, level: str | None = "exact", expected: str | None = None, seconds: float = 1.0) -> Verdict:
    return Verdict(id="a", verdict=verdict, level=level, scope="", expected=expected, seconds=seconds)


@pytest.mark.parametrize(
    ("old", "new", "expected", "kind"),
    [
        ("proved", "proved", None, "same"),
        ("proved", "undecided", "proved", "worse"),
        ("undecided", "refuted", "proved", "worse"),
        ("undecided", "proved", "proved", "better"),
        ("vacuous", "refuted", "proved", "different"),
        ("proved", "refuted", "refuted", "better"),
        ("refuted", "undecided", "refuted", "worse"),
        ("proved", "refuted", None, "worse"),
        ("proved", "supported", None, "worse"),
        ("supported", "vacuous", None, "worse"),
        ("undecided", "refuted", None, "worse"),
        ("refuted", "proved", None, "better"),
    ],
)
def test_verdicts(old: str, new: str, expected: str | None, kind: str) -> None:
    (change,) = compare([make(old, expected=expected)], [make(new, expected=expected)])
    assert change.kind == kind
    assert is_worse([change]) == (kind == "worse")


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("exact", "ball", "different"),
        ("exact", "statistical", "worse"),
        ("float", "ball", "better"),
        ("ball", "ball", "same"),
    ],
)
def test_levels(old: str, new: str, kind: str) -> None:
    (change,) = compare([make("supported", level=old)], [make("supported", level=new)])
    assert change.kind == kind


def test_a_new_expectation_is_not_a_new_result() -> None:
    (change,) = compare([make("proved")], [make("proved", expected="refuted")])
    assert change.kind == "same"


def test_new_gone_and_repeated_claims() -> None:
    other = replace(make("proved"), id="b")
    changes = compare(
        [make("proved"), make("refuted"), other], [make("proved"), make("refuted"), replace(other, id="c")]
    )
    assert [(c.id, c.kind) for c in changes] == [("a", "same"), ("a #2", "same"), ("c", "new"), ("b", "gone")]
    assert is_worse(changes)
    assert not is_worse(changes, allow_missing=True)


def test_margins_and_seconds() -> None:
    def assumption(name: str, margin: str, holds: bool) -> Assumption:
        return Assumption(name, "", holds, "1", ">=", "0", margin, "exact")

    old = replace(make("proved"), assumptions=(assumption("H", "1/2", True), assumption("K", "1", True)))
    new = replace(make("proved", seconds=9.0), assumptions=(assumption("H", "-1/4", False), assumption("K", "1", True)))
    (change,) = compare([old], [new])
    (margin,) = change.margins
    assert (margin.name, margin.difference, margin.old_holds, margin.new_holds) == ("H", -0.75, True, False)
    assert (change.kind, change.pace, change.is_notable) == ("same", "slower", True)
    assert compare([new], [old])[0].pace == "faster"
    assert not compare([make("proved")], [make("proved", seconds=1.2)])[0].is_notable
    assert to_json([change], worse=False)["changes"][0]["pace"] == "slower"
