"""The algebraic reading of an expression has the expression's value at every point where it is read."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import fmpq

from verify.algebra.reading import Demands, NeedsSign, growing, read, spell
from verify.algebra.ring import Generator, Ring
from verify.algebra.signs import Facts
from verify.errors import Undecidable
from verify.expr import build
from verify.expr.ball import precision
from verify.expr.evaluate import Poison
from verify.expr.numpy_reading import compile_numpy
from verify.expr.parse import parse

X, Y, P = build.symbol("x", ()), build.symbol("y", ()), build.symbol("p", ())
NAMES = {"x": X, "y": Y, "p": P}
ENV = {name: [((Fraction(1), ((name, 1),)),)] for name in NAMES}
START = Ring([Generator("x", "real"), Generator("y", "real"), Generator("p", "positive")])


def reading(text: str, facts: Facts | None = None) -> tuple[Ring, Any, Demands]:
    """Return the ring, the value (or Poison) and the demands of one scalar."""

    def work(ring: Ring) -> tuple[Ring, Any, Demands]:
        ((value,),), demands = read([parse(text, NAMES)], ENV, ring, facts or Facts())
        return ring, value, demands

    return growing(work, START)


def numerator(text: str) -> tuple[Ring, Any]:
    ring, value, _ = reading(text)
    return ring, value.num


TEXTS = [
    "(x + 2*y)**3/(x**2 + 1) - y", "exp(x)*exp(-x/2) + exp(y*x/3)", "tanh(x*y) + sigmoid(x)*sigmoid(-y)",
    "log(p) + log(p*p + 1)", "sqrt(x**2 + y**2 + 1)/(1 + p)", "sqrt(p**2)", "sin(x)*cos(y) - sin(x*y)**2",
    "softplus(x) - softplus(-x)", "erf(x)*gelu(y)", "exp(2*log(p)) - p**2", "softmax([x, y, p])@[1, 2, 3]",
    "logsumexp([x, y, 0])", "exp(x/2 + y/3 - 1/6)", "1/(1 + exp(-3*x)) + exp(-2*x)", "abs(x**2 + p)", "relu(-p)",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_the_reading_has_the_value_of_the_expression(text: str) -> None:
    ring, quotient, _ = reading(text)
    compiled = compile_numpy([parse(text, NAMES)], list(NAMES.values()))
    rng = np.random.default_rng(0)
    for _ in range(5):
        x, y, p = rng.normal(), rng.normal(), rng.uniform(0.1, 3)
        with precision(96):
            exact = {n: fmpq(*float(v).as_integer_ratio()) for n, v in zip("xyp", (x, y, p), strict=True)}
            values = ring.enclose(exact)
            read_value = float(ring.value(quotient.num, values)) / float(ring.value(quotient.den, values))
        assert math.isclose(read_value, float(compiled(x, y, p)[0]), rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("exp(x + y)", "exp(x)*exp(y)"), ("exp(x/2)**4", "exp(2*x)"), ("tanh(x)", "2*sigmoid(2*x) - 1"),
        ("sigmoid(x) + sigmoid(-x)", "1"), ("softmax([x + p, y + p])[0]", "softmax([x, y])[0]"),
        ("sqrt(4*p**2)", "2*p"), ("exp(3*log(p))", "p**3"), ("log(p)/log(p)", "1"),
    ],
)  # fmt: skip
def test_identities_hold_in_the_ring(left: str, right: str) -> None:
    def work(ring: Ring) -> bool:
        ((a,), (b,)), _ = read([parse(left, NAMES), parse(right, NAMES)], ENV, ring, Facts())
        return bool(ring.sub(a, b).num.is_zero())

    assert growing(work, START)


def test_a_finer_exponential_replaces_a_coarse_one() -> None:
    ring, quotient, _ = reading("exp(x) + exp(x/2) + exp(x/3)")
    units = [g for g in ring.generators if g.kind == "exp"]
    assert len(units) == 1
    assert units[0].argument is not None
    assert units[0].argument[0] == ((Fraction(1, 6), (("x", 1),)),)
    e = ring.gens[ring.position[units[0].name]]
    assert quotient.num == e**6 + e**3 + e**2


def test_incommensurable_exponentials_are_refused() -> None:
    _, value, _ = reading("exp(x) + exp(x/100)")
    assert isinstance(value, Poison)


@pytest.mark.parametrize(
    "text", ["abs(x)", "relu(x - y)", "max([x, y])", "where(x < y, 1, 2)", "sign(x)", "sqrt(x**2)"]
)
def test_a_kink_asks_for_the_sign_it_needs(text: str) -> None:
    _, value, _ = reading(text)
    assert isinstance(value, Poison)
    assert isinstance(value.reason, NeedsSign)
    terms = value.reason.terms
    for sign in (-1, 1):
        facts = Facts().having(START, START.poly(terms), sign)
        _, known, demands = reading(text, facts)
        assert not isinstance(known, Poison)
        assert not demands.touched_zero
    _, known, demands = reading(text, Facts().having(START, START.poly(terms), 0))
    assert not isinstance(known, Poison)
    assert demands.touched_zero


def test_demands_say_where_a_value_is_defined() -> None:
    assert [str(d) for d in reading("1/(x - y)")[2].nonzero] == ["x - y"]
    assert [str(d.num) for d in reading("log(x)")[2].positive] == ["x"]
    assert [str(d.num) for d in reading("sqrt(x - 1)")[2].nonnegative] == ["x - 1"]
    plain = reading("1/(1 + x**2) + log(p)/p")[2]
    assert not plain.nonzero
    assert [str(d.num) for d in plain.positive] == ["p"]


def test_division_by_the_zero_polynomial_is_no_value() -> None:
    _, value, _ = reading("1/((x + y)**2 - x**2 - 2*x*y - y**2)")
    assert isinstance(value, Poison)
    assert isinstance(value.reason, Undecidable)


def test_spelling_names_a_quotient() -> None:
    one = ((Fraction(1), ()),)
    assert spell((((Fraction(1, 2), (("x", 1),)), (Fraction(1), (("y", 2),))), one)) == "1/2*x + y**2"
    assert spell((one, ((Fraction(1), (("x", 1),)),))) == "(1)/(x)"
    assert spell(((), one)) == "0"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("log(p**2*(p + 1)/6)", "2*log(p) + log(p + 1) - log(2) - log(3)"),
        ("log(exp(x)*p)", "x + log(p)"),
        ("softplus(x) - softplus(-x)", "x"),
        ("erf(y - x)", "-erf(x - y)"),
        ("sin(x + y)", "sin(x)*cos(y) + cos(x)*sin(y)"),
        ("cos(3*x)", "4*cos(x)**3 - 3*cos(x)"),
        ("sin(-x/2)*cos(x/2)", "-sin(x)/2"),
    ],
)
def test_laws_of_functions_are_identities_up_to_the_law_of_pythagoras(left: str, right: str) -> None:
    ring, difference = numerator(f"({left}) - ({right})")
    for place, generator in enumerate(ring.generators):
        if generator.kind == "sin":
            cosine = ring.gens[ring.position["cos" + generator.name[3:]]]
            circle = ring.gens[place] ** 2 + cosine**2 - 1
            difference = divmod(difference, circle)[1]
    assert difference.is_zero()


@pytest.mark.parametrize("text", ["log(x*y) - log(x) - log(y)", "erf(y - x) - erf(x - y)", "cos(3*x) - 4*cos(x)**3"])
def test_false_laws_stay_false(text: str) -> None:
    _, difference = numerator(text)
    assert not difference.is_zero()


def test_a_logarithm_of_factors_of_unknown_sign_keeps_its_demand() -> None:
    assert [str(d.num) for d in reading("log(x*p)")[2].positive] == ["x*p"]
    assert not reading("log(exp(x)*p)")[2].nonzero
