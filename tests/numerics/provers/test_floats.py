"""The prover about floating point decides planted claims, and never against what enumeration tells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from numerics.budget import Budget
from numerics.provers.floats import decide
from verify.claim import Claim, claim_from_data


def claim(text: str, arithmetic: str = "float16", domain: str = "[1, 2]", **more: Any) -> Claim:
    data = {"id": "t", "arithmetic": arithmetic, "parameters": {"x": domain}, **more}
    return claim_from_data({**data, "claim": {"every": "point", "satisfies": text}})


FORMULAS = {
    "x*(1/x) == 1": lambda x: x * (np.float16(1) / x) == 1,
    "x/3*3 == x": lambda x: x / np.float16(3) * np.float16(3) == x,
    "x + x == 2*x": lambda x: x + x == np.float16(2) * x,
    "(x + 1) - 1 == x": lambda x: (x + np.float16(1)) - np.float16(1) == x,
    "x*x >= x": lambda x: x * x >= x,
    "sqrt(x)*sqrt(x) <= x": lambda x: np.sqrt(x) * np.sqrt(x) <= x,
}


@pytest.mark.parametrize("text", FORMULAS)
def test_verdicts_agree_with_an_enumeration_by_numpy(text: str) -> None:
    floats = np.arange(1024, dtype=np.float16) / np.float16(1024) + np.float16(1)
    assert len(set(floats.tolist())) == 1024
    holds = bool(np.all(FORMULAS[text](np.append(floats, np.float16(2)))))
    found = decide(claim(text), Budget.of(20))
    assert found.verdict == ("proved" if holds else "refuted")


def test_a_claim_that_depends_on_the_implementation_stays_undecided() -> None:
    found = decide(claim("exp(x) <= 2.71875", domain="[1, 1]"), Budget.of(2))
    assert found.verdict == "undecided"


def test_minima_have_no_meaning_in_floats() -> None:
    problem = claim_from_data(
        {"id": "t", "arithmetic": "float32", "parameters": {"x": "real"}, "objective": {"minimise": "x**2"},
         "claim": {"every": "local minimum", "satisfies": "x == 0"}}
    )  # fmt: skip
    assert decide(problem, Budget.of(2)).verdict == "undecided"


def test_tight_bounds_come_from_rounding_errors() -> None:
    found = decide(claim("abs(x*(1/x) - 1) <= 1/10**6", "float32"), Budget.of(10))
    assert found.verdict == "proved"
    assert found.evidence is not None
    assert "margin" in found.evidence
