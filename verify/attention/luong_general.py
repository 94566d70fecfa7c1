"""General attention (Luong 2015).

A learned bilinear form between query and key.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, dot_scores, standard
from verify.expr import functions as F


def attend(setting: Setting) -> Attention:
    """Return softmax(q W k') v."""
    return standard(setting, dot_scores(F.matmul(setting.q, setting.parameters["W"]), setting.k))


VARIANT = Variant(
    name="luong_general",
    title="General attention (Luong 2015)",
    source="Luong and others 2015, section 3.1",
    formula="A = softmax(Q W K'), O = AV",
    attend=attend,
    parameters=lambda d, dv: {"W": (d, d)},
    claims=("shift-invariant-logits",),
)
