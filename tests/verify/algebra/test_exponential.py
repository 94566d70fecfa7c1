"""The relations among exponentials and logarithms hold at sampled points."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.algebra.exponential import MAX_POWER, combination, difference, exponential_pairs, pade, tangent
from verify.algebra.ring import Generator, Quotient, Ring

ONE = ((Fraction(1), ()),)


def over(name: str, factor: Fraction = Fraction(1)) -> tuple[object, object]:
    return (((factor, ((name, 1),)),), ONE)


RING = Ring(
    [
        Generator("x", "real"), Generator("y", "real"), Generator("u", "positive"),
        Generator("ex", "exp", over("x")), Generator("ey", "exp", over("y", Fraction(1, 2))),
        Generator("lu", "log", over("u")),
    ]  # type: ignore[list-item]
)  # fmt: skip

LAWFUL = (True,) * len(RING.generators)

powers = st.dictionaries(st.integers(0, 2), st.integers(-3, 3).filter(bool), max_size=3)
points = st.tuples(st.floats(-2, 2), st.floats(-2, 2), st.floats(0.1, 5))


def value(quotient: Quotient, point: tuple[float, float, float]) -> float:
    x, y, u = point
    generators = (x, y, u, math.exp(x), math.exp(y / 2), math.log(u))

    def poly(p: object) -> float:
        return sum(
            float(c.p) / float(c.q) * math.prod(g ** int(e) for g, e in zip(generators, exponents, strict=True))
            for exponents, c in p.to_dict().items()  # type: ignore[attr-defined]
        )

    return poly(quotient.num) / poly(quotient.den)


def test_pairs_are_arguments_with_their_exponentials() -> None:
    for argument, exponential in exponential_pairs(RING, LAWFUL):
        point = (0.3, -0.7, 1.9)
        assert math.isclose(math.exp(value(argument, point)), value(exponential, point))


@given(powers, points)
def test_combined_arguments_and_products_belong_together(k: dict[int, int], point: tuple[float, float, float]) -> None:
    argument, upper, lower = (value(q, point) for q in combination(RING, LAWFUL, k))
    assert math.isclose(math.exp(argument), upper / lower, rel_tol=1e-7)


@given(powers, points)
def test_the_stated_inequalities_hold(k: dict[int, int], point: tuple[float, float, float]) -> None:
    argument, gap = (value(q, point) for q in difference(RING, LAWFUL, k))
    _, upper, lower = (value(q, point) for q in combination(RING, LAWFUL, k))
    slack = 1e-7 * (upper + lower) * (1 + abs(argument)) ** 2
    assert argument * gap >= -slack
    assert value(tangent(RING, LAWFUL, k), point) >= -slack
    assert value(pade(RING, LAWFUL, k), point) >= -slack * (1 + abs(argument))


@pytest.mark.parametrize("k", [{3: 1}, {-1: 1}, {0: 0}, {0: MAX_POWER + 1}, {0: -MAX_POWER - 1}])
def test_other_powers_are_refused(k: dict[int, int]) -> None:
    with pytest.raises(ValueError):
        combination(RING, LAWFUL, k)


def test_a_function_outside_its_domain_forms_no_pair() -> None:
    assert len(exponential_pairs(RING, LAWFUL)) == 3
    assert len(exponential_pairs(RING, (*LAWFUL[:-1], False))) == 2
    with pytest.raises(ValueError):
        combination(RING, (*LAWFUL[:-1], False), {2: 1})
