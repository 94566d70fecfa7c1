"""M3', attention with one query per sample: f = sum_t P_t <w, x_t>, P = softmax(X W q)."""

from __future__ import annotations

from verify.expr import functions as F
from verify.models._model import Model, half_mean_square

SIGN = "M3'"
FORMULA = "f = sum_t P_t <w, x_t>, P = softmax(X W q)"


def build(n: int = 1, T: int = 2, d: int = 2) -> Model:
    """Return single-query attention on n samples of T tokens.

    Shapes: X (n, T, d) tokens, Q (n, d) queries, y (n,); W (d, d) standing for W_Q W_K^T/sqrt(dk), w (d,).
    Source: attention pooling with one query.
    """
    X, Q, y = F.argument("X", (n, T, d)), F.argument("Q", (n, d)), F.argument("y", (n,))
    W, w = F.argument("W", (d, d)), F.argument("w", (d,))
    keys = (Q @ W.T).reshape(n, d, 1)
    logits = (X @ keys).reshape(n, T)
    weights = F.softmax(logits)
    residual = F.sum(weights * (X @ w), axis=1) - y
    return Model(
        name="single-query",
        sign=SIGN,
        formula=FORMULA,
        loss=half_mean_square(residual),
        parameters={"w": w, "W": W},
        data={"X": X, "Q": Q, "y": y},
        definitions={"S": logits, "P": weights, "r": residual},
    )
