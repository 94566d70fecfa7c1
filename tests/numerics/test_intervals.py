"""The compiled jets agree with the checker's balls."""

import numpy as np
import pytest
from flint import arb

from numerics.intervals import ROUGH, SMOOTH, UNKNOWN, jets, machine
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr
from verify.expr.tape import trace
from verify.recheck.jets import run

X = build.symbol("x", (2,))
A, B = X[0], X[1]

EXPRESSIONS = [
    A**2 * B**3 - A**5 / 7 + (A - B) ** 4,
    F.exp(A * B) + F.log(8 + A) * B - F.sqrt(9 + A * B),
    A / (9 + B) - F.erf(A) * F.erf(2 * B),
    F.tanh(A * 3) * F.tanh(B) + F.sigmoid(A * 2 - B) * B + F.softplus(A * B),
    F.sin(3 * A) * F.cos(2 * B),
    F.dot(F.softmax(F.stack([A * B, A, B])), F.stack([1, A, 3])),
    F.where(A > 7, A, B * A) + F.dot(F.sparsemax(F.stack([A + 9, B])), F.stack([A, B])) + F.relu(A + 8),
]


@pytest.mark.parametrize("root", EXPRESSIONS)
def test_values_gradients_and_hessians_agree(root: Expr) -> None:
    tape = trace(root, (X,))
    packed = machine(tape)
    rng = np.random.default_rng(1)
    for _ in range(20):
        center, radius = rng.uniform(-2, 2, 2), rng.uniform(0, 0.7, 2) * rng.integers(0, 2)
        assert jets(packed.packed, center, radius, True, packed.mid, packed.rad) == SMOOTH
        over = run(tape, [arb(float(c), float(r)) for c, r in zip(center, radius, strict=True)], second=True)
        assert over is not None
        upper = [over.hessian()[i][j] for i in range(2) for j in range(i, 2)]
        balls = [over.jet.value, *over.gradient(), *upper]
        mid, rad = packed.mid[tape.root], packed.rad[tape.root]
        np.testing.assert_allclose(mid, [float(ball.mid()) for ball in balls], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(rad, [float(ball.rad()) for ball in balls], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("root", "outcome"),
    [(F.relu(A) + F.absolute(B), ROUGH), (F.max(X), ROUGH), (1 / A, UNKNOWN), (F.sign(A), UNKNOWN), (A * B, SMOOTH)],
)
def test_kinks_and_poles_are_noticed(root: Expr, outcome: int) -> None:
    packed = machine(trace(root, (X,)))
    assert jets(packed.packed, np.zeros(2), np.ones(2), True, packed.mid, packed.rad) == outcome
