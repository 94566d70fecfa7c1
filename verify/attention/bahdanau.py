"""Additive attention (Bahdanau 2014).

One hidden layer of tanh units scores each pair.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, additive_scores, standard


def attend(setting: Setting) -> Attention:
    """Return softmax(u' tanh(W q + U k)) v."""
    p = setting.parameters
    return standard(setting, additive_scores(setting.q, setting.k, p["W"], p["U"], p["u"]))


VARIANT = Variant(
    name="bahdanau",
    title="Additive attention (Bahdanau 2014)",
    source="Bahdanau, Cho and Bengio 2014, appendix A",
    formula="e_ij = u' tanh(W q_i + U k_j), A = softmax(e), O = AV",
    attend=attend,
    parameters=lambda d, dv: {"W": (2, d), "U": (2, d), "u": (2,)},
)
