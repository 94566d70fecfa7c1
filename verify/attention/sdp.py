"""Scaled dot-product attention (Vaswani 2017).

Scores q.k/sqrt(d), softmax over visible keys.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, dot_scores, root, standard
from verify.expr import functions as F


def attend(setting: Setting) -> Attention:
    """Return softmax(q k'/sqrt(d)) v."""
    return standard(setting, F.div(dot_scores(setting.q, setting.k), root(setting.width)))


VARIANT = Variant(
    name="sdp",
    title="Scaled dot-product attention (Vaswani 2017)",
    source="Vaswani and others 2017, section 3.2.1",
    formula="A = softmax(QK'/sqrt(d)), O = AV",
    attend=attend,
    claims=("shift-invariant-logits", "orthogonal-invariant", "linear-invariant", "scale-rule"),
)
