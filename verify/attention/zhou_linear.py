"""Linear bag-of-words answering (Zhou 2015).

No attention: one linear map of the summed words (queries) and one of the summed regions (values). Its heat maps are
the terms of that sum, which count every region alike, whatever the question.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, entries
from verify.expr import functions as F


def attend(setting: Setting) -> Attention:
    """Return W_v sum_j v_j + W_q sum_i q_i, for every query the same."""
    p = setting.parameters
    seen = setting.seen or (True,) * setting.queries
    words = entries(lambda i, j: int(seen[j]), setting.queries, setting.queries)
    weights = entries(lambda i, j: int(setting.visible[i][j]), setting.queries, setting.keys)
    regions = F.matmul(F.matmul(weights, setting.v), p["WV"])
    return Attention(F.add(regions, F.matmul(F.matmul(words, setting.q), p["WQ"])), weights)


VARIANT = Variant(
    name="zhou_linear",
    title="Linear bag-of-words answering (Zhou 2015)",
    source="Zhou and others 2015, section 2 (recalled, not read again)",
    formula="logits = W_v sum_j v_j + W_q sum_i q_i",
    attend=attend,
    kernel=True,
    parameters=lambda d, dv: {"WV": (dv, dv), "WQ": (d, dv)},
    claims=(
        "-convex-hull",
        "-value-shift",
        "-repeated-tokens",
        "-query-independent",
        "-linear-in-values",
        "-fully-masked-row",
        "-tied-keys",
    ),
)
