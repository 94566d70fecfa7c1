"""The real claim is harder in its conclusion and easier in its assumptions, by the error bounds."""

from __future__ import annotations

from fractions import Fraction

import pytest

from verify.claim import Claim, claim_from_data
from verify.errors import Undecidable
from verify.expr.ball import Balls, rational
from verify.expr.evaluate import evaluate
from verify.expr.node import Expr
from verify.floating.margin import real_claim
from verify.floating.reading import float_problem

UNIT = Fraction(1, 2**52)


def real(text: str, **assume: str) -> Claim:
    data = {"id": "t", "arithmetic": "float64", "parameters": {"x": "[0, 1]"}, "assume": assume}
    return real_claim(float_problem(claim_from_data({**data, "claim": {"every": "point", "satisfies": text}})))


def truth(condition: Expr | None, x: Fraction) -> bool:
    assert condition is not None
    return bool(evaluate([condition], {"x": [rational(x)]}, Balls())[0][0])


def test_a_conclusion_needs_a_margin_and_an_assumption_gives_one() -> None:
    claim = real("x + 1/2 <= 3/4", small="x + 1/2 <= 3/4")
    quarter = Fraction(1, 4)
    assert not truth(claim.satisfies, quarter)
    assert truth(claim.satisfies, quarter - 8 * UNIT)
    ((_, assumption),) = claim.assumptions
    assert truth(assumption, quarter + UNIT / 8)
    assert not truth(assumption, quarter + 8 * UNIT)


@pytest.mark.parametrize("text", ["not x + 1/2 > 3/4", "x + 1/2 <= 3/4 and x < 2", "not (x + 1/2 > 3/4 or x > 2)"])
def test_negation_keeps_the_direction(text: str) -> None:
    claim = real(text)
    assert not truth(claim.satisfies, Fraction(1, 4))
    assert truth(claim.satisfies, Fraction(1, 4) - 8 * UNIT)


def test_equalities_are_never_concluded_from_bounds() -> None:
    with pytest.raises(Undecidable):
        real("x + 1/3 == 1/3 + x")
    ((_, assumption),) = real("x <= 2", same="x + 1/3 == 1").assumptions
    assert truth(assumption, Fraction(2, 3) + UNIT / 8)
    assert not truth(assumption, Fraction(2, 3) + 16 * UNIT)
    assert not truth(real("x + 1/3 != 1").satisfies, Fraction(2, 3))


def test_an_assumed_inequality_says_nothing() -> None:
    ((_, assumption),) = real("x <= 2", apart="x + 1/3 != 1").assumptions
    assert truth(assumption, Fraction(2, 3))


def test_entries_of_an_array_are_different_values() -> None:
    data = {"id": "t", "arithmetic": "float64", "parameters": {"x": "[-1, 1][2]"}}
    claim = claim_from_data({**data, "claim": {"every": "point", "satisfies": "sqrt(x[0]*x[1] + 1/2) >= 0"}})
    with pytest.raises(Undecidable):
        real_claim(float_problem(claim))
