"""Balls contain what they claim to contain; rationals stay rational."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import flint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.errors import Undecidable
from verify.expr.ball import Balls, as_ball, ball_between, fraction, precision, rational

B = Balls()
rationals = st.fractions(min_value=-6, max_value=6, max_denominator=50)

UNARY: dict[str, Callable] = {
    "exp": B.exp, "tanh": B.tanh, "sigmoid": B.sigmoid, "softplus": B.softplus, "erf": B.erf, "sin": B.sin,
    "cos": B.cos, "absolute": B.absolute, "relu": B.relu, "square": lambda a: B.power(a, 2),
    "cube": lambda a: B.power(a, 3), "fourth": lambda a: B.power(a, 4),
}  # fmt: skip
BINARY: dict[str, Callable] = {"add": B.add, "sub": B.sub, "mul": B.mul, "maximum": B.maximum}


def hull(ends: tuple[Fraction, Fraction]) -> tuple[flint.arb, Fraction]:
    low, high = min(ends), max(ends)
    return ball_between(rational(low), rational(high)), (low + 2 * high) / 3


@given(st.sampled_from(sorted(UNARY)), st.tuples(rationals, rationals))
def test_the_image_of_a_ball_contains_the_image_of_each_point(name: str, ends) -> None:
    ball, inside = hull(ends)
    image = as_ball(UNARY[name](ball))
    with precision(300):
        for point in (*ends, inside):
            assert image.overlaps(as_ball(UNARY[name](rational(point))))


@given(st.sampled_from(sorted(BINARY)), st.tuples(rationals, rationals), st.tuples(rationals, rationals))
def test_images_of_pairs(name: str, first, second) -> None:
    (a, x), (b, y) = hull(first), hull(second)
    assert as_ball(BINARY[name](a, b)).contains(as_ball(BINARY[name](rational(x), rational(y))))


@given(st.lists(st.tuples(rationals, rationals), min_size=2, max_size=4))
def test_rows(pairs) -> None:
    balls, points = zip(*(hull(pair) for pair in pairs), strict=True)
    exact = [rational(point) for point in points]
    with precision(300):
        fine = B.softmax(exact), B.logsumexp(exact)
    for image, value in zip(B.softmax(balls), fine[0], strict=True):
        assert as_ball(image).overlaps(as_ball(value))
    assert as_ball(B.logsumexp(balls)).overlaps(as_ball(fine[1]))
    try:
        images = B.sparsemax(balls)
    except Undecidable:
        return
    for image, value in zip(images, B.sparsemax(exact), strict=True):
        assert as_ball(image).contains(as_ball(value))


@given(rationals, rationals)
def test_rationals_stay_exact(a: Fraction, b: Fraction) -> None:
    x, y = rational(a), rational(b)
    assert fraction(B.add(x, y)) == a + b
    assert fraction(B.sub(x, y)) == a - b
    assert fraction(B.mul(x, y)) == a * b
    assert fraction(B.power(x, 3)) == a**3
    assert fraction(B.maximum(x, y)) == max(a, b)
    assert fraction(B.sqrt(rational(a * a))) == abs(a)
    if b:
        assert fraction(B.div(x, y)) == a / b


def test_even_powers_of_a_ball_around_zero_stay_tight() -> None:
    square = B.power(ball_between(rational(-1), rational(2)), 2)
    assert square.contains(flint.arb(0))
    assert square.contains(flint.arb(4))
    assert square > flint.fmpq(-1, 1000)


def test_signs_are_proved_or_refused() -> None:
    assert B.sign(rational(Fraction(-1, 7))) == -1
    assert B.sign(flint.arb(0)) == 0
    assert B.sign(flint.arb(2, 1)) == 1
    with pytest.raises(Undecidable, match="sign"):
        B.sign(flint.arb(0, 1))


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: B.div(rational(1), rational(0)),
        lambda: B.div(rational(1), flint.arb(0, 1)),
        lambda: B.log(rational(0)),
        lambda: B.log(flint.arb(1, 2)),
        lambda: B.sqrt(rational(-1)),
        lambda: B.sqrt(flint.arb(1, 2)),
        lambda: B.exp(flint.arb("inf")),
        lambda: B.margins([flint.arb(1, 1), flint.arb(1, 1)]),
    ],
)
def test_poles_and_doubts_are_refused(attempt: Callable) -> None:
    with pytest.raises(Undecidable):
        attempt()


def test_special_values_are_exact() -> None:
    zero, one = rational(0), rational(1)
    assert [B.exp(zero), B.log(one), B.tanh(zero), B.sigmoid(zero), B.erf(zero), B.sin(zero), B.cos(zero)] == [
        1, 0, 0, flint.fmpq(1, 2), 0, 0, 1,
    ]  # fmt: skip
    assert all(isinstance(v, flint.fmpq) for v in B.softmax([one, one, one]))


def test_large_logits_neither_overflow_nor_cancel() -> None:
    weights = B.softmax([rational(10**6), rational(0)])
    assert 0 < weights[1] < flint.arb(10) ** -400_000
    assert as_ball(B.logsumexp([rational(10**6), rational(0)])).overlaps(flint.arb(10**6))
    assert B.softplus(rational(10**6)).overlaps(flint.arb(10**6))
    assert B.softplus(rational(-(10**6))) > 0


def test_precision_is_restored() -> None:
    before = flint.ctx.prec
    with precision(1000):
        assert flint.ctx.prec == 1000
    assert flint.ctx.prec == before
