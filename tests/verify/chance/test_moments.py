"""Expectations of polynomials by moments."""

from fractions import Fraction
from itertools import product

import pytest

from verify.chance import TooLarge, moments
from verify.chance.elimination import Effort
from verify.chance.graph import unroll
from verify.chance.moments import expectation_of_polynomial
from verify.chance.program import tidied
from verify.expr import build
from verify.expr.ball import fraction
from verify.expr.parse import parse
from verify.laws import Support

SUPPORT = Support((Fraction(-1, 2), Fraction(2)), (3, 1))


def expectation(text: str, n: int, limit: int = 1 << 20) -> Fraction:
    program = tidied(unroll(parse(text, {"x": build.symbol("x", (n,))}), {"x": range(n)}))
    return fraction(expectation_of_polynomial(program, dict.fromkeys(range(n), SUPPORT), Effort(limit)))


def test_agrees_with_listing_outcomes():
    found = expectation("(x[0]**3 - 2*x[1]*x[2])**2 + x[0]*(x[1] + 1/3) - 4", 3)
    expected = Fraction(0)
    for row in product(((Fraction(-1, 2), 3), (Fraction(2), 1)), repeat=3):
        (a, u), (b, v), (c, w) = row
        expected += u * v * w * ((a**3 - 2 * b * c) ** 2 + a * (b + Fraction(1, 3)) - 4)
    assert found == expected / 64


def test_a_cancelling_polynomial():
    assert expectation("(x[0] + x[1])*(x[0] - x[1]) - x[0]**2 + x[1]**2", 2) == 0


@pytest.mark.parametrize("text", ["abs(x[0])", "x[0]/x[1]", "where(x[0] > 0, 1, 2)", "exp(x[0])"])
def test_other_functions_are_refused(text):
    with pytest.raises(TooLarge, match="not a polynomial"):
        expectation(text, 2)


def test_size_is_limited(monkeypatch):
    with pytest.raises(TooLarge, match="operations"):
        expectation("sum(x)**6", 12, limit=1000)
    with pytest.raises(TooLarge, match="powers"):
        expectation("x[0]**100", 1)
    monkeypatch.setattr(moments, "MAX_TERMS", 10)
    with pytest.raises(TooLarge, match="terms"):
        expectation("sum(x)**2", 6)
