"""Two upper bounds never separate; nor do other metrics, other modes, or anything without an accepted certificate."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from verify.errors import InvalidInput
from verify.sample_size import (
    LOWER,
    NOT_SEPARATED,
    SEPARATED,
    UNDECIDED,
    UPPER,
    Bound,
    Comparison,
    SampleQuestion,
    obstacle,
    verdict_of,
)  # fmt: skip
from verify.theorem import Setting

ATTENTION = Bound(UPPER, "mask", 10, "1/10", "l2", "always", "exact", "a theorem")
BASELINE = Bound(LOWER, "row space", 20, "1/10", "l2", "always", "exact", "a theorem")


def comparison(attention: Bound = ATTENTION, baseline: Bound = BASELINE) -> Comparison:
    return Comparison("one", "one", attention, baseline)


def test_upper_below_lower_separates_with_a_certificate_only() -> None:
    assert verdict_of(comparison(), "proved")[0] == SEPARATED
    assert verdict_of(comparison(), None)[0] == UNDECIDED
    assert verdict_of(comparison(), "refuted")[0] == NOT_SEPARATED


def test_two_upper_bounds_never_separate() -> None:
    for few, many, accepted in product((1, 10), (20, 10**9), (None, "proved", "refuted")):
        one = comparison(replace(ATTENTION, samples=few), replace(BASELINE, side=UPPER, samples=many))
        word, reason = verdict_of(one, accepted)
        assert word == UNDECIDED
        assert "two upper bounds" in reason


@pytest.mark.parametrize("baseline", [replace(BASELINE, metric="other"), replace(BASELINE, mode="other"),
                                      replace(BASELINE, level="stated"), replace(BASELINE, samples=None)])  # fmt: skip
def test_other_obstacles(baseline: Bound) -> None:
    assert verdict_of(comparison(baseline=baseline), "proved")[0] == UNDECIDED


def test_lower_bounds_for_attention_show_nothing() -> None:
    assert obstacle(replace(ATTENTION, side=LOWER), BASELINE)


def test_equal_numbers_do_not_separate() -> None:
    word, reason = verdict_of(comparison(replace(ATTENTION, samples=20)), "proved")
    assert word == UNDECIDED
    assert "20 is not below" in reason


def test_unknown_settings_are_named() -> None:
    question = SampleQuestion((Setting("p", "2", "inputs", "integer"),), lambda *_: ())
    assert question.values_of({}) == {"p": 2}
    with pytest.raises(InvalidInput, match="no setting 'q'"):
        question.values_of({"q": "1"})
