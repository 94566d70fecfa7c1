"""Claims about floating point are read as written: operations keep their order, numbers are rounded one by one."""

from __future__ import annotations

from typing import Any

import pytest

from verify.claim import claim_from_data
from verify.errors import Undecidable
from verify.floating.reading import FloatProblem, float_problem
from verify.floating.sets import exactly


def problem(text: str, every: str = "point", **more: Any) -> FloatProblem:
    data = {"id": "t", "arithmetic": "float64", "parameters": {"x": "real"}, **more}
    return float_problem(claim_from_data({**data, "claim": {"every": every, "satisfies": text}}))


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("0.1 + 0.2 == 0.3", 0.0, False),
        ("0.5 + 0.25 == 0.75", 0.0, True),
        ("(x + 1) - x == 1", 1e16, False),
        ("x + (1 - x) == 1", 1e16, False),
        ("(x*3)/3 == x", 0.1, False),
        ("x*0.1*10 == x*(0.1*10)", 3.0, False),
        ("10*x*(1/10) == x", 0.3, False),
        ("49*(1/49) == 1", 0.0, False),
        ("mean([x, x, x]) == x", 0.1, False),
        ("sum([0.1, 0.2, 0.3]) == 0.6", 0.0, False),
        ("sum([0.3, 0.2, 0.1]) == 0.6", 0.0, True),
        ("dot([0.1, 0.2], [3, 1]) == 0.5", 0.0, True),
        ("x**2 - x*x == 0", 0.1, True),
        ("x - x == 0", 1e308, True),
        ("x*10 - x*10 == 0", 1e308, False),
        ("0*(x*10) == 0", 1e308, False),
        ("1/x > 0", 0.0, True),
        ("abs(x) <= 1 and not x > 1", 0.5, True),
        ("where(x > 0, 1, 0.1 + 0.2) == 0.3", -1.0, False),
        ("softmax([x, x])[0] == 1/2", 7.0, True),
        ("norm([3, 4]) == 5", 0.0, True),
        ("sum(zeros(2)*[x, x]) == 0", 1.7e308, True),
        ("sum(ones(2)*[x, x]) > 1.7e300", 1.7e308, True),
        ("trace(eye(2)*x) == 2*x", 0.1, True),
        ("mean([x, x]) == x", 0.1, True),
    ],
)
def test_the_text_is_evaluated_as_it_stands(text: str, x: float, expected: bool) -> None:
    read = problem(text)
    assert read.truth(read.satisfies, [exactly(x)]) == {expected}


def test_definitions_and_constants_are_rounded_too() -> None:
    read = problem("d == 0.3", constants={"c": ["1/10", "2/10"]}, definitions={"d": "c[0] + c[1]"})
    assert read.truth(read.satisfies, [exactly(0.0)]) == {False}


def test_the_gradient_is_evaluated_in_floats() -> None:
    read = problem("objective >= 0", "stationary point", objective={"minimise": "(tanh(x) - 2)**2/2"})
    (slope,) = read.values(read.slopes, [exactly(30.0)])
    assert slope.low == 0 == slope.high
    (slope,) = read.values(read.slopes, [exactly(1.0)])
    assert slope.high < 0


@pytest.mark.parametrize(
    "text",
    ["sum(sparsemax([x, 0])) == 1", "x**(1/3) >= 0", "det([[x, 1], [1, x]]) == 0", "x**(-3) > 0", "x > 1e200**(-2)",
     "x > 3**(-65)"],
)  # fmt: skip
def test_what_has_no_fixed_evaluation_is_refused(text: str) -> None:
    with pytest.raises(Undecidable):
        problem(text)


def test_curvature_is_refused() -> None:
    with pytest.raises(Undecidable):
        problem("min_curvature >= 0", "stationary point", objective={"minimise": "x**2"})


def test_reciprocal_powers_of_numbers_are_read() -> None:
    """A library may return 1e-320 for 1e160**(-2), or 1/(1e160**2) = 0; far from the ends of the format both agree."""
    read = problem("x > 2**(-52) and x > x*3**(-4) and 1/x**3 > 0")
    assert read.truth(read.satisfies, [exactly(1.0)]) == {True}
