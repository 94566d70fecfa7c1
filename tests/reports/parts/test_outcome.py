"""How verdicts count for a build."""

from __future__ import annotations

from itertools import product

from reports.parts.outcome import FAILED, OPEN, PASSED, lines, message, outcome
from reports.parts.report import WORDS
from verify.verdict import Verdict, exit_code


def test_failed_is_what_makes_the_exit_code_nonzero() -> None:
    for word, expected in product(WORDS, (None, *WORDS)):
        verdict = Verdict(id="a", verdict=word, level=None, scope="", expected=expected)
        assert (outcome(verdict) == FAILED) == (exit_code([verdict]) != 0), (word, expected)
    assert outcome(Verdict(id="a", verdict="undecided", level=None, scope="")) == OPEN
    assert outcome(Verdict(id="a", verdict="undecided", level=None, scope="", expected="undecided")) == PASSED


def test_message_and_lines(verdicts) -> None:
    head = next(v for v in verdicts if v.id == "two-token-head")
    assert message(head) == "refuted (ball), expected proved: A strict local minimum with a loss above the bound."
    assert "witness: w = 7/3" in lines(head)
    assert "assumption sharp holds: 0.0271 +/- 1e-6 >= 1/100 (ball)" in lines(head)
