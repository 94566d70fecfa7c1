"""Sliding-window attention.

A query sees itself and the W - 1 keys before it.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, dot_scores, root, standard
from verify.expr import functions as F

WINDOW = 2
"""Number of visible keys, the current one included."""


def attend(setting: Setting) -> Attention:
    """Return softmax over 0 <= i - j < W."""
    near = setting.within(lambda i, j: 0 <= i - j < WINDOW)
    return standard(setting, F.div(dot_scores(setting.q, setting.k), root(setting.width)), visible=near)


VARIANT = Variant(
    name="sliding_window",
    title="Sliding-window attention",
    source="Beltagy, Peters and Cohan 2020",
    formula="A = softmax(QK'/sqrt(d)) over 0 <= i-j < W, O = AV",
    attend=attend,
    support=lambda i, j: 0 <= i - j < WINDOW,
    claims=(
        "-permutation-invariant-keys",
        "-repeated-tokens",
        "-query-independent",
        "-convex-hull",
        "-value-shift",
        "-masked-no-influence",
        "-padding-invariant",
        "causal",
    ),
)
