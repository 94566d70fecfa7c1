"""Differential attention (Ye 2024).

The difference of two attention maps; rows sum to 1 - lambda. The per-head norm and its factor are left out.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, dot_scores, masked_rows, root
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr


def attend(setting: Setting) -> Attention:
    """Return (softmax(q1 k1'/sqrt(d)) - lambda softmax(q2 k2'/sqrt(d))) v, halves of the width each."""
    half = setting.width // 2
    first = _map(setting, slice(0, half))
    second = _map(setting, slice(half, setting.width))
    weights = F.sub(first, F.mul(setting.parameters["lambda"], second))
    return Attention(F.matmul(weights, setting.v), weights)


def _map(setting: Setting, part: slice) -> Expr:
    q, k = (build.index(a, (slice(None), part)) for a in (setting.q, setting.k))
    scores = setting.scaled(F.div(dot_scores(q, k), root(q.shape[1])))
    return masked_rows(scores, setting.visible, F.softmax)


VARIANT = Variant(
    name="differential",
    title="Differential attention (Ye 2024)",
    source="Ye and others 2024, authors' code",
    formula="A = softmax(Q1K1'/sqrt(d)) - lambda softmax(Q2K2'/sqrt(d)), O = AV",
    attend=attend,
    parameters=lambda d, dv: {"lambda": ()},
    defaults={"lambda": "1/5"},
    claims=("-convex-hull", "-value-shift", "shift-invariant-logits"),
    multiple=2,
)
