"""Gated attention.

The output of each head is multiplied by a sigmoid gate that the query computes.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, dot_scores, root, standard
from verify.expr import functions as F


def attend(setting: Setting) -> Attention:
    """Return softmax(q k'/sqrt(d)) v * s(q G)."""
    plain = standard(setting, F.div(dot_scores(setting.q, setting.k), root(setting.width)))
    gate = F.sigmoid(F.matmul(setting.q, setting.parameters["G"]))
    return Attention(F.mul(plain.output, gate), plain.weights, plain.scores)


VARIANT = Variant(
    name="gated",
    title="Gated attention",
    source="Qiu and others 2025",
    formula="O = softmax(QK'/sqrt(d))V * s(QG)",
    attend=attend,
    parameters=lambda d, dv: {"G": (d, dv)},
    claims=("-convex-hull", "-value-shift", "shift-invariant-logits"),
)
