"""Second-order enclosures contain values, gradients and Hessians at points of the box."""

from fractions import Fraction
from typing import Any

import flint
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from verify.expr import build
from verify.expr import functions as F
from verify.expr.ball import Balls, rational
from verify.expr.derive import gradient_entries, hessian_entries
from verify.expr.evaluate import evaluate
from verify.expr.tape import trace
from verify.recheck.jets import run

X = build.symbol("x", (2,))
A, B = X[0], X[1]

SMOOTH = {
    "powers": A**2 * B**3 - A**5 / 7 + (A - B) ** 4,
    "exp": F.exp(A * B),
    "log": F.log(8 + A) * B,
    "sqrt": F.sqrt(8 + A * B) + A,
    "quotient": A / (9 + B) - B / (9 - A),
    "tanh": F.tanh(A * 3) * F.tanh(B),
    "sigmoid": F.sigmoid(A * 2 - B) * B,
    "softplus": F.softplus(A * B) + F.softplus(-B),
    "erf": F.erf(A) * F.erf(2 * B),
    "waves": F.sin(3 * A) * F.cos(2 * B) + F.sin(A * B),
    "softmax": F.dot(F.softmax(F.stack([A * B, A, B])), F.stack([1, A, 3])),
    "logsumexp": F.logsumexp(F.stack([A, B, 2 * A])) * B,
}
TAPES = {name: trace(root, (X,)) for name, root in SMOOTH.items()}
DERIVED = {
    name: [root, *gradient_entries(root, [X]), *(e for row in hessian_entries(root, [X]) for e in row)]
    for name, root in SMOOTH.items()
}

numbers = st.fractions(min_value=-2, max_value=2, max_denominator=64)
shares = st.fractions(min_value=-1, max_value=1, max_denominator=16)


@pytest.mark.parametrize("name", SMOOTH)
@given(center=st.tuples(numbers, numbers), radius=st.tuples(shares, shares), place=st.tuples(shares, shares))
def test_boxes_contain_what_happens_at_their_points(name: str, center: Any, radius: Any, place: Any) -> None:
    reach = [abs(r) for r in radius]
    box = [arb(rational(c)) + arb(0, float(r)) for c, r in zip(center, reach, strict=True)]
    over = run(TAPES[name], box, second=True)
    assert over is not None
    assert not over.rough
    point = [rational(c + r * p) for c, r, p in zip(center, reach, place, strict=True)]
    expected = [value[0] for value in evaluate(DERIVED[name], {"x": point}, Balls())]
    found = [over.jet.value, *over.gradient(), *(entry for row in over.hessian() for entry in row)]
    for enclosure, value in zip(found, expected, strict=True):
        assert enclosure.overlaps(arb(value))


def test_a_kink_in_the_box_is_noticed_and_slopes_hold_both_sides() -> None:
    over = run(trace(F.relu(A) + F.absolute(B), (X,)), [arb(0, 1), arb(0, 1)], second=True)
    assert over is not None
    assert over.rough
    relu, absolute = over.gradient()
    assert relu.contains(0)
    assert relu.contains(1)
    assert absolute.contains(-1)
    assert absolute.contains(1)


def test_largest_of_several_knows_which_one_is_largest() -> None:
    tape = trace(F.dot(F.sparsemax(F.stack([A + 5, B])), F.stack([A, B])), (X,))
    over = run(tape, [arb(0, 0.5), arb(0, 0.5)], second=True)
    assert over is not None
    assert not over.rough
    assert over.gradient()[0].contains(1)


def test_undecided_branches_and_poles_are_undefined() -> None:
    for root in (F.where(A > 0, A, B), F.sign(A), 1 / A, F.log(A), F.sqrt(A)):
        assert run(trace(root, (X,)), [arb(0, 1), arb(0, 1)], second=False) is None


def test_large_logits_do_not_overflow() -> None:
    tape = trace(F.dot(F.softmax(F.stack([1000 * A, -1000 * A])), F.stack([1, B])), (X,))
    over = run(tape, [arb(3, 1), arb(0, 1)], second=True)
    assert over is not None
    assert over.jet.value.is_finite()
    assert all(entry.is_finite() for row in over.hessian() for entry in row)


def test_constants_follow_the_working_precision() -> None:
    tape = trace(A / 3, (X,))
    before = flint.ctx.prec
    try:
        flint.ctx.prec = 20
        run(tape, [arb(1), arb(0)], second=False)
        flint.ctx.prec = 200
        fine = run(tape, [arb(1), arb(0)], second=False)
    finally:
        flint.ctx.prec = before
    assert fine is not None
    assert abs(fine.jet.value - arb(rational(Fraction(1, 3)))) < arb(2) ** -45
