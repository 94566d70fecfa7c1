"""Show, attend and tell, hard (Xu 2015).

One key is drawn: the largest of score plus noise, with the noise held fixed (the path-wise reading).
"""

from __future__ import annotations

from functools import reduce

from verify.attention._base import Attention, Setting, Variant, additive_scores, masked_rows
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr


def attend(setting: Setting) -> Attention:
    """Return the value of the key with the largest u' tanh(W q + U k) + noise_j."""
    p = setting.parameters
    scores = setting.scaled(additive_scores(setting.q, setting.k, p["W"], p["U"], p["u"]))
    noise = build.index(p["noise"], slice(0, setting.keys))
    noisy = F.add(scores, build.reshape(noise, (1, setting.keys)))
    weights = masked_rows(noisy, setting.visible, _winner)
    return Attention(F.matmul(weights, setting.v), weights, scores)


def _winner(row: Expr) -> Expr:
    """Return 1 for the largest entry and 0 for the others (noise rules out ties)."""
    count = row.shape[0]
    flags = []
    for j in range(count):
        rivals = [F.compare(">", build.index(row, j), build.index(row, l)) for l in range(count) if l != j]
        wins = reduce(lambda a, b: F.logical("and", a, b), rivals) if rivals else None
        flags.append(F.number(1) if wins is None else F.where(wins, F.number(1), F.number(0)))
    return F.stack(flags)


VARIANT = Variant(
    name="sat_hard",
    title="Show, attend and tell, hard (Xu 2015)",
    source="Xu and others 2015, section 4.1",
    formula="z_t = a_{s_t}, s_t = argmax(f_att(a_i, q_t) + noise_i)",
    attend=attend,
    parameters=lambda d, dv: {"W": (2, d), "U": (2, d), "u": (2,), "noise": (16,)},
    claims=("-permutation-invariant-keys", "-tied-keys"),
    smooth=False,
)
