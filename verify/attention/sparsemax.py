"""Sparsemax attention (Martins 2016).

The score row is projected on the simplex.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, dot_scores, root, standard
from verify.expr import functions as F


def attend(setting: Setting) -> Attention:
    """Return sparsemax(q k'/sqrt(d)) v."""
    return standard(setting, F.div(dot_scores(setting.q, setting.k), root(setting.width)), row_map=F.sparsemax)


VARIANT = Variant(
    name="sparsemax",
    title="Sparsemax attention (Martins 2016)",
    source="Martins and Astudillo 2016",
    formula="A = projection of QK'/sqrt(d) on the simplex, O = AV",
    attend=attend,
    claims=("-repeated-tokens", "shift-invariant-logits", "orthogonal-invariant", "linear-invariant", "scale-rule"),
    smooth=False,
)
