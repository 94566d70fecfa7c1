"""Unbounded intervals hold every value, and keep what can be kept of signs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from flint import fmpq

from verify.errors import Undecidable
from verify.expr import build
from verify.expr.ball import precision
from verify.expr.evaluate import evaluate
from verify.expr.numpy_reading import compile_numpy
from verify.expr.parse import parse
from verify.recheck.halflines import HalfLines, Interval, interval

NAMES = {name: build.symbol(name, ()) for name in "xy"}
LINES = HalfLines()
TEXTS = [
    "x*y", "x**2 - y", "x**3*y**2", "exp(x)*y", "exp(-x**2) + y", "tanh(x)*y", "sigmoid(x)/(1 + y**2)", "abs(x) - relu(y)",
    "softplus(x) + y", "sin(x)*cos(y)", "erf(x) + max([x, y, 1])", "softmax([x, y, 0])[0]", "logsumexp([x, y])",
    "sqrt(1 + x**2)", "log(1 + exp(x))", "(x*tanh(y) - 1)*tanh(y) + x/10", "x**4 - 3*x**2*y", "1/(1 + exp(x))",
]  # fmt: skip
SIDES: list[tuple[Any, Any]] = [(None, None), (None, -2), (-1, None), (2, None), (0, None), (None, 0), (-3, 1), (2, 2)]


def inside(x: float, found: Interval) -> bool:
    low = -math.inf if isinstance(found.low, float) else float(found.low) - 1e-9 * (1 + abs(float(found.low)))
    high = math.inf if isinstance(found.high, float) else float(found.high) + 1e-9 * (1 + abs(float(found.high)))
    return low <= x <= high


def drawn(rng: np.random.Generator, low: Any, high: Any) -> float:
    size = 10 ** rng.uniform(-3, 2.5)
    if low is None and high is None:
        return float(rng.choice((-1, 1)) * size)
    if low is None:
        return float(high - size)
    return float(low + size) if high is None else float(rng.uniform(low, high))


@pytest.mark.parametrize("text", TEXTS)
def test_every_value_is_inside(text: str) -> None:
    root = parse(text, NAMES)
    compiled = compile_numpy([root], list(NAMES.values()))
    rng = np.random.default_rng(0)
    for first in SIDES:
        for second in SIDES:
            env = {
                name: [interval(*(None if end is None else fmpq(end) for end in sides))]
                for name, sides in (("x", first), ("y", second))
            }
            with precision(64):
                found = evaluate([root], env, LINES)[0][0]
            for _ in range(6):
                with np.errstate(all="ignore"):
                    value = float(compiled(drawn(rng, *first), drawn(rng, *second))[0])
                assert math.isnan(value) or inside(value, found), (first, second, value, found)


def test_signs_survive_infinity() -> None:
    far = interval(fmpq(3), None)
    for found in (LINES.power(far, 2), LINES.mul(far, far), LINES.add(far, far), LINES.exp(far), LINES.log(far)):
        assert found.signs == (True, True, False, False)
    assert LINES.sub(far, far).signs == (False, False, False, False)
    assert LINES.negated(far).signs == (False, False, True, True)
    assert LINES.mul(interval(fmpq(0), None), far).signs == (False, True, False, False)
    assert LINES.div(LINES.constant(1), far).signs[1]  # type: ignore[arg-type]


def test_what_may_be_undefined_is_refused() -> None:
    near = interval(fmpq(-1), None)
    for operation in (LINES.log, LINES.sqrt, lambda a: LINES.div(a, a), LINES.sign):
        with pytest.raises(Undecidable):
            operation(near)
    with pytest.raises(Undecidable):
        LINES.sparsemax([near, near])


def test_overflow_is_no_value() -> None:
    huge = interval(fmpq(10**40), fmpq(10**41))
    found = LINES.exp(huge)
    assert found.signs[1]
    assert not isinstance(found.high, float) or found.high == math.inf
