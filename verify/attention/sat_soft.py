"""Show, attend and tell, soft (Xu 2015).

An additive score, and a gate on the context vector that depends on the decoder state.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, additive_scores, column, masked_rows
from verify.expr import functions as F


def attend(setting: Setting) -> Attention:
    """Return s(g'q) softmax(u' tanh(W q + U k)) v."""
    p = setting.parameters
    scores = setting.scaled(additive_scores(setting.q, setting.k, p["W"], p["U"], p["u"]))
    weights = masked_rows(scores, setting.visible, F.softmax)
    gate = column(F.sigmoid(F.matmul(setting.q, p["g"])))
    return Attention(F.mul(gate, F.matmul(weights, setting.v)), weights, scores)


VARIANT = Variant(
    name="sat_soft",
    title="Show, attend and tell, soft (Xu 2015)",
    source="Xu and others 2015, sections 4.2 and 4.2.1",
    formula="z_t = s(g'q_t) sum_i softmax_i(f_att(a_i, q_t)) a_i",
    attend=attend,
    parameters=lambda d, dv: {"W": (2, d), "U": (2, d), "u": (2,), "g": (d,)},
    claims=("-convex-hull", "-value-shift"),
)
