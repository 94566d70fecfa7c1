"""M0, the baseline without attention: f = v^T sigma(W x)."""

from __future__ import annotations

from verify.expr import functions as F
from verify.models._model import Model, activation_of, half_mean_square

SIGN = "M0"
FORMULA = "f = v^T sigma(W x)"


def build(n: int = 1, p: int = 2, m: int = 2, activation: str = "tanh") -> Model:
    """Return the two-layer network on n samples.

    Shapes: X (n, p), y (n,); W (m, p), v (m,). Source: the baseline of the sample-complexity comparison.
    """
    X, y = F.argument("X", (n, p)), F.argument("y", (n,))
    W, v = F.argument("W", (m, p)), F.argument("v", (m,))
    hidden = activation_of(activation)(X @ W.T)
    residual = hidden @ v - y
    return Model(
        name="baseline",
        sign=SIGN,
        formula=FORMULA,
        loss=half_mean_square(residual),
        parameters={"v": v, "W": W},
        data={"X": X, "y": y},
        definitions={"H": hidden, "r": residual},
    )
