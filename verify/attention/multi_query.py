"""Multi-query attention (Shazeer 2019).

All query heads share one head of keys and values.
"""

from __future__ import annotations

from verify.attention import _heads
from verify.attention._base import Attention, Setting, Variant

HEADS, GROUPS = 2, 1
"""Query heads, and groups of keys and values."""


def attend(setting: Setting) -> Attention:
    """Return the heads' outputs, each reading its group, mixed by the output matrix."""
    return _heads.attend(setting, HEADS, _heads.blocks(HEADS, GROUPS))


VARIANT = Variant(
    name="multi_query",
    title="Multi-query attention (Shazeer 2019)",
    source="Shazeer 2019",
    formula="O = concat_h(softmax(Q_h K'/sqrt(w)) V) W_O",
    attend=attend,
    parameters=_heads.shapes(HEADS, GROUPS),
    claims=("-convex-hull", "-value-shift", "shift-invariant-logits"),
)
