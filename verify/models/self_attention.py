"""M3, self-attention: P = row-softmax(X W_Q W_K^T X^T / sqrt(d_k)), f = v^T sigma(W mean_t(P X W_V))."""

from __future__ import annotations

from fractions import Fraction

from verify.expr import functions as F
from verify.models._model import Model, activation_of, half_mean_square

SIGN = "M3"
FORMULA = "P = softmax(X W_Q W_K^T X^T / sqrt(dk)), f = v^T sigma(W mean_t(P X W_V)); W only if hidden > 0"


def build(
    n: int = 1,
    T: int = 2,
    d: int = 2,
    dk: int | None = None,
    dv: int | None = None,
    hidden: int = 0,
    activation: str = "tanh",
) -> Model:
    """Return one head of self-attention with mean pooling, on n samples of T tokens.

    Shapes: X (n, T, d), y (n,); W_Q, W_K (d, dk), W_V (d, dv); v (dv,), or with a hidden layer W (hidden, dv) and
    v (hidden,). ``dk`` and ``dv`` default to ``d``. Source: self-attention regression, pooled over tokens.
    """
    dk, dv = dk or d, dv or d
    X, y = F.argument("X", (n, T, d)), F.argument("y", (n,))
    W_Q, W_K, W_V = F.argument("W_Q", (d, dk)), F.argument("W_K", (d, dk)), F.argument("W_V", (d, dv))
    v = F.argument("v", (hidden or dv,))
    scale = F.power(dk, Fraction(-1, 2))
    logits = scale * ((X @ W_Q) @ (X @ W_K).T)
    weights = F.softmax(logits)
    pooled = F.mean(weights @ (X @ W_V), axis=1)
    parameters = {"v": v, "W_V": W_V, "W_Q": W_Q, "W_K": W_K}
    if hidden:
        W = F.argument("W", (hidden, dv))
        parameters = {"v": v, "W": W, "W_V": W_V, "W_Q": W_Q, "W_K": W_K}
        pooled_out = pooled @ W.T
    else:
        pooled_out = pooled
    features = activation_of(activation)(pooled_out)
    residual = features @ v - y
    return Model(
        name="self-attention",
        sign=SIGN,
        formula=FORMULA,
        loss=half_mean_square(residual),
        parameters=parameters,
        data={"X": X, "y": y},
        definitions={"S": logits, "P": weights, "M": pooled, "H": features, "r": residual},
    )
