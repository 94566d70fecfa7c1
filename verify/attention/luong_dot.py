"""Dot-product attention (Luong 2015).

No factor 1/sqrt(d), so that saturation grows with the width.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, dot_scores, standard


def attend(setting: Setting) -> Attention:
    """Return softmax(q k') v."""
    return standard(setting, dot_scores(setting.q, setting.k))


VARIANT = Variant(
    name="luong_dot",
    title="Dot-product attention (Luong 2015)",
    source="Luong and others 2015, section 3.1",
    formula="A = softmax(QK'), O = AV",
    attend=attend,
    claims=("shift-invariant-logits", "orthogonal-invariant", "linear-invariant"),
)
