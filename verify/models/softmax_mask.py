"""M1s, an input-independent softmax mask: f = v^T sigma(W (a*x)), a = softmax(s)."""

from __future__ import annotations

from verify.expr import functions as F
from verify.models._model import Model, activation_of, half_mean_square

SIGN = "M1s"
FORMULA = "f = v^T sigma(W (a*x)), a = softmax(s)"


def build(n: int = 1, p: int = 2, m: int = 2, activation: str = "tanh") -> Model:
    """Return the two-layer network behind a softmax mask of the inputs, on n samples.

    Shapes: X (n, p), y (n,); s (p,), W (m, p), v (m,). Source: global attention with normalised weights.
    """
    X, y = F.argument("X", (n, p)), F.argument("y", (n,))
    s, W, v = F.argument("s", (p,)), F.argument("W", (m, p)), F.argument("v", (m,))
    mask = F.softmax(s)
    masked = mask * X
    hidden = activation_of(activation)(masked @ W.T)
    residual = hidden @ v - y
    return Model(
        name="softmax-mask",
        sign=SIGN,
        formula=FORMULA,
        loss=half_mean_square(residual),
        parameters={"v": v, "W": W, "s": s},
        data={"X": X, "y": y},
        definitions={"a": mask, "Z": masked, "H": hidden, "r": residual},
    )
