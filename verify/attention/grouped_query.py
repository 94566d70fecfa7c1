"""Grouped-query attention (Ainslie 2023).

Consecutive blocks of query heads share the keys and values of one group.
"""

from __future__ import annotations

from verify.attention import _heads
from verify.attention._base import Attention, Setting, Variant

HEADS, GROUPS = 4, 2
"""Query heads, and groups of keys and values."""


def attend(setting: Setting) -> Attention:
    """Return the heads' outputs, each reading its group, mixed by the output matrix."""
    return _heads.attend(setting, HEADS, _heads.blocks(HEADS, GROUPS))


VARIANT = Variant(
    name="grouped_query",
    title="Grouped-query attention (Ainslie 2023)",
    source="Ainslie and others 2023",
    formula="O = concat_h(softmax(Q_h K_g'/sqrt(w)) V_g) W_O, g = floor(h G/H)",
    attend=attend,
    parameters=_heads.shapes(HEADS, GROUPS),
    claims=("-convex-hull", "-value-shift", "shift-invariant-logits"),
)
