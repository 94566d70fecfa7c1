"""The array derivative of every primitive, against central differences in balls and against SymPy."""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from verify.errors import InvalidInput, Undecidable
from verify.expr import build
from verify.expr import functions as F
from verify.expr.ball import Balls, as_ball, precision, rational
from verify.expr.derive import (
    MAX_COMPETITORS,
    directional,
    gradient,
    gradient_entries,
    hessian_entries,
    hessian_product,
    kinks,
)
from verify.expr.evaluate import evaluate
from verify.expr.node import Expr
from verify.expr.sympy_reading import entry_symbols, to_sympy
from verify.expr.sympy_values import sympy_value

BITS, STEP_BITS = 400, 100
positive = st.fractions(min_value=Fraction(1, 16), max_value=3, max_denominator=64)


def draw_point(data: st.DataObject, inputs: list[Expr]) -> dict[str, list]:
    return {
        str(a.attrs): [rational(q) for q in data.draw(st.lists(positive, min_size=a.size, max_size=a.size))]
        for a in inputs
    }


def smooth_at(loss: Expr, point: dict[str, list]) -> bool:
    try:
        return all(Balls().sign(entry) != 0 for part in evaluate(kinks(loss), point, Balls()) for entry in part)
    except Undecidable:
        return False


@settings(max_examples=4)
@given(st.data())
def test_against_central_differences_in_balls(case, data) -> None:
    """|quotient - derivative| is at most of the order of the squared step, far below the printed 60 digits."""
    point = draw_point(data, case.inputs)
    moves = {name: [rational(q) for q in data.draw(directions(len(row)))] for name, row in point.items()}
    with precision(BITS):
        assume(smooth_at(case.loss, point))
        slopes = evaluate(gradient(case.loss, case.inputs), point, Balls())
        slope = sum(
            g * u for row, part in zip(slopes, moves.values(), strict=True) for g, u in zip(row, part, strict=True)
        )
        ahead, behind = (shifted(case.loss, point, moves, sign) for sign in (1, -1))
        quotient = as_ball(ahead - behind) * flint.arb(2) ** (STEP_BITS - 1)
        assert abs(quotient - slope) < flint.arb(10) ** -50


def directions(size: int) -> st.SearchStrategy[list[Fraction]]:
    return st.lists(st.integers(-4, 4).map(Fraction), min_size=size, max_size=size)


def shifted(loss: Expr, point: dict[str, list], moves: dict[str, list], sign: int):
    step = rational(Fraction(sign, 2**STEP_BITS))
    moved = {name: [x + step * u for x, u in zip(row, moves[name], strict=True)] for name, row in point.items()}
    return evaluate([loss], moved, Balls())[0][0]


POINTS = [Fraction(k * k % 23 + 1, 8) for k in range(1, 40)]


def fixed_point(inputs: list[Expr]) -> dict[str, list]:
    values = iter(POINTS)
    return {str(a.attrs): [rational(next(values)) for _ in range(a.size)] for a in inputs}


def test_against_sympy(case) -> None:
    """Exactly where the values are rational, else balls around the two values must meet."""
    point = fixed_point(case.inputs)
    env = entry_symbols(case.inputs)
    known = {s: v for name, row in env.items() for s, v in zip(row, point[name], strict=True)}
    loss = to_sympy(case.loss, env)
    with precision(200):
        assert smooth_at(case.loss, point)
        own = [e for row in evaluate(gradient(case.loss, case.inputs), point, Balls()) for e in row]
        for entry, symbol in zip(own, known, strict=True):
            other = sympy_value(loss.diff(symbol), known)
            if case.rational:
                assert entry == other
                assert isinstance(entry, flint.fmpq)
            else:
                assert as_ball(entry).overlaps(as_ball(other))
                assert abs(entry - other) < flint.arb(10) ** -40


def test_second_derivatives_are_symmetric_and_match_products(case) -> None:
    point = fixed_point(case.inputs)
    moves = [F.argument(f"d{a.attrs}", a.shape) for a in case.inputs]
    values = {str(u.attrs): [rational(Fraction(k % 5 - 2)) for k in range(u.size)] for u in moves}
    with precision(200):
        rows = [[e[0] for e in evaluate(row, point, Balls())] for row in hessian_entries(case.loss, case.inputs)]
        product = [
            e for row in evaluate(hessian_product(case.loss, case.inputs, moves), point | values, Balls()) for e in row
        ]
        flat = [e for row in values.values() for e in row]
        for i, row in enumerate(rows):
            for j in range(i):
                assert as_ball(row[j]).overlaps(as_ball(rows[j][i]))
            expected = sum(a * u for a, u in zip(row, flat, strict=True))
            assert as_ball(expected).overlaps(as_ball(product[i]))


def test_third_derivatives_exist() -> None:
    x = F.argument("x")
    third = gradient(gradient(gradient(F.tanh(x) * F.softplus(x), [x])[0], [x])[0], [x])[0]
    (s,) = entry_symbols([x])["x"]
    expected = (sp.tanh(s) * sp.log(1 + sp.exp(s))).diff(s, 3)
    with precision(200):
        value = evaluate([third], {"x": [flint.fmpq(2, 3)]}, Balls())[0][0]
        assert as_ball(value).overlaps(sympy_value(expected, {s: flint.fmpq(2, 3)}))


def test_shared_work_stays_shared() -> None:
    from verify.expr.node import topological

    x = F.argument("x", (50, 50))
    deep = x
    for _ in range(30):
        deep = F.tanh(deep @ x)
    loss = F.sum(deep**2)
    assert len(topological(*gradient(loss, [x]))) < 12 * len(topological(loss))


def test_what_does_not_depend_has_zero_gradient() -> None:
    x, z = F.argument("x", (2,)), F.argument("z", (3, 2))
    assert gradient(F.sum(x), [z])[0] is F.zeros(3, 2)
    assert directional(F.sum(x), [z], [z]) is build.number(0)
    assert gradient(build.number(3), [x])[0] is F.zeros(2)


def test_entries_are_row_major() -> None:
    w = F.argument("w", (2, 2))
    entries = gradient_entries(F.sum(build.lift([[1, 2], [3, 4]]) * w), [w])
    assert [build.uniform_value(entry) for entry in entries] == [1, 2, 3, 4]


def test_misuse_is_refused() -> None:
    x = F.argument("x", (2,))
    with pytest.raises(InvalidInput, match="gradient of an array"):
        gradient(x, [x])
    matrix = F.argument("m", (2, 2))
    with pytest.raises(InvalidInput, match="'min_eig' has no derivative"):
        gradient(build.extreme_eigenvalue("min_eig", matrix), [matrix])
    wide = F.argument("w", (MAX_COMPETITORS + 1,))
    with pytest.raises(InvalidInput, match="maximum over"):
        gradient(F.max(wide), [wide])


@pytest.mark.parametrize(
    "kinked",
    [
        lambda x: F.relu(x[0]),
        lambda x: abs(x[0]),
        lambda x: F.maximum(x[0], -x[0]),
        lambda x: F.max(x) + F.max(-x),
        lambda x: F.norm(x),
        lambda x: F.sparsemax(F.stack([x[0], x[1] + 1]))[0],
    ],
)
def test_on_a_kink_the_derivative_is_undefined_and_the_kink_is_listed(kinked) -> None:
    x = F.argument("x", (2,))
    loss, point = kinked(x), {"x": [flint.fmpq(0), flint.fmpq(0)]}
    assert not smooth_at(loss, point)
    if loss.op != "gather":  # a face of sparsemax has a slope from inside, but is no smooth point
        with pytest.raises(Undecidable):
            evaluate(gradient(loss, [x]), point, Balls())
