"""Gradients, Hessians and solved parameters on tapes agree with the derivatives of expressions."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb

from verify.errors import Undecidable
from verify.expr import build
from verify.expr import functions as F
from verify.expr.ball import Balls, rational
from verify.expr.derive import gradient_entries, hessian_entries
from verify.expr.evaluate import evaluate
from verify.expr.node import Expr
from verify.expr.tape import Tape, trace
from verify.expr.tape_system import solve, system
from verify.recheck.batch.contract import Contractor
from verify.recheck.jets import run

X = build.symbol("x", (2,))
A, B = X[0], X[1]

EXPRESSIONS = {
    "powers": A**2 * B**3 - A**5 / 7 + (A - B) ** 4,
    "exp": F.exp(A * B) + F.log(8 + A) * B - F.sqrt(9 + A * B),
    "quotient": A / (9 + B) - B / (9 - A),
    "steps": F.tanh(A * 3) * F.tanh(B) + F.sigmoid(A * 2 - B) * B + F.softplus(A * B) + F.erf(A) * F.erf(2 * B),
    "waves": F.sin(3 * A) * F.cos(2 * B),
    "softmax": F.dot(F.softmax(F.stack([A * B, A, B])), F.stack([1, A, 3])),
    "kinks": F.where(A > 7, A, B * A) + F.dot(F.sparsemax(F.stack([A + 9, B])), F.stack([A, B])) + F.relu(A + 8),
    "left of kinks": F.relu(A - 9) + F.absolute(B - 9) * A,
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_derivatives_agree(name: str) -> None:
    root = EXPRESSIONS[name]
    contractor = Contractor(system(trace(root, (X,))), [])
    rng = np.random.default_rng(1)
    for place in rng.integers(-100, 100, (6, 2)).tolist():
        at = [Fraction(value, 64) for value in place]
        point = np.array([[float(value)] for value in at])
        expected = [root, *gradient_entries(root, [X]), *(e for row in hessian_entries(root, [X]) for e in row)]
        exact = [value[0] for value in evaluate(expected, {"x": [rational(v) for v in at]}, Balls())]
        values, smooth = contractor.forward(np.stack([-point, point], axis=1), len(contractor.steps))
        assert smooth.all()
        hessian = contractor.hessian(values)
        found = [values[contractor.system.value], *(values[k] for k in contractor.system.gradient),
                 *(hessian[i, j] for i in range(2) for j in range(2))]  # fmt: skip
        for value, (low, high) in zip(exact, found, strict=True):
            assert not arb(value) < arb(-low[0])
            assert not arb(value) > arb(high[0])
            assert low[0] + high[0] < 1e-9


def at(tape: Tape, *values: Fraction) -> Any:
    over = run(tape, [arb(rational(value)) for value in values], second=True)
    assert over is not None
    return over


def test_a_quadratic_parameter_is_solved_for() -> None:
    tape = trace((B * F.tanh(A) - 1) ** 2 + B**2 / 7 + A * B + F.exp(A), (X,))
    center, rest = solve(tape, 1)
    a = Fraction(3, 5)
    value = at(center, a, Fraction(9)).jet.value
    assert at(tape, a, Fraction(0)).gradient()[1] is not None
    exact = Fraction(float(value.mid()))
    assert abs(at(tape, a, exact).gradient()[1]) < 1e-12
    assert at(rest, a, Fraction(-3)).jet.value.overlaps(at(tape, a, exact).jet.value + arb(0, 1e-12))
    both = system(tape, [1])
    assert both.inputs == (0,)
    assert len(both.solved) == 1


def test_derivatives_pass_through_solved_parameters() -> None:
    """The gradient of what is left is that of the objective at the solved value; its Hessian the Schur complement."""
    tape = trace((B * F.tanh(A) - 1) ** 2 + B**2 / 7 + F.exp(A), (X,))
    contractor = Contractor(system(tape, [1]), [(Fraction(-9), Fraction(9))])
    point = np.array([[0.7]])
    slopes, hessian = contractor.derivatives_at(point)
    b = contractor.solved_ranges(np.stack([-point, point], axis=1))[0, 1, 0]
    full = at(tape, Fraction(0.7), Fraction(b))
    rows = [[float(entry.mid()) for entry in row] for row in full.hessian()]
    assert slopes[0, 0] == pytest.approx(float(full.gradient()[0].mid()), abs=1e-12)
    assert hessian[0, 0, 0] == pytest.approx(rows[0][0] - rows[0][1] ** 2 / rows[1][1], abs=1e-12)


@pytest.mark.parametrize("root", [A**3 * B, F.exp(B) + A, A * B, F.softmax(X)[0] * B, (B * A) ** 3, F.relu(B) + B**2])
def test_what_is_not_quadratic_is_not_solved_for(root: Expr) -> None:
    with pytest.raises(Undecidable, match="not quadratic"):
        solve(trace(root, (X,)), 1)


def test_several_parameters_are_solved_for_in_turn() -> None:
    weights = build.symbol("u", (3,))
    u, v, w = weights[0], weights[1], weights[2]
    tape = trace((v * F.tanh(u) + w - 1) ** 2 + (v * u + w) ** 2 + v**2 + w**2, (weights,))
    equations = system(tape, [2, 1])
    assert [number for number, _ in equations.solved] == [2, 1]
    contractor = Contractor(equations, [(Fraction(-9), Fraction(9))] * 2)
    point = np.array([[0.4]])
    ranges = contractor.solved_ranges(np.stack([-point, point], axis=1))
    found = [Fraction(0.4), Fraction(ranges[1, 1, 0]), Fraction(ranges[0, 1, 0])]
    slopes = at(tape, *found).gradient()
    assert abs(slopes[1]) < 1e-12
    assert abs(slopes[2]) < 1e-12
