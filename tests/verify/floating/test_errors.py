"""Error bounds hold: what NumPy computes is as close to the real value as they say, and they are not absurdly wide."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from verify.claim import claim_from_data
from verify.errors import Undecidable
from verify.expr.ball import Balls, as_ball, precision, rational
from verify.expr.evaluate import evaluate
from verify.floating.errors import Computed, Errors
from verify.floating.formats import FORMATS
from verify.floating.reading import float_problem
from verify.floating.sets import between

TYPES: dict[str, Any] = {"float64": np.float64, "float32": np.float32, "float16": np.float16}


def soft(row: Any) -> Any:
    grown = np.exp(row - row.max())
    whole = grown[0]
    for entry in grown[1:]:
        whole = whole + entry
    return grown / whole


CASES: list[tuple[str, Any, float, float]] = [
    ("x*y + 0.1*x - y/3", lambda x, y, t: x * y + t(0.1) * x - y / t(3), -2, 2),
    ("x/(y + 2)", lambda x, y, t: x / (y + t(2)), -1, 1),
    ("exp(x)*tanh(y)", lambda x, y, t: np.exp(x) * np.tanh(y), -2, 2),
    ("sqrt(x*x + y*y + 1)", lambda x, y, t: np.sqrt(x * x + y * y + t(1)), -2, 2),
    ("log(x + 3) + sin(x*y)", lambda x, y, t: np.log(x + t(3)) + np.sin(x * y), -2, 2),
    ("softmax([x, y, 1])[0]", lambda x, y, t: soft(np.array([x, y, 1], dtype=t))[0], -4, 4),
    ("sigmoid(x - y)**3", lambda x, y, t: (t(1) / (t(1) + np.exp(-(x - y)))) ** 3, -3, 3),
    ("abs(x - 0.3) + max([x, y])", lambda x, y, t: np.abs(x - t(0.3)) + max(x, y), -3, 3),
]


@pytest.mark.parametrize(("text", "function", "low", "high"), CASES)
@pytest.mark.parametrize("name", TYPES)
def test_computed_values_are_as_close_as_stated(name: str, text: str, function: Any, low: float, high: float) -> None:
    form, dtype = FORMATS[name], TYPES[name]
    data = {"id": "t", "arithmetic": name, "parameters": {"x": "real", "y": "real"}}
    problem = float_problem(claim_from_data({**data, "claim": {"every": "point", "satisfies": f"{text} <= 0"}}))
    root = problem.satisfies.args[0]
    errors = Errors(form)
    env: dict[str, Any] = {n: [errors.constant(v) for v in row] for n, row in problem.literals.items()}
    env |= {n: [Computed(between(low, high), Fraction(0))] for n in "xy"}
    bound = evaluate([root], env, errors)[0][0]
    assert 0 < bound.error <= 4000 * form.epsilon
    rng = np.random.default_rng(0)
    for _ in range(60):
        point = [form.rounded(float(v)) for v in rng.uniform(low, high, 2)]
        computed = float(function(dtype(point[0]), dtype(point[1]), dtype))
        exact: dict[str, Any] = {n: [rational(v) for v in row] for n, row in problem.literals.items()}
        exact |= {n: [rational(Fraction(v))] for n, v in zip("xy", point, strict=True)}
        with precision(256):
            real = as_ball(evaluate([root], exact, Balls())[0][0])
            assert abs(real - as_ball(rational(Fraction(computed)))) <= as_ball(rational(bound.error))
        assert bound.values.low <= computed <= bound.values.high


def test_the_bound_cannot_be_much_smaller() -> None:
    """A sum of one and half a unit loses exactly the half unit."""
    errors = Errors(FORMATS["float64"])
    one, half = errors.constant(Fraction(1)), errors.constant(Fraction(1, 2**53))
    assert Fraction(1, 2**53) <= errors.add(one, half).error <= Fraction(1, 2**52)


@pytest.mark.parametrize("text", ["1/x", "log(x)", "sqrt(x)", "exp(1000*x)", "where(x > 0.1*x, 1, 2)", "x*1e300*1e300"])
def test_no_bound_where_a_value_may_be_undefined_or_overflow(text: str) -> None:
    data = {"id": "t", "arithmetic": "float64", "parameters": {"x": "real"}}
    problem = float_problem(claim_from_data({**data, "claim": {"every": "point", "satisfies": f"{text} <= 0"}}))
    errors = Errors(FORMATS["float64"])
    env: dict[str, Any] = {n: [errors.constant(v) for v in row] for n, row in problem.literals.items()}
    env["x"] = [Computed(between(-1.0, 1.0), Fraction(0))]
    with pytest.raises(Undecidable):
        evaluate([problem.satisfies.args[0]], env, errors)
