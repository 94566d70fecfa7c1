"""Whatever NumPy computes lies in the set of admissible results; sets of points are small; conditions are three-valued."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from verify.errors import Undecidable
from verify.floating.formats import FORMATS
from verify.floating.sets import Floats, FloatSet, between, exactly

TYPES: dict[str, Any] = {"float64": np.float64, "float32": np.float32, "float16": np.float16}
DOUBLE = Floats(FORMATS["float64"])


def numbers(form: Any, rng: np.random.Generator, count: int) -> list[float]:
    special = [0.0, 1.0, -1.0, form.largest, -form.largest, form.smallest, 0.1, 700.0, -700.0, 20.0, 3.0]
    drawn = rng.standard_normal(count) * 10.0 ** rng.integers(-6, 5, count)
    return [form.rounded(float(x)) for x in [*special, *drawn] if abs(x) <= form.largest]


def holds(found: FloatSet, value: float) -> bool:
    if math.isnan(value):
        return found.nan
    return found.low <= value <= found.high


BINARY = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "maximum": np.maximum,
}
UNARY = {
    "exp": np.exp, "log": np.log, "tanh": np.tanh, "sin": np.sin, "cos": np.cos, "sqrt": np.sqrt, "absolute": np.abs,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "relu": lambda x: np.maximum(x, type(x)(0)), "signum": np.sign,
    "softplus": lambda x: np.maximum(x, type(x)(0)) + np.log1p(np.exp(-np.abs(x))),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_results_of_numpy_are_admissible(name: str) -> None:
    form, dtype = FORMATS[name], TYPES[name]
    floats = Floats(form)
    xs = numbers(form, np.random.default_rng(0), 30)
    for op, function in UNARY.items():
        for x in xs:
            value = float(function(dtype(x)))
            assert holds(getattr(floats, op)(exactly(x)), value), (op, x)
    for op, both in BINARY.items():
        for x in xs[:25]:
            for y in xs[:25]:
                found = getattr(floats, op)(exactly(x), exactly(y))
                value = float(both(dtype(x), dtype(y)))
                assert holds(found, value), (op, x, y)
                if op != "maximum":
                    assert found.sure
                    assert math.isnan(value) or found.low == value


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_ranges_hold_every_result_within(name: str) -> None:
    form = FORMATS[name]
    floats, rng = Floats(form), np.random.default_rng(1)
    xs = numbers(form, rng, 25)
    for _ in range(150):
        (a, b), (c, d) = (sorted(rng.choice(xs, 2)) for _ in range(2))
        left, right = between(float(a), float(b)), between(float(c), float(d))
        inner = [exactly(form.at(int(rng.integers(form.place(p), form.place(q) + 1)))) for p, q in ((a, b), (c, d))]
        for op in BINARY:
            assert _within(getattr(floats, op)(*inner), getattr(floats, op)(left, right)), op
        for op in UNARY:
            assert _within(getattr(floats, op)(inner[0]), getattr(floats, op)(left)), op
        for n in (2, 3, 4, -1):
            assert _within(floats.power(inner[0], n), floats.power(left, n)), n


def _within(point: FloatSet, box: FloatSet) -> bool:
    if math.isnan(point.low):
        return box.nan
    return (box.low <= point.low and point.high <= box.high) and (box.nan or not point.nan)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_softmax_rows_are_admissible() -> None:
    rng = np.random.default_rng(2)
    for name, dtype in TYPES.items():
        floats = Floats(FORMATS[name])
        for scale in (0.0, 1.0, 30.0, 900.0):
            row = [FORMATS[name].rounded(float(x)) for x in rng.standard_normal(4) * scale]
            array = np.array(row, dtype=dtype)
            grown = np.exp(array - array.max())
            whole = dtype(0)
            for entry in grown:
                whole = dtype(whole + entry)
            for found, value in zip(floats.softmax([exactly(x) for x in row]), grown / whole, strict=True):
                assert holds(found, float(value))
                assert found.high - found.low <= 40 * float(FORMATS[name].epsilon)


def test_exact_values_of_functions_are_exact() -> None:
    for op, x, y in (("exp", 0, 1), ("log", 1, 0), ("tanh", 0, 0), ("sin", 0, 0), ("cos", 0, 1), ("tanh", 40, 1)):
        found = getattr(DOUBLE, op)(exactly(float(x)))
        assert (found.low, found.high) == (y, y)
    assert DOUBLE.exp(exactly(-800.0)).high == 0
    assert DOUBLE.exp(exactly(800.0)).low == math.inf
    assert DOUBLE.exp(exactly(-1e300)).high == 0


def test_zero_and_infinity_and_no_number() -> None:
    zero, one = exactly(0.0), exactly(1.0)
    assert DOUBLE.div(one, zero).low == math.inf
    assert DOUBLE.div(one, exactly(-0.0)).high == -math.inf
    assert DOUBLE.div(zero, zero).nan
    unknown_zero = between(0.0, 0.0)
    assert (DOUBLE.div(one, unknown_zero).low, DOUBLE.div(one, unknown_zero).high) == (-math.inf, math.inf)
    infinite = DOUBLE.mul(exactly(1e308), exactly(10.0))
    assert DOUBLE.sub(infinite, infinite).nan
    assert DOUBLE.mul(infinite, zero).nan
    assert DOUBLE.mul(between(0.0, 1.0), infinite).nan
    for value in (DOUBLE.sqrt(exactly(-1.0)), DOUBLE.log(exactly(-1.0)), DOUBLE.sin(infinite)):
        assert math.isnan(value.low)


def test_zeros_of_functions_may_have_either_sign() -> None:
    """tanh, erf, sin and log1p keep the sign of a zero in most libraries; 1/tanh(-0) is then minus infinity."""
    for zero in (0.0, -0.0):
        for op in ("tanh", "erf", "sin", "log1p"):
            reciprocal = DOUBLE.div(exactly(1.0), getattr(DOUBLE, op)(exactly(zero)))
            assert (reciprocal.low, reciprocal.high) == (-math.inf, math.inf)


def test_comparisons_with_no_number_are_false() -> None:
    nan = DOUBLE.div(exactly(0.0), exactly(0.0))
    for relation in ("lt", "le", "eq"):
        assert DOUBLE.compare(relation, nan, exactly(0.0)) == {False}
    assert DOUBLE.compare("ne", nan, nan) == {True}
    maybe = FloatSet(1.0, 2.0, nan=True)
    assert DOUBLE.compare("le", maybe, exactly(3.0)) == {True, False}


def test_conditions_have_the_truth_values_that_are_possible() -> None:
    low, high, point = between(0.0, 1.0), between(1.0, 2.0), exactly(1.0)
    assert DOUBLE.compare("le", low, high) == {True}
    assert DOUBLE.compare("lt", low, high) == {True, False}
    assert DOUBLE.compare("lt", point, point) == {False}
    assert DOUBLE.compare("eq", low, high) == {True, False}
    assert DOUBLE.compare("eq", point, point) == {True}
    assert DOUBLE.compare("ne", point, point) == {False}
    both, yes, no = frozenset((True, False)), frozenset((True,)), frozenset((False,))
    assert DOUBLE.logical("or", yes, both) == {True}
    assert DOUBLE.logical("and", yes, both) == {True, False}
    assert DOUBLE.logical("and", no, both) == {False}
    assert DOUBLE.logical("not", both) == {True, False}
    chosen = DOUBLE.choose(both, low, high)
    assert (chosen.low, chosen.high) == (0.0, 2.0)


def test_signs_and_constants() -> None:
    assert DOUBLE.constant(Fraction(1, 10)).low == 0.1
    assert DOUBLE.sign(between(1.0, 2.0)) == 1
    for value in (between(-1.0, 1.0), FloatSet(1.0, 2.0, nan=True)):
        with pytest.raises(Undecidable):
            DOUBLE.sign(value)
    with pytest.raises(Undecidable):
        DOUBLE.sparsemax([exactly(0.0)])


def test_a_square_is_one_value_twice_and_a_product_is_not() -> None:
    one, other = between(-2.0, 2.0), between(-2.0, 2.0)
    assert DOUBLE.mul(one, one).low == 0
    assert DOUBLE.mul(one, other).low == -4
