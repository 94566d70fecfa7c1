"""The tape means what the expression means, and cancels what is linear."""

from fractions import Fraction

import pytest
from flint import arb

from verify.errors import Undecidable
from verify.expr import build
from verify.expr import functions as F
from verify.expr.ball import Balls, rational
from verify.expr.evaluate import evaluate_scalar
from verify.expr.tape import trace
from verify.recheck.jets import run

X = build.symbol("x", (3,))
A, B, C = (X[i] for i in range(3))

EXPRESSIONS = {
    "polynomial": (A * B - 2 * C) ** 3 + A / 3,
    "quotient": (A + B) / (1 + C**2) + 1 / (A + 5),
    "exponentials": F.exp(A - B) * F.log(3 + C) - F.sqrt(A + 4) + F.sum(F.softplus(-X)),
    "waves": F.sin(-A) * F.cos(-2 * B) + F.erf(C) - F.erf(-A) + F.tanh(-B),
    "gelu": F.sum(F.gelu(X)),
    "sigmoids": F.sum(F.sigmoid(-X) * X),
    "softmax of two": F.dot(F.softmax(F.stack([A * B, 2 * A * B])), F.stack([A, C])),
    "softmax of three": F.dot(F.softmax(X * 2), X),
    "softmax of four": F.dot(F.softmax(F.stack([A, B, C, A * C])), F.stack([A, B, C, 1])),
    "logsumexp": F.logsumexp(X) - F.logsumexp(F.stack([A, B])),
    "kinks": F.relu(A) + F.absolute(B - C) + F.max(X) + F.maximum(A, C) - F.min(X),
    "sparsemax": F.dot(F.sparsemax(X), X),
    "branches": F.where(A < B, A * 2, F.where(F.compare("==", B, C), A, B)) + F.sign(C),
    "connectives": F.where(F.logical("and", A < B, F.logical("not", B < C)), A, B)
    + F.where(F.logical("or", A < B, B < C), C, B),
}
POINTS = [("1/3", "-5/4", "2"), ("-2", "1/7", "3/10"), ("3/2", "11/10", "-1/9")]


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("point", POINTS)
def test_value_is_that_of_the_expression(name: str, point: tuple[str, ...]) -> None:
    values = [rational(Fraction(text)) for text in point]
    expected = evaluate_scalar(EXPRESSIONS[name], {"x": values}, Balls())
    found = run(trace(EXPRESSIONS[name], (X,)), [arb(value) for value in values], second=True)
    assert found is not None
    assert abs(found.jet.value - arb(expected)) < arb(10) ** -10


def test_differences_of_logits_become_one_step() -> None:
    logits = F.stack([A * B * 2, A * B * 5])
    steps = [step.op for step in trace(F.sum(F.softmax(logits) * F.stack([1, 3])), (X,)).steps]
    assert steps.count("sigmoid") == 1
    assert steps.count("mul") == 1


def test_what_cancels_still_has_to_be_defined() -> None:
    tape = trace(F.log(A) - F.log(A) + B, (X,))
    assert run(tape, [arb(-1), arb(2), arb(0)], second=False) is None
    inside = run(tape, [arb(1), arb(2), arb(0)], second=False)
    assert inside is not None
    assert inside.jet.value == 2


def test_zero_times_an_undefined_value_is_undefined() -> None:
    tape = trace(build.mul(0, 1 / A) + B, (X,))
    assert run(tape, [arb(0, 1), arb(2), arb(0)], second=False) is None


def test_an_expression_that_is_defined_nowhere_has_no_tape() -> None:
    with pytest.raises(Undecidable):
        trace(F.log(F.number(-1)) + A, (X,))
