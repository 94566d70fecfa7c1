"""Formulas simplify as a writer would, and stay true."""

from __future__ import annotations

from fractions import Fraction

from verify.expr import form as f
from verify.expr.form import COLUMN, MATRIX, ONES, ROW, SCALAR

A, B = f.name("A", MATRIX), f.name("B", MATRIX)
u, v = f.name("u", COLUMN), f.name("v", COLUMN)
s = f.name("s", SCALAR)


def test_transposes_turn_products_around() -> None:
    assert f.transpose(f.product(s, A, f.transpose(B))) == f.product(s, B, f.transpose(A))
    assert f.transpose(f.transpose(A)) == A
    assert f.transpose(s) == s
    assert f.transpose(f.product(f.transpose(u), v)) == f.product(f.transpose(u), v)


def test_factors_move_to_the_front() -> None:
    twice = f.product(f.scaled(Fraction(2), A), s, f.scaled(Fraction(1, 2), B))
    assert twice.data == 1
    assert twice.args == (s, A, B)
    assert f.product(A, f.ZERO) == f.ZERO
    assert f.product(f.ONE, A) == A
    row_column = f.product(A, u, f.transpose(v), u)
    assert row_column.args[0].kind == SCALAR


def test_equal_terms_are_collected() -> None:
    assert f.total(A, f.scaled(Fraction(2), A)) == f.scaled(Fraction(3), A)
    assert f.total(A, f.scaled(Fraction(-1), A)) == f.ZERO
    assert f.total(f.number(1), A).kind == MATRIX
    assert f.total(s, u).args[0] == f.product(s, ONES)


def test_repeated_columns_and_rows_become_diagonal_factors() -> None:
    repeated = f.product(u, f.transpose(ONES))
    assert f.hadamard(repeated, A) == f.product(f.diagonal(u), A)
    assert f.hadamard(A, f.product(ONES, f.transpose(v))) == f.product(A, f.diagonal(v))
    assert f.hadamard(repeated, f.product(ONES, f.transpose(v))) == f.product(u, f.transpose(v))
    assert f.hadamard(f.scaled(Fraction(-1), repeated), A).data == -1


def test_totals_are_norms_and_inner_products() -> None:
    assert f.entries_total(f.power(A, 2)) == f.power(f.norm(A, "2"), 2)
    assert f.entries_total(f.hadamard(A, B)) == f.inner(A, B)
    assert f.entries_total(f.hadamard(u, v)) == f.product(f.transpose(u), v)
    assert f.entries_total(f.apply("abs", A, kind=MATRIX)) == f.norm(A, "1")
    assert f.entries_total(u) == f.product(f.transpose(ONES), u)
    assert f.inner(f.transpose(u), f.transpose(v)).kind == SCALAR


def test_quotients_by_roots() -> None:
    half_root = f.scaled(Fraction(1, 2), f.apply("sqrt", f.number(2), kind=SCALAR))
    assert f.product(half_root, A).args[0].op == "quotient"
    assert f.quotient(A, s) == f.product(f.quotient(f.ONE, s), A)


def test_what_an_index_does_not_touch_leaves_its_sum() -> None:
    body = f.product(s, f.name("r", SCALAR, ["i"]), f.name("X", MATRIX, ["i"]))
    outside = f.each("i", body)
    assert outside.args[0] == s
    assert not f.mentions(outside.args[0], "i")
    assert f.mentions(outside, "i")


def test_kinds_of_products() -> None:
    kinds = {ROW: f.transpose(u), COLUMN: u, MATRIX: A}
    assert f.product(kinds[ROW], A).kind == ROW
    assert f.product(A, u).kind == COLUMN
    assert f.product(u, f.transpose(v)).kind == MATRIX
    assert f.product(f.transpose(u), A, v).kind == SCALAR
    assert f.weight(f.product(A, u)) == 3
