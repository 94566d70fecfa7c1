"""Softmax with one added to the denominator.

The same as one more key with score 0 and value 0: a row may attend to nothing.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, dot_scores, root, standard
from verify.expr import functions as F
from verify.expr.node import Expr


def attend(setting: Setting) -> Attention:
    """Return exp(s)/(1 + sum exp(s)) v."""
    return standard(setting, F.div(dot_scores(setting.q, setting.k), root(setting.width)), row_map=softmax1)


def softmax1(row: Expr) -> Expr:
    """Return exp(row)/(1 + sum(exp(row)))."""
    return F.softmax(F.concatenate([row, F.zeros(1)]))[: row.shape[0]]


VARIANT = Variant(
    name="softmax1",
    title="Softmax with one added to the denominator",
    source="Miller 2023, and Xiao and others 2023 for learned sinks",
    formula="A_ij = exp(s_ij)/(1 + sum_l exp(s_il)), O = AV",
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
