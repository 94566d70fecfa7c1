"""Attention with linear biases (Press 2021).

Scores fall linearly with the distance of positions.
"""

from __future__ import annotations

from fractions import Fraction

from verify.attention._base import Attention, Setting, Variant, dot_scores, entries, root, standard
from verify.expr import functions as F

SLOPE = Fraction(1, 2)
"""m_h = 2**(-8h/H) for the first of eight heads."""


def attend(setting: Setting) -> Attention:
    """Return softmax(q k'/sqrt(d) - m |i - j|) v."""
    scores = F.div(dot_scores(setting.q, setting.k), root(setting.width))
    bias = entries(
        lambda i, j: -SLOPE * abs(setting.position(i) - setting.key_position(j)), setting.queries, setting.keys
    )
    return standard(setting, F.add(scores, bias))


VARIANT = Variant(
    name="alibi",
    title="Attention with linear biases (Press 2021)",
    source="Press, Smith and Lewis 2021",
    formula="S_ij = q_i.k_j/sqrt(d) - m |i-j|, A = softmax(S), O = AV",
    attend=attend,
    claims=(
        "-permutation-invariant-keys",
        "-repeated-tokens",
        "-query-independent",
        "-padding-invariant",
        "shift-invariant-logits",
        "orthogonal-invariant",
        "linear-invariant",
        "rotary-relative",
        "distance-decay",
    ),
)
