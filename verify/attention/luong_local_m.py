"""Local attention with monotonic alignment (Luong 2015).

Softmax over the keys within D positions of the query; the window is clipped at the ends of the sequence.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, dot_scores, standard

REACH = 1
"""The half width D of the window."""


def attend(setting: Setting) -> Attention:
    """Return softmax over |position of key - position of query| <= D."""
    near = setting.within(lambda i, j: abs(i - j) <= REACH)
    return standard(setting, dot_scores(setting.q, setting.k), visible=near)


VARIANT = Variant(
    name="luong_local_m",
    title="Local attention with monotonic alignment (Luong 2015)",
    source="Luong and others 2015, section 3.2",
    formula="A = softmax(QK') over s in [t-D, t+D], O = AV",
    attend=attend,
    support=lambda i, j: abs(i - j) <= REACH,
    claims=(
        "-permutation-invariant-keys",
        "-repeated-tokens",
        "-query-independent",
        "-convex-hull",
        "-padding-invariant",
        "-value-shift",
        "-masked-no-influence",
    ),
)
