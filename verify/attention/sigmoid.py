"""Sigmoid attention (Ramapuram 2024).

Weights are independent of each other; the bias is minus the logarithm of a fixed training length.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, dot_scores, root, standard
from verify.expr import functions as F

LENGTH = 4
"""The training length; fixed, never that of the padded input."""


def attend(setting: Setting) -> Attention:
    """Return s(q k'/sqrt(d) - log(length)) v."""
    scores = F.div(dot_scores(setting.q, setting.k), root(setting.width))
    bias = F.log(F.number(LENGTH))
    return standard(setting, scores, row_map=lambda row: F.sigmoid(F.sub(row, bias)))


VARIANT = Variant(
    name="sigmoid",
    title="Sigmoid attention (Ramapuram 2024)",
    source="Ramapuram and others 2024",
    formula="A_ij = s(q_i.k_j/sqrt(d) - log L), O = AV",
    attend=attend,
    claims=(
        "-convex-hull",
        "-value-shift",
        "-repeated-tokens",
        "orthogonal-invariant",
        "linear-invariant",
        "scale-rule",
        "abstains",
    ),
)
