"""Masked scaled dot-product attention (Vaswani 2017).

The decoder's self-attention: a query sees no later key.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, dot_scores, root, standard
from verify.expr import functions as F


def attend(setting: Setting) -> Attention:
    """Return softmax(q k'/sqrt(d)) v over keys that are not later than the query."""
    earlier = setting.within(lambda i, j: j <= i)
    return standard(setting, F.div(dot_scores(setting.q, setting.k), root(setting.width)), visible=earlier)


VARIANT = Variant(
    name="masked",
    title="Masked scaled dot-product attention (Vaswani 2017)",
    source="Vaswani and others 2017, section 3.2.3",
    formula="A = softmax(QK'/sqrt(d)) over j <= i, O = AV",
    attend=attend,
    support=lambda i, j: j <= i,
    claims=(
        "-permutation-invariant-keys",
        "-repeated-tokens",
        "-query-independent",
        "-padding-invariant",
        "-convex-hull",
        "-value-shift",
        "-masked-no-influence",
        "causal",
        "decode-consistent",
        "shift-invariant-logits",
        "orthogonal-invariant",
        "linear-invariant",
        "scale-rule",
    ),
)
