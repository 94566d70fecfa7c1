"""Sliding window with attention sinks (Xiao 2023).

The first tokens of the sequence stay visible beside the window.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, dot_scores, root, standard
from verify.expr import functions as F

WINDOW, SINKS = 2, 1
"""Visible keys up to the current one, and the number of first keys that are always visible."""


def attend(setting: Setting) -> Attention:
    """Return softmax over 0 <= i - j < W or j < number of sinks, never a later key."""
    near = setting.within(lambda i, j: i - j >= 0 and (i - j < WINDOW or j < SINKS))
    return standard(setting, F.div(dot_scores(setting.q, setting.k), root(setting.width)), visible=near)


VARIANT = Variant(
    name="streaming_sink",
    title="Sliding window with attention sinks (Xiao 2023)",
    source="Xiao and others 2023",
    formula="A = softmax(QK'/sqrt(d)) over the window and the first tokens, O = AV",
    attend=attend,
    support=lambda i, j: i - j >= 0 and (i - j < WINDOW or j < SINKS),
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
