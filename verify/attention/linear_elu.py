"""Linear attention with elu+1 features.

Kernel features phi = elu + 1 are positive; the weights are their normalised products.
"""

from __future__ import annotations

from dataclasses import replace

from verify.attention._base import Attention, Setting, Variant, dot_scores, standard
from verify.expr import functions as F
from verify.expr.node import Expr


def attend(setting: Setting) -> Attention:
    """Return phi(q).phi(k)/sum phi(q).phi(k) v."""
    features = _features(setting.q), _features(setting.k)
    return replace(standard(setting, dot_scores(*features), row_map=_share), features=features)


def _features(a: Expr) -> Expr:
    """Return elu(a) + 1: a + 1 for positive entries, exp(a) for others."""
    return F.where(F.compare(">", a, F.number(0)), F.add(a, 1), F.exp(F.minimum(a, 0)))


def _share(row: Expr) -> Expr:
    return F.div(row, F.sum(row))


VARIANT = Variant(
    name="linear_elu",
    title="Linear attention with elu+1 features",
    source="Katharopoulos and others 2020",
    formula="A_ij = phi(q_i).phi(k_j)/sum_l phi(q_i).phi(k_l), phi = elu + 1",
    attend=attend,
    kernel=True,
    claims=("-finite",),
    smooth=False,
)
