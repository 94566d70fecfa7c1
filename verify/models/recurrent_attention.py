"""M2, recurrent attention: a_t = softmax(U h + b), h <- tanh(A h + C (a_t*x_t)), f = v^T h."""

from __future__ import annotations

from verify.errors import InvalidInput
from verify.expr import functions as F
from verify.expr.node import Expr
from verify.models._model import Model, half_mean_square

SIGN = "M2"
FORMULA = "a_t = softmax(U h_{t-1} + b), h_t = tanh(A h_{t-1} + C (a_t*x_t)), h_0 = 0, f = v^T h_T"

MAX_STEPS = 200
"""Longest sequence; every step adds to the formula."""


def build(n: int = 1, T: int = 2, p: int = 2, m: int = 2) -> Model:
    """Return the recurrent network that masks each input by its own state, on n samples.

    Shapes: X (n, T, p), y (n,); A (m, m), C (m, p), U (p, m), b (p,), v (m,); states (n, m).
    Source: recurrent attention, started at h_0 = 0.

    Raises:
        InvalidInput: T is more than :data:`MAX_STEPS`.
    """
    if T > MAX_STEPS:
        raise InvalidInput(f"T={T!r} steps of a recurrent network", fix=f"use at most {MAX_STEPS}")
    X, y = F.argument("X", (n, T, p)), F.argument("y", (n,))
    A, C, U = F.argument("A", (m, m)), F.argument("C", (m, p)), F.argument("U", (p, m))
    b, v = F.argument("b", (p,)), F.argument("v", (m,))
    definitions: dict[str, Expr] = {}
    state = F.zeros(n, m)
    for t in range(T):
        mask = F.softmax(state @ U.T + b)
        state = F.tanh(state @ A.T + (mask * X[:, t, :]) @ C.T)
        definitions |= {f"A_{t + 1}": mask, f"H_{t + 1}": state}
    residual = state @ v - y
    return Model(
        name="recurrent-attention",
        sign=SIGN,
        formula=FORMULA,
        loss=half_mean_square(residual),
        parameters={"v": v, "A": A, "C": C, "U": U, "b": b},
        data={"X": X, "y": y},
        definitions=definitions | {"r": residual},
    )
