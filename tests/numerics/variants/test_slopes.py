"""Numbers with derivatives enclose exact derivatives, and refuse to cross a kink."""

import math

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from numerics.variants.slopes import Slope, precise
from numerics.variants.traced import TracingLost

SMALL = st.integers(-12, 12).map(lambda n: n / 4)


def at(x, slope=1):
    return Slope(arb(x), arb(slope))


RULES = {
    "exp": math.exp, "tanh": lambda x: 1 - math.tanh(x) ** 2, "sin": math.cos, "cos": lambda x: -math.sin(x),
    "erf": lambda x: 2 * math.exp(-x * x) / math.sqrt(math.pi), "expm1": math.exp, "square": lambda x: 2 * x,
    "sigmoid": lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2, "exp2": lambda x: 2**x * math.log(2),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
@given(x=SMALL)
def test_derivatives_of_functions(name, x):
    with precise():
        got = getattr(at(x), name)().slope
    assert abs(float(got.mid()) - RULES[name](x)) < 1e-12
    assert float(got.rad()) < 1e-40


@given(x=SMALL.filter(bool), y=SMALL.filter(bool))
def test_products_and_quotients(x, y):
    with precise():
        a, b = at(x, 3), at(y, -2)
        assert (a * b).slope.contains(arb(3 * y - 2 * x))
        assert ((a / b).slope * arb(y) ** 2).contains(arb(3 * y + 2 * x))
        assert (1 - a).slope.contains(arb(-3))
        assert (2 / a * a).slope.contains(arb(0))


def test_a_tie_joins_both_slopes_and_stops_comparisons():
    tied = at(1, 5).maximum(at(1, -5))
    assert tied.slope.contains(arb(5))
    assert tied.slope.contains(arb(-5))
    with pytest.raises(TracingLost):
        at(1, 5).compared(at(1, -5), "greater")
    assert at(1, 5).compared(at(1, 5), "equal")


def test_minus_infinity_has_no_weight():
    gone = (at("-inf", 0) - at(3)).exp()
    assert gone.value == 0
    assert gone.slope == 0
