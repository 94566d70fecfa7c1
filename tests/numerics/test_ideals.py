"""Bases remember their cofactors: every element, remainder and relation is checked by expansion, and against SymPy."""

from __future__ import annotations

from typing import Any

import pytest
import sympy
from flint import fmpq, fmpq_poly
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.budget import Budget, OutOfTime
from numerics.ideals import TooLarge, express, groebner, linear_relation, minimal_polynomial
from verify.algebra.ring import Generator, Ring

RING = Ring([Generator(name, "real") for name in "xyz"])
X, Y, Z = RING.gens
SYMBOLS = sympy.symbols("x y z")

polynomials = st.lists(
    st.tuples(st.integers(-3, 3).filter(bool), st.tuples(*[st.integers(0, 2)] * 3)), min_size=1, max_size=3
).map(lambda terms: sum((c * X**a * Y**b * Z**d for c, (a, b, d) in terms), RING.zero))
systems = st.lists(polynomials, min_size=1, max_size=3)


def to_sympy(poly: Any) -> Any:
    return sum(
        (sympy.Rational(int(c.p), int(c.q)) * sympy.prod(s ** int(e) for s, e in zip(SYMBOLS, exponents, strict=True))
         for exponents, c in poly.to_dict().items()), sympy.Integer(0),
    )  # fmt: skip


def combined(cofactors: Any, equations: Any) -> Any:
    return sum((cofactor * equations[number] for number, cofactor in cofactors.items()), RING.zero)


@settings(max_examples=30)
@given(systems, polynomials)
def test_cofactors_reproduce_elements_and_remainders(equations: Any, target: Any) -> None:
    try:
        basis = groebner(RING, equations, Budget.of(5))
    except (TooLarge, OutOfTime):
        return
    for member in basis.elements:
        assert combined(member.cofactors, equations) == member.poly
        assert member.poly.leading_coefficient() == 1
    rest, cofactors = basis.normal_form_with_cofactors(target)
    assert rest + combined(cofactors, equations) == target
    assert basis.normal_form(target) == rest
    for equation in equations:
        assert basis.normal_form(equation * target).is_zero()


@settings(max_examples=20)
@given(systems)
def test_bases_are_the_reduced_ones_of_sympy(equations: Any) -> None:
    try:
        basis = groebner(RING, equations, Budget.of(5))
    except (TooLarge, OutOfTime):
        return
    nonzero = [to_sympy(e) for e in equations if not e.is_zero()]
    if not nonzero:
        assert basis.elements == ()
        return
    expected = sympy.groebner(nonzero, *SYMBOLS, order="grevlex")
    ours = {sympy.expand(to_sympy(member.poly)) for member in basis.elements}
    assert ours == {sympy.expand(e.as_expr() / sympy.Poly(e, *SYMBOLS).LC(order="grevlex")) for e in expected.exprs}


def test_a_unit_ideal_has_one_element() -> None:
    basis = groebner(RING, [X * Y - 1, X], Budget.of(5))
    assert basis.is_unit
    assert combined(basis.elements[0].cofactors, [X * Y - 1, X]) == 1
    assert not groebner(RING, [X], Budget.of(5)).is_unit


def test_an_ended_budget_ends_the_computation() -> None:
    with pytest.raises(OutOfTime):
        groebner(RING, [X**2 + Y, Y**2 + Z, Z**2 + X], Budget.of(-1))


def test_standard_monomials() -> None:
    basis = groebner(RING, [X**2 - 2, Y - X, Z**3], Budget.of(5))
    found = basis.standard_monomials()
    assert found is not None
    assert len(found) == 6
    assert groebner(RING, [X * Y], Budget.of(5)).standard_monomials() is None
    assert groebner(RING, [X**9, Y**9, Z**9], Budget.of(5)).standard_monomials(limit=100) is None


def test_minimal_polynomials_and_expressions() -> None:
    basis = groebner(RING, [X**2 - 2, Y**2 - 3, Z - X * Y], Budget.of(5))
    monomials = basis.standard_monomials()
    assert monomials is not None
    assert minimal_polynomial(basis, Z, monomials) == [fmpq(-6), fmpq(0), fmpq(1)]
    sum_of_roots = minimal_polynomial(basis, X + Y, monomials)
    assert sum_of_roots == [fmpq(1), fmpq(0), fmpq(-10), fmpq(0), fmpq(1)]
    image = express(basis, X, X + Y, 4, monomials)
    assert image is not None
    back = RING.zero
    for coefficient in reversed(image):
        back = back * (X + Y) + RING.ctx.constant(coefficient)
    assert basis.normal_form(back - X).is_zero()
    assert express(basis, X, Z, 2, monomials) is None


@given(st.lists(st.lists(st.integers(-3, 3).map(fmpq), min_size=3, max_size=3), min_size=1, max_size=5))
def test_relations_vanish_and_use_the_last_vector(vectors: list[list[fmpq]]) -> None:
    relation = linear_relation(vectors)
    matrix = sympy.Matrix([[int(v.p) for v in row] for row in vectors])
    dependent = matrix.rank() == matrix[:-1, :].rank() if len(vectors) > 1 else matrix.rank() == 0
    assert (relation is not None) is dependent
    if relation is not None:
        assert relation[-1] != 0
        for column in range(3):
            assert sum((c * row[column] for c, row in zip(relation, vectors, strict=True)), fmpq(0)) == 0


def test_a_minimal_polynomial_has_the_coordinates_as_roots() -> None:
    basis = groebner(RING, [(X - 1) * (X + 2), Y - X**2, Z - 3], Budget.of(5))
    monomials = basis.standard_monomials()
    assert monomials is not None
    assert fmpq_poly(minimal_polynomial(basis, Y, monomials)) == fmpq_poly([4, -5, 1])
