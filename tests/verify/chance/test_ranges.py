"""Bounds over the whole support hold every value, and are finite where nature bounds them."""

import itertools
import random
from fractions import Fraction

import pytest

from verify.chance.ranges import Range, range_of
from verify.claim import Claim, claim_from_data
from verify.errors import Undecidable
from verify.expr.ball import Balls, as_ball, rational
from verify.expr.evaluate import evaluate_scalar


def claim(text: str, **random: str) -> Claim:
    return claim_from_data({"id": "x", "random": random, "claim": {"expectation": text, "at_most": 0}})


def bounds(text: str, **random: str) -> Range:
    made = claim(text, **random)
    assert made.bound is not None
    return range_of(made.bound.expression, made.random)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("tanh(x) + 2", 1, 3),
        ("sigmoid(3*x)", 0, 1),
        ("softmax([x, 2*x, 0])[1]", 0, 1),
        ("sin(x)*cos(x)", -1, 1),
        ("where(x > 0, 1, 0)", 0, 1),
        ("minimum(maximum(x, -1), 2)", -1, 2),
        ("sign(x)", -1, 1),
        ("erf(x)**2", 0, 1),
        ("1/(1 + x**2)", 0, 1),
        ("exp(-x**2)", 0, 1),
        ("sparsemax([x, 0])[0]", 0, 1),
        ("u**2 - u", -1, 1),
        ("abs(u - 3)", 2, 3),
        ("u/(u + 1)", 0, 1),
        ("sqrt(u)*(u - 2)", -2, 0),
    ],
)  # fmt: skip
def test_bounded_functions(text, low, high):
    found = bounds(text, x="normal", u="uniform(0, 1)")
    assert found.bounded
    assert found.low == low
    assert found.high == high


@pytest.mark.parametrize("text", ["x", "x**2", "exp(x)", "u/x", "log(u)", "sqrt(x)", "1/u", "x*tanh(x)", "max([x, u])"])
def test_unbounded_or_undefined_functions_have_no_bound(text):
    assert not bounds(text, x="normal", u="uniform(0, 1)").bounded


def test_one_sided_bounds():
    assert bounds("x**2 + 1", x="normal").low == 1
    assert bounds("-exp(x)", x="normal").high == 0
    assert bounds("relu(x)*(u + 1)", x="normal", u="uniform(0, 1)").low == 0
    assert bounds("-softplus(x)", x="normal").high == 0


NUMBERS = ["a", "b", "c", "1/2", "-2"]
FORMS = [
    "({0}) + ({1})", "({0}) - ({1})", "({0})*({1})", "({0})/({1})", "({0})**2", "({0})**3", "abs({0})", "relu({0})",
    "maximum({0}, {1})", "minimum({0}, {1})", "where(({0}) < ({1}), {0}, {1})", "exp({0})", "tanh({0})", "sin({0})",
    "sqrt({0})", "log({0})", "sign({0})", "softmax([{0}, {1}])[0]", "logsumexp([{0}, {1}])", "sigmoid({0})",
    "sparsemax([{0}, {1}])[1]", "softplus({0})", "where(({0}) == ({1}) or ({0}) > 1, 1, {1})", "cos({0})", "erf({0})",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(120))
def test_bounds_hold_every_value(seed):
    source = random.Random(seed)

    def built(depth: int) -> str:
        if depth == 0:
            return source.choice(NUMBERS)
        return source.choice(FORMS).format(built(depth - 1), built(depth - 1))

    made = claim(built(3), a="choice(-2, -1/2, 0, 3)", b="choice(0, 1/3, 1)", c="integers(-1, 1)")
    assert made.bound is not None
    found = range_of(made.bound.expression, made.random)
    supports = ((-2, Fraction(-1, 2), 0, 3), (0, Fraction(1, 3), 1), (-1, 0, 1))
    for point in itertools.product(*supports):
        env = {name: [rational(Fraction(value))] for name, value in zip("abc", point, strict=True)}
        try:
            value = as_ball(evaluate_scalar(made.bound.expression, env, Balls()))
        except Undecidable:
            continue
        assert found.low is None or not value < found.low
        assert found.high is None or not value > found.high
