"""L2 attention (Kim 2021).

Scores are negative squared distances, which bounds the slope when queries and keys are tied.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, column, dot_scores, root, squares, standard
from verify.expr import build
from verify.expr import functions as F


def attend(setting: Setting) -> Attention:
    """Return softmax(-|q_i - k_j|^2/sqrt(d)) v."""
    q, k = setting.q, setting.k
    own, other = column(squares(q)), build.reshape(squares(k), (1, setting.keys))
    apart = F.add(F.sub(own, F.mul(2, dot_scores(q, k))), other)
    return standard(setting, F.neg(F.div(apart, root(setting.width))))


VARIANT = Variant(
    name="l2",
    title="L2 attention (Kim 2021)",
    source="Kim, Papamakarios and Mnih 2021",
    formula="S_ij = -|q_i - k_j|^2/sqrt(d), A = softmax(S), O = AV",
    attend=attend,
    claims=("orthogonal-invariant", "scale-rule", "joint-translation-invariant"),
)
