"""Global attention with the concat score (Luong 2015).

One matrix acts on query and key side by side; split in two blocks it is the additive score.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, additive_scores, standard
from verify.expr import build


def attend(setting: Setting) -> Attention:
    """Return softmax(u' tanh(W [q; k])) v."""
    p, d = setting.parameters, setting.width
    left, right = (build.index(p["W"], (slice(None), part)) for part in (slice(0, d), slice(d, 2 * d)))
    return standard(setting, additive_scores(setting.q, setting.k, left, right, p["u"]))


VARIANT = Variant(
    name="luong_concat",
    title="Global attention, concat score (Luong 2015)",
    source="Luong, Pham and Manning 2015, section 3.1",
    formula="e_ij = u' tanh(W [q_i; k_j]), A = softmax(e), O = AV",
    attend=attend,
    parameters=lambda d, dv: {"W": (2, 2 * d), "u": (2,)},
)
