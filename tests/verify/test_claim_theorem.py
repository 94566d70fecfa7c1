"""Theorems that are families of claims: instances, neighbours."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from numerics.budget import Budget
from verify.claim import canonical
from verify.claim_theorem import Neighbour, claim_theorem, compared
from verify.errors import InvalidInput
from verify.recheck import recheck
from verify.theorem import Hypothesis, Setting, StatedNumber, Values


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Every x with low <= x <= 2 and x*x == 1 is at least ``level``."""
    conditions = {"low": "x >= 0", "unit": "x**2 == 1", "spare": "x <= 2"}
    return {
        "parameters": {"x": "real"},
        "assume": {name: text for name, text in conditions.items() if name not in without},
        "claim": {"every": "point", "satisfies": f"x >= {values['level']}"},
    }


THEOREM = claim_theorem(
    id="toy",
    title="Toy",
    expected="proved",
    sources=(),
    hypotheses=(
        Hypothesis("low", "x >= 0", "by the claim", "no low"),
        Hypothesis("unit", "x^2 = 1", "by the claim"),
        Hypothesis("spare", "x <= 2", "by the claim"),
        Hypothesis("form", "x is real", "by the shapes"),
    ),
    settings=(Setting("level", "1", "lower bound", "number"),),
    stated=(StatedNumber("level", "x >= level", "1", "toy", True),),
    computed=lambda values: {"level": "1"},
    assumptions=lambda values: (compared("small", "level <= 1", Fraction(values["level"]), "<=", 1),),
    statement=statement,
    twins=(
        Neighbour("no low", "x may be negative", "refuted", without=("low",)),
        Neighbour("constant", "level, raised by 1/100", "refuted", {"level": "101/100"}),
    ),
)


def test_instance_and_certificate() -> None:
    result = THEOREM.check({}, budget=Budget.of(20))
    assert (result.finding.verdict, result.expected) == ("proved", "proved")
    assert result.details["tables"][0]["rows"] == [["level", "x >= level", "1", "1", "yes", "toy"]]
    data = result.certificate({"seed": 0})
    assert data is not None
    assert recheck(json.loads(canonical(data))).accepted
    other = {**data, "verdict": "refuted"}
    assert not recheck(json.loads(canonical(other))).accepted


def test_settings_take_the_expectation_away() -> None:
    result = THEOREM.check({"level": "3/2"}, budget=Budget.of(20))
    assert (result.finding.verdict, result.expected) == ("refuted", None)
    assert result.assumptions[0].holds is False


def test_data_are_refused() -> None:
    table: Any = object()
    with pytest.raises(InvalidInput, match="takes no data"):
        THEOREM.check({}, table, budget=Budget.of(5))


def test_neighbours() -> None:
    assert [twin.claim["id"] for twin in THEOREM.twins] == ["toy-twin-no-low", "toy-twin-constant"]
    assert THEOREM.twins[1].claim["title"] == "Toy (level, raised by 1/100)"


@pytest.mark.parametrize(
    ("value", "relation", "threshold", "holds", "margin"),
    [(1, "<=", 1, True, "0"), (1, "<", 1, False, "0"), (2, ">", 1, True, "1"), (2, ">=", 3, False, "-1")],
)
def test_compared(value: int, relation: str, threshold: int, holds: bool, margin: str) -> None:
    row = compared("a", "b", value, relation, threshold)
    assert (row.holds, row.margin, row.level) == (holds, margin, "exact")


def test_a_neighbour_against_its_expectation_is_no_verdict() -> None:
    from verify.theorem_check import _contradicted

    row = ["constant", "one per cent", "refuted", "proved", "exact", "0.1"]
    assert _contradicted({"rows": [row]}) == "internal: the neighbour 'constant' is proved, and known to be refuted"
    assert _contradicted({"rows": [[*row[:3], "undecided", "-", "0.1"], [*row[:3], "refuted", "ball", "0.1"]]}) is None
    assert _contradicted(None) is None
