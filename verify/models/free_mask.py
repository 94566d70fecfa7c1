"""M1a, a free input mask: f = v^T sigma(W (a*x))."""

from __future__ import annotations

from verify.expr import functions as F
from verify.models._model import Model, activation_of, half_mean_square

SIGN = "M1a"
FORMULA = "f = v^T sigma(W (a*x))"


def build(n: int = 1, p: int = 2, m: int = 2, activation: str = "tanh") -> Model:
    """Return the two-layer network behind a trained mask of the inputs, on n samples.

    Shapes: X (n, p), y (n,); a (p,), W (m, p), v (m,). Source: global attention as a free input mask.
    """
    X, y = F.argument("X", (n, p)), F.argument("y", (n,))
    a, W, v = F.argument("a", (p,)), F.argument("W", (m, p)), F.argument("v", (m,))
    masked = a * X
    hidden = activation_of(activation)(masked @ W.T)
    residual = hidden @ v - y
    return Model(
        name="free-mask",
        sign=SIGN,
        formula=FORMULA,
        loss=half_mean_square(residual),
        parameters={"v": v, "W": W, "a": a},
        data={"X": X, "y": y},
        definitions={"Z": masked, "H": hidden, "r": residual},
    )
