"""Cases cover exactly the points at which a formula holds, fails, or is undefined."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from verify.errors import InvalidInput, Undecidable
from verify.expr import build
from verify.expr.ball import Balls
from verify.expr.evaluate import evaluate_scalar
from verify.expr.node import Expr
from verify.expr.parse import parse
from verify.logic import MAX_CASES, Case, Literal, cases, conjoin, eigenvalue_bound, undefined_cases

X, Y = build.symbol("x", ()), build.symbol("y", ())
NAMES = {"x": X, "y": Y}

ATOMS = ("x < y", "x <= 1", "x == y", "x != 0", "y > x*x", "y >= -1")


def formulas(depth: int = 3) -> Any:
    atoms = st.sampled_from(ATOMS)
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda p: f"({p[0]} and {p[1]})"),
            st.tuples(inner, inner).map(lambda p: f"({p[0]} or {p[1]})"),
            inner.map(lambda p: f"(not {p})"),
        ),
        max_leaves=2**depth,
    )


def at(expression: Expr, x: Fraction, y: Fraction) -> Any:
    env = {"x": [fmpq(x.numerator, x.denominator)], "y": [fmpq(y.numerator, y.denominator)]}
    return evaluate_scalar(expression, env, Balls())


def literal_holds(literal: Literal, x: Fraction, y: Fraction) -> bool:
    value = at(literal.value, x, y)
    return bool({"<": value < 0, "<=": value <= 0, "==": value == 0, "!=": value != 0}[literal.relation])


def some_case_holds(found: list[Case], x: Fraction, y: Fraction) -> bool:
    return any(all(literal_holds(literal, x, y) for literal in case) for case in found)


small = st.fractions(min_value=-2, max_value=2, max_denominator=2)


@given(formulas(), st.lists(st.tuples(small, small), min_size=1, max_size=6))
def test_cases_hold_exactly_where_the_formula_does(text: str, points: list[tuple[Fraction, Fraction]]) -> None:
    condition = parse(text, NAMES)
    try:
        positive, negative = cases(condition), cases(condition, negate=True)
    except InvalidInput:
        return
    for x, y in points:
        truth = at(condition, x, y)
        assert some_case_holds(positive, x, y) is bool(truth)
        assert some_case_holds(negative, x, y) is not bool(truth)


@pytest.mark.parametrize("relation", ["<", "<=", "==", "!="])
def test_a_negated_literal_holds_where_the_literal_fails(relation: str) -> None:
    literal = Literal(relation, X - Y)
    for x in (-1, 0, 1):
        point = (Fraction(x), Fraction(0))
        assert literal_holds(literal, *point) is not literal_holds(literal.negation, *point)


def test_too_many_cases_are_refused() -> None:
    many = " and ".join(f"(x < {k} or y < {k})" for k in range(10))
    with pytest.raises(InvalidInput, match="cases"):
        cases(parse(many, NAMES))
    with pytest.raises(InvalidInput):
        cases(parse(" or ".join(f"x < {k}" for k in range(MAX_CASES + 1)), NAMES))
    with pytest.raises(InvalidInput):
        conjoin([[()] * 100, [()] * 100])


def test_conjoining_nothing_is_one_empty_case() -> None:
    assert conjoin([]) == [()]
    literal = Literal("<", X)
    assert conjoin([[(literal,)], [(), (literal,)]]) == [(literal,), (literal, literal)]


@pytest.mark.parametrize(
    "text",
    ["1/x < 1", "log(x) <= y", "sqrt(x - y) == 0", "x/(y - 1) + log(x*y) > sqrt(y)", "(1/x)/y < 2", "x**(-2) < 1",
     "x**(1/2) < y", "norm([x, 1/y]) < 3", "log(1/x) < 0", "where(x < 0, 1/y, 2) < 3"],
)  # fmt: skip
def test_every_undefined_point_is_covered(text: str) -> None:
    condition = parse(text, NAMES)
    found = undefined_cases(condition)
    for x in range(-2, 3):
        for y in range(-2, 3):
            point = (Fraction(x), Fraction(y))
            try:
                at(condition, *point)
            except Undecidable:
                assert _covered(found, point), point


def _covered(found: list[Case], point: tuple[Fraction, Fraction]) -> bool:
    for case in found:
        try:
            if all(literal_holds(literal, *point) for literal in case):
                return True
        except Undecidable:
            continue
    return False


def test_total_formulas_are_nowhere_undefined() -> None:
    assert undefined_cases(parse("exp(x) + tanh(y)*softmax([x, y])[0] < abs(x)", NAMES)) == []


# --- eigenvalues ---

MATRIX = build.stack([build.stack([X, Y]), build.stack([Y, X])])
LEAST, GREATEST = (build.extreme_eigenvalue(op, MATRIX) for op in ("min_eig", "max_eig"))


@pytest.mark.parametrize(
    ("literal", "smallest", "relation", "bound"),
    [
        (Literal("<", LEAST - 3), True, "<", 3),
        (Literal("<=", 2 - LEAST), True, ">=", 2),
        (Literal("==", 2 * GREATEST - 3), False, "==", Fraction(3, 2)),
        (Literal("<", 1 - 4 * GREATEST), False, ">", Fraction(1, 4)),
        (Literal("!=", -LEAST), True, "!=", 0),
    ],
)
def test_an_eigenvalue_is_solved_for(literal: Literal, smallest: bool, relation: str, bound: Fraction) -> None:
    found = eigenvalue_bound(literal)
    assert found is not None
    assert (found.smallest, found.relation) == (smallest, relation)
    assert at(found.bound, Fraction(5), Fraction(7)) == fmpq(Fraction(bound).numerator, Fraction(bound).denominator)


def test_other_literals_mention_none() -> None:
    assert eigenvalue_bound(Literal("<", X - Y)) is None
    assert eigenvalue_bound(Literal("<", LEAST - LEAST + X)) is None


@pytest.mark.parametrize("value", [LEAST * LEAST, LEAST * X, LEAST + GREATEST, LEAST**2])
def test_nonlinear_or_several_eigenvalues_are_refused(value: Expr) -> None:
    with pytest.raises(InvalidInput):
        eigenvalue_bound(Literal("<", value))
