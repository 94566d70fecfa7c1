"""Cosine attention (Liu 2021).

Scores are scaled cosines; a zero vector has zero direction.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, column, dot_scores, squares, standard
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr


def attend(setting: Setting) -> Attention:
    """Return softmax(scale cos(q, k)) v."""
    scores = dot_scores(_direction(setting.q), _direction(setting.k))
    return standard(setting, F.mul(setting.parameters["scale"], scores))


def _direction(a: Expr) -> Expr:
    """Return rows divided by their norm; zero rows stay zero."""
    size = squares(a)
    safe = F.where(F.compare(">", size, F.number(0)), size, F.ones(*size.shape))
    return F.div(a, build.broadcast(column(F.sqrt(safe)), a.shape))


VARIANT = Variant(
    name="cosine",
    title="Cosine attention (Liu 2021)",
    source="Liu and others 2021 (Swin V2), and others",
    formula="S_ij = scale q_i.k_j/(|q_i||k_j|), A = softmax(S), O = AV",
    attend=attend,
    parameters=lambda d, dv: {"scale": ()},
    defaults={"scale": "10"},
    claims=("orthogonal-invariant", "rescaling-invariant"),
    smooth=False,
)
