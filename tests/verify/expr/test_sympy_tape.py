"""The tape: SymPy's derivative through named intermediate results."""

from __future__ import annotations

from fractions import Fraction

import flint
import sympy as sp

from verify.expr import functions as F
from verify.expr.ball import as_ball, precision, rational
from verify.expr.evaluate import evaluate
from verify.expr.node import symbols
from verify.expr.sympy_reading import entry_symbols, to_sympy
from verify.expr.sympy_tape import Tape
from verify.expr.sympy_values import sympy_value


def test_derivatives_agree_with_those_of_the_expanded_formula(case) -> None:
    env = entry_symbols(case.inputs)
    variables = [s for row in env.values() for s in row]
    known = {s: rational(Fraction((5 * k) % 13 + 1, 8)) for k, s in enumerate(variables)}
    tape = Tape()
    loss = evaluate([case.loss], env, tape)[0][0]
    slopes = tape.gradient(loss, variables)
    expanded = to_sympy(case.loss, env)
    with precision(200):
        for own, variable in zip(tape.values(slopes, known), variables, strict=True):
            other = sympy_value(expanded.diff(variable), known)
            assert own == other if case.rational else as_ball(own).overlaps(as_ball(other))


def test_second_derivatives_run_on_the_same_tape() -> None:
    x = F.argument("x")
    (s,) = entry_symbols([x])["x"]
    tape = Tape()
    loss = evaluate([F.tanh(x) ** 2], {"x": [s]}, tape)[0][0]
    (slope,) = tape.gradient(loss, [s])
    (bend,) = tape.gradient(tape.along([slope], [Fraction(1)]), [s])
    with precision(200):
        (value,) = tape.values([bend], {s: flint.fmpq(1, 3)})
        assert as_ball(value).overlaps(sympy_value((sp.tanh(s) ** 2).diff(s, 2), {s: flint.fmpq(1, 3)}))


def test_definitions_stay_short_and_are_shared() -> None:
    x = F.argument("x", (4,))
    deep = x
    for _ in range(10):
        deep = F.softmax(deep * x)
    tape = Tape()
    evaluate([F.sum(deep)], entry_symbols(list(symbols(deep).values())), tape)
    assert all(definition.count_ops() <= 8 for _, definition in tape.definitions)
    assert len({definition for _, definition in tape.definitions}) == len(tape.definitions)


def test_numbers_and_symbols_stand_for_themselves() -> None:
    tape = Tape()
    assert tape.name(sp.Rational(1, 2)) == sp.Rational(1, 2)
    assert tape.gradient(sp.Integer(3), [sp.Symbol("x")]) == [0]
    assert not tape.definitions
