"""Performer attention with positive random features.

phi(x) = exp(w_r.x - |x|^2/2)/sqrt(m) with x scaled by d**(-1/4), w_r fixed.
"""

from __future__ import annotations

from dataclasses import replace

from verify.attention._base import Attention, Setting, Variant, column, dot_scores, root, squares, standard
from verify.expr import functions as F
from verify.expr.node import Expr


def attend(setting: Setting) -> Attention:
    """Return phi(q).phi(k)/sum phi(q).phi(k) v."""
    w = setting.parameters["w"]
    features = _features(setting.q, w), _features(setting.k, w)
    return replace(standard(setting, dot_scores(*features), row_map=_share), features=features)


def _features(a: Expr, w: Expr) -> Expr:
    """Return exp(w x - |x|^2/2), x = a/d**(1/4); the factor 1/sqrt(m) cancels in the ratio."""
    x = F.div(a, F.sqrt(root(a.shape[1])))
    return F.exp(F.sub(F.matmul(x, F.transpose(w)), F.mul(F.lift("1/2"), column(squares(x)))))


def _share(row: Expr) -> Expr:
    return F.div(row, F.sum(row))


VARIANT = Variant(
    name="performer",
    title="Performer attention with positive random features",
    source="Choromanski and others 2020",
    formula="A_ij = phi(q_i).phi(k_j)/sum_l phi(q_i).phi(k_l)",
    attend=attend,
    kernel=True,
    parameters=lambda d, dv: {"w": (3, d)},
    claims=("-finite",),
)
