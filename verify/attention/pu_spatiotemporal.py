"""Attention over positions and levels (Pu 2018).

Features of L levels at each position; one softmax over positions, then one over levels, so that the weight of
(position, level) is a product. Keys and values hold the levels side by side: (T, L d).
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, additive_scores, masked_rows
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr

LEVELS = 2
"""Number L of feature levels."""


def attend(setting: Setting) -> Attention:
    """Return sum_l beta_l sum_i alpha_i v_il."""
    p = setting.parameters
    scores = setting.scaled(additive_scores(setting.q, setting.k, p["W"], p["U"], p["u"]))
    alpha = masked_rows(scores, setting.visible, F.softmax)
    summaries = F.matmul(alpha, setting.k)
    beta = F.softmax(F.stack([_level_score(setting, summaries, l) for l in range(LEVELS)], 1))
    mixed = F.matmul(alpha, setting.v)
    width = setting.v.shape[1] // LEVELS
    parts = [
        _scaled(beta, l, build.index(mixed, (slice(None), slice(l * width, (l + 1) * width)))) for l in range(LEVELS)
    ]
    output = parts[0]
    for part in parts[1:]:
        output = F.add(output, part)
    return Attention(output, alpha, scores)


def _level_score(setting: Setting, summaries: Expr, level: int) -> Expr:
    """Return b' tanh(B q + C s_l) for one level, per query."""
    p, width = setting.parameters, setting.width // LEVELS
    own = build.index(summaries, (slice(None), slice(level * width, (level + 1) * width)))
    hidden = F.tanh(F.add(F.matmul(setting.q, F.transpose(p["B"])), F.matmul(own, F.transpose(p["C"]))))
    return F.matmul(hidden, p["b"])


def _scaled(beta: Expr, level: int, part: Expr) -> Expr:
    return F.mul(build.index(beta, (slice(None), slice(level, level + 1))), part)


VARIANT = Variant(
    name="pu_spatiotemporal",
    title="Attention over positions and levels (Pu 2018)",
    source="Pu and others 2018",
    formula="z = sum_l beta_l sum_i alpha_i a_il",
    attend=attend,
    parameters=lambda d, dv: {
        "W": (2, d),
        "U": (2, d),
        "u": (2,),
        "B": (2, d),
        "C": (2, d // LEVELS),
        "b": (2,),
    },
    claims=("-output-shape", "-convex-hull", "-value-shift"),
    multiple=2,
    shrinks=2,
)
