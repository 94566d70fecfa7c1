"""M1x, a mask that depends on the input: f = v^T sigma(W (a*x)), a = softmax(U x + b)."""

from __future__ import annotations

from verify.expr import functions as F
from verify.models._model import Model, activation_of, half_mean_square

SIGN = "M1x"
FORMULA = "f = v^T sigma(W (a*x)), a = softmax(U x + b)"


def build(n: int = 1, p: int = 2, m: int = 2, activation: str = "tanh") -> Model:
    """Return the two-layer network behind a content-dependent mask, on n samples.

    Shapes: X (n, p), y (n,); U (p, p), b (p,), W (m, p), v (m,). Source: content-based global attention.
    """
    X, y = F.argument("X", (n, p)), F.argument("y", (n,))
    U, b = F.argument("U", (p, p)), F.argument("b", (p,))
    W, v = F.argument("W", (m, p)), F.argument("v", (m,))
    mask = F.softmax(X @ U.T + b)
    masked = mask * X
    hidden = activation_of(activation)(masked @ W.T)
    residual = hidden @ v - y
    return Model(
        name="content-mask",
        sign=SIGN,
        formula=FORMULA,
        loss=half_mean_square(residual),
        parameters={"v": v, "W": W, "U": U, "b": b},
        data={"X": X, "y": y},
        definitions={"A": mask, "Z": masked, "H": hidden, "r": residual},
    )
