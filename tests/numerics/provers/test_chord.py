"""The derivative is found to be bounded where it is, and only for inequalities between two parameters."""

from __future__ import annotations

from numerics.budget import Budget
from numerics.provers.chord import decide
from verify.claim import claim_from_data
from verify.recheck.chord import check


def test_three_logits() -> None:
    data = {"id": "q", "parameters": {"x": "real[3]", "z": "real[3]"}}
    for satisfies, holds in (
        ("norm1(softmax(x) - softmax(z)) <= norminf(x - z)", True),
        ("abs(logsumexp(x) - logsumexp(z)) <= norminf(x - z)", True),
        ("norminf(softmax(x) - softmax(z)) <= norminf(x - z)/3", False),
    ):
        claim = claim_from_data({**data, "claim": {"every": "point", "satisfies": satisfies}})
        found = decide(claim, Budget.of(10 if holds else 1))
        assert (found is not None) == holds
        if found is not None:
            assert found.level == "exact"
            check(claim, "proved", found.evidence)


def test_nothing_to_say_about_one_parameter() -> None:
    claim = claim_from_data(
        {"id": "q", "parameters": {"x": "real"}, "claim": {"every": "point", "satisfies": "x <= 1"}}
    )
    assert decide(claim, Budget.of(1)) is None
