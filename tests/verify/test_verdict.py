"""Verdicts as data, and the exit code of a run."""

from __future__ import annotations

import json

import pytest

from verify.verdict import LEVELS, Assumption, Verdict, exit_code


def verdict(word: str, expected: str | None = None) -> Verdict:
    return Verdict(id="a", verdict=word, level="exact", scope="all real x", expected=expected)


@pytest.mark.parametrize(
    ("verdicts", "strict", "code"),
    [
        ([], False, 0),
        ([("proved", None)], False, 0),
        ([("vacuous", None), ("supported", None)], False, 0),
        ([("refuted", None)], False, 3),
        ([("refuted", "refuted")], False, 0),
        ([("proved", "refuted")], False, 3),
        ([("vacuous", "proved")], False, 3),
        ([("undecided", None)], False, 0),
        ([("undecided", None)], True, 4),
        ([("undecided", "proved")], False, 4),
        ([("undecided", "undecided")], False, 0),
        ([("undecided", "undecided")], True, 4),
        ([("proved", "undecided")], False, 3),
        ([("undecided", "proved"), ("refuted", None)], False, 3),
        ([("proved", "proved"), ("undecided", "refuted")], False, 4),
    ],
)
def test_exit_codes(verdicts: list[tuple[str, str | None]], strict: bool, code: int) -> None:
    assert exit_code([verdict(*pair) for pair in verdicts], strict=strict) == code


def test_the_json_line_has_the_promised_keys() -> None:
    data = json.loads(json.dumps(verdict("proved", "proved").to_json()))
    promised = {"id", "verdict", "level", "expected", "scope", "witness", "values", "reason", "certificate", "seconds",
                "budget", "seed"}  # fmt: skip
    assert promised <= set(data)
    assert "expected" not in verdict("proved").to_json()


def test_assumptions_go_into_the_json_line() -> None:
    assumption = Assumption("small", "x <= 1", True, "1/2", "<=", "1", "1/2", "exact")
    data = Verdict(id="a", verdict="proved", level="exact", scope="", assumptions=(assumption,)).to_json()
    assert data["assumptions"][0]["margin"] == "1/2"


def test_levels_are_ordered_from_the_strongest() -> None:
    assert LEVELS == ("exact", "ball", "statistical", "sampled", "float")
