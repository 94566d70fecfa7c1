"""Elastic softmax attention.

Softmax with a bias by distance, plus an offset tau/i, cut at zero; masked keys stay at zero.
"""

from __future__ import annotations

from fractions import Fraction

from verify.attention._base import Attention, Setting, Variant, dot_scores, entries, masked_rows, root
from verify.expr import build
from verify.expr import functions as F

SLOPE = Fraction(1, 4)
"""The bias is minus this times the distance of positions."""


def attend(setting: Setting) -> Attention:
    """Return relu(softmax(q k'/sqrt(d) - m|i - j|) + tau/i) v, i the 1-based position of the query."""
    scores = F.div(dot_scores(setting.q, setting.k), root(setting.width))
    bias = entries(
        lambda i, j: -SLOPE * abs(setting.position(i) - setting.key_position(j)), setting.queries, setting.keys
    )
    scores = setting.scaled(F.add(scores, bias))
    rows = []
    for i in range(setting.queries):
        offset = F.div(setting.parameters["tau"], F.number(max(setting.position(i) + 1, 1)))
        own = build.index(scores, (slice(i, i + 1), slice(None)))
        rows.append(
            masked_rows(own, (setting.visible[i],), lambda row, t=offset: F.relu(F.add(F.softmax(row), t)))  # type: ignore[misc]
        )
    weights = F.concatenate(rows)
    return Attention(F.matmul(weights, setting.v), weights, scores)


VARIANT = Variant(
    name="elastic",
    title="Elastic softmax attention",
    source="third-party code of elastic softmax (lazy attention)",
    formula="A_ij = relu(softmax(S + b_{i-j})_ij + tau/i), O = AV",
    attend=attend,
    parameters=lambda d, dv: {"tau": ()},
    defaults={"tau": "-1/3"},
    claims=(
        "-permutation-invariant-keys",
        "-repeated-tokens",
        "-query-independent",
        "-convex-hull",
        "-value-shift",
        "-padding-invariant",
        "shift-invariant-logits",
    ),
    smooth=False,
)
