"""Alternating co-attention (Lu 2016).

The question is summarised, the image is attended to given that summary, then the question given the image. The output
is the attended image vector, the same for every query.
"""

from __future__ import annotations

from verify.attention._base import Attention, Mask, Setting, Variant, masked_rows
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr


def attend(setting: Setting) -> Attention:
    """Return sum_t a_t v_t, a = A(k; s), s = A(q; 0)."""
    p = setting.parameters
    seen = setting.seen or (True,) * setting.queries
    summary = F.matmul(_weights(setting, setting.q, None, (seen,), "1"), setting.q)
    any_row: Mask = (tuple(any(row[j] for row in setting.visible) for j in range(setting.keys)),)
    guide = build.reshape(F.matmul(summary, F.transpose(p["G"])), (1, 2))
    one = _weights(setting, setting.k, guide, any_row, "2")
    weights = build.broadcast(one, (setting.queries, setting.keys))
    return Attention(F.matmul(weights, setting.v), weights)


def _weights(setting: Setting, x: Expr, guide: Expr | None, visible: Mask, number: str) -> Expr:
    """Return softmax(h' tanh(X x + guide)) over tokens, as one row."""
    inner = F.matmul(x, F.transpose(setting.parameters["X" + number]))
    hidden = F.tanh(inner if guide is None else F.add(inner, guide))
    scores = setting.scaled(build.reshape(F.matmul(hidden, setting.parameters["h" + number]), (1, x.shape[0])))
    return masked_rows(scores, visible, F.softmax)


VARIANT = Variant(
    name="lu_alternating",
    title="Alternating co-attention (Lu 2016)",
    source="Lu and others 2016, section 3.3",
    formula="s = A(Q; 0), out = A(K; s)",
    attend=attend,
    per_query=False,
    parameters=lambda d, dv: {"X1": (2, d), "h1": (2,), "X2": (2, d), "h2": (2,), "G": (2, d)},
    claims=("-query-independent", "-convex-hull", "-fully-masked-row", "-masked-no-influence"),
)
