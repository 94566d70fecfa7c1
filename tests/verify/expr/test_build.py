"""Constructors: shapes as in NumPy, exact constants, simplifications that never change a value."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from verify.errors import InvalidInput
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr

x = F.argument("x", (2, 3))
s = F.argument("s")


def test_constants_fold_exactly() -> None:
    a = build.lift([1, "1/3"])
    assert (a + a * 2 - 1).entries() == (2, 0)
    assert (a / [2, 3]).entries() == (Fraction(1, 2), Fraction(1, 9))
    assert (a**-2).entries() == (1, 9)
    assert F.relu(-a).entries() == (0, 0)
    assert F.maximum(a, Fraction(1, 2)).entries() == (1, Fraction(1, 2))
    assert F.sqrt(build.number(Fraction(9, 4))) is build.number(Fraction(3, 2))
    assert F.sqrt(build.number(2)).op == "sqrt"


def test_neutral_elements_vanish() -> None:
    assert x + 0 is x
    assert 1 * x is x
    assert x**1 is x
    assert x - x is F.zeros(2, 3)
    assert 0 * x is F.zeros(2, 3)
    assert x.T.T is x
    assert x.reshape(6).reshape(2, 3) is x


def test_what_may_be_undefined_is_not_simplified_away() -> None:
    """0*log(x), log(x)-log(x) and (1/x)**0 are undefined where x is not positive, or zero."""
    for doubtful in (0 * F.log(s), F.log(s) - F.log(s), (1 / s) ** 0, 0 * build.step(s)):
        assert doubtful.op != "broadcast"
        assert not doubtful.is_constant_leaf


def test_zero_denominators_are_refused_in_every_disguise() -> None:
    zeros = F.zeros(2, 3)
    attempts = [
        lambda: s / 0,
        lambda: x / zeros,
        lambda: 1 / (0 * x),
        lambda: build.number(0) ** -1,
        lambda: zeros**-2,
        lambda: F.ones(2, 3) / zeros,
        lambda: build.lift([1, 2]) / [1, 0],
        lambda: build.power(0, Fraction(-1, 2)),
    ]
    for attempt in attempts:
        with pytest.raises(InvalidInput, match="zero"):
            attempt()


def test_powers() -> None:
    assert build.power(s, Fraction(1, 2)).op == "sqrt"
    assert build.power(s, Fraction(-1, 2)).op == "mul"
    assert build.power(2, s).op == "exp"
    assert build.power(s, Fraction(1, 3)).op == "where"  # 0 at 0, exp(log(s)/3) above
    for base in (s, -2, 0):
        with pytest.raises(InvalidInput, match="variable exponent"):
            build.power(base, s)
    for exponent in (101, -101, Fraction(303, 2)):
        with pytest.raises(InvalidInput, match="too large"):
            build.power(s, exponent)


def test_long_numbers_are_refused() -> None:
    big = (build.number(2) ** 100) ** 100
    with pytest.raises(InvalidInput, match="too long"):
        big**100


def test_large_arrays_are_refused_before_they_are_built() -> None:
    for attempt in (
        lambda: F.zeros(10**9),
        lambda: F.argument("w", (2**11, 2**11)),
        lambda: F.outer(F.argument("a", (2000,)), F.argument("b", (2000,))),
        lambda: F.argument("a", (2000, 2)) @ F.argument("b", (2, 2000)),
        lambda: F.concatenate([F.zeros(2**20), F.zeros(1)]),
        lambda: F.diag(F.argument("a", (2000,))),
    ):
        with pytest.raises(InvalidInput, match="entries"):
            attempt()


@pytest.mark.parametrize(
    ("left", "right"),
    [((2, 3), (3, 4)), ((3,), (3,)), ((3,), (3, 4)), ((2, 3), (3,)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 1))],
)
def test_matrix_products_have_numpys_shapes(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    product = F.argument("a", left) @ F.argument("b", right)
    assert product.shape == (np.zeros(left) @ np.zeros(right)).shape


def test_matrix_products_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InvalidInput, match="'@' of shapes"):
        x @ x
    with pytest.raises(InvalidInput, match="scalar factor"):
        x @ s


def test_conditions_are_no_numbers() -> None:
    with pytest.raises(InvalidInput, match="condition"):
        (s > 0) + 1
    with pytest.raises(InvalidInput, match="not a condition"):
        F.where(s, 1, 2)
    with pytest.raises(InvalidInput, match="joins conditions"):
        build.logical("and", s, s)


def test_softmax_of_one_entry_is_one() -> None:
    assert F.softmax(F.argument("w", (4, 1))) is F.ones(4, 1)


def test_numpy_arrays_do_not_swallow_expressions() -> None:
    total = np.ones((2, 3)) + x
    assert isinstance(total, Expr)
    assert total.shape == (2, 3)
