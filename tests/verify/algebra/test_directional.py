"""One-sided derivatives agree with difference quotients, and stay undecided at jumps."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from verify.algebra.directional import Directional, Ray, jumps
from verify.errors import Undecidable
from verify.expr import build
from verify.expr.ball import Balls, as_ball, precision, rational
from verify.expr.evaluate import evaluate
from verify.expr.numpy_reading import compile_numpy
from verify.expr.parse import parse

NAMES = {name: build.symbol(name, ()) for name in "xy"}
TEXTS = [
    "abs(x) + relu(y)", "relu(relu(x) - y)", "max([x, y, -x])", "abs(x*y + x)", "tanh(abs(x) - 2*y)", "exp(-abs(x))*y",
    "norm1([x, y - x])", "sum(sparsemax([x, y])**2)", "log(2 + abs(x + y))", "erf(relu(x)) - sin(abs(y))/(1 + x**2)",
    "softmax([abs(x), y])[0]", "maximum(x, y)*minimum(x, 1)", "softplus(abs(y))**3", "sqrt(4 + abs(x))", "x**3 + cos(y)",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_the_slope_is_the_one_sided_derivative(text: str) -> None:
    root = parse(text, NAMES)
    compiled = compile_numpy([root], list(NAMES.values()))
    rng = np.random.default_rng(0)
    for x, y in ((0, 0), (1, 1), (0, 1), (1, 0), (-1, 1)):
        for _ in range(3):
            u, v = (Fraction(int(n), 7) for n in rng.integers(-9, 10, 2))
            env = {name: [Ray(rational(p), rational(d))] for name, p, d in (("x", x, u), ("y", y, v))}
            try:
                with precision(80):
                    ray = evaluate([root], env, Directional(Balls()))[0][0]
                    value, slope = (float(as_ball(part).mid()) for part in (ray.value, ray.slope))
            except Undecidable:
                assert "sparsemax" in text
                continue
            t = 1e-7
            ahead = float(compiled(x + t * float(u), y + t * float(v))[0])
            assert value == pytest.approx(float(compiled(x, y)[0]), abs=1e-12)
            assert slope == pytest.approx((ahead - value) / t, abs=2e-5)


@pytest.mark.parametrize("text", ["sign(x)", "where(x > 0, 1, 2)", "x*sign(x)", "where(x*y == 0, 1, x)", "sqrt(x**2)"])
def test_jumps_and_roots_stay_undecided(text: str) -> None:
    env = {name: [Ray(rational(0), rational(1))] for name in "xy"}
    with pytest.raises(Undecidable):
        evaluate([parse(text, NAMES)], env, Directional(Balls()))


def test_jumps_are_listed() -> None:
    assert not jumps(parse("abs(x) + relu(y) + sum(sparsemax([x, y]))", NAMES))
    assert len(jumps(parse("sign(x) + where(x <= y, 1, 2)", NAMES))) == 2
