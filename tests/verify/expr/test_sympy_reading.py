"""Explicit scalars: the same values as the exact reading, kinks kept as SymPy writes them."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

from verify.errors import Undecidable
from verify.expr import build
from verify.expr import functions as F
from verify.expr.ball import Balls, as_ball, precision, rational
from verify.expr.evaluate import evaluate
from verify.expr.sympy_reading import MAX_SUPPORT, entry_symbols, nested, to_sympy
from verify.expr.sympy_values import sympy_value

a = F.argument("a")
w, W = F.argument("w", (2,)), F.argument("W", (2, 2))


def test_entries_are_named_by_their_place() -> None:
    names = {name: [s.name for s in row] for name, row in entry_symbols([a, w, W]).items()}
    assert names == {"a": ["a"], "w": ["w_0", "w_1"], "W": ["W_{0,0}", "W_{0,1}", "W_{1,0}", "W_{1,1}"]}


def test_names_never_collide() -> None:
    names = entry_symbols([F.argument("w_0"), w])
    assert len({s for row in names.values() for s in row}) == 3


def test_formulas_are_what_one_would_write() -> None:
    s, u = sp.Symbol("a", real=True), [sp.Symbol(f"w_{k}", real=True) for k in (0, 1)]
    assert to_sympy(F.sum((a * w - [1, 2]) ** 2) / 4) == ((s * u[0] - 1) ** 2 + (s * u[1] - 2) ** 2) / 4
    assert to_sympy(F.softmax(w))[0] == sp.exp(u[0]) / (sp.exp(u[0]) + sp.exp(u[1]))
    assert to_sympy(abs(a) + F.relu(a)) == sp.Abs(s) + sp.Max(s, 0)
    assert to_sympy(F.where(a > 1, a, -a)) == sp.Piecewise((s, s > 1), (-s, True))
    assert to_sympy(build.logical("not", a <= 1)) == (s > 1)
    assert to_sympy(F.gelu(a)) == s / 2 * (1 + sp.erf(s / sp.sqrt(2)))


def test_shapes_become_nested_lists() -> None:
    assert nested(list(range(6)), (2, 3)) == [[0, 1, 2], [3, 4, 5]]
    assert [len(row) for row in to_sympy(W @ W)] == [2, 2]


def test_values_agree_with_the_exact_reading(case) -> None:
    numbers = iter(range(1, 40))
    point = {
        str(s.attrs): [rational(Fraction(7 * next(numbers) % 23 + 1, 8)) for _ in range(s.size)] for s in case.inputs
    }
    env = entry_symbols(case.inputs)
    known = {s: v for name, row in env.items() for s, v in zip(row, point[name], strict=True)}
    with precision(200):
        own = evaluate([case.loss], point, Balls())[0][0]
        other = sympy_value(to_sympy(case.loss, env), known)
        assert own == other if case.rational else as_ball(own).overlaps(as_ball(other))


def test_what_has_no_written_form_is_refused() -> None:
    with pytest.raises(Undecidable, match="short written form"):
        to_sympy(F.sparsemax(F.argument("z", (MAX_SUPPORT + 1,))))
    with pytest.raises(Undecidable, match="division by zero"):
        to_sympy(1 / (F.sum(w) - w[0] - w[1]))


def test_known_conditions_choose_their_branch() -> None:
    yes = F.where(build.compare("<", build.number(1), build.number(2)), a, F.log(a))
    assert to_sympy(yes) == sp.Symbol("a", real=True)
