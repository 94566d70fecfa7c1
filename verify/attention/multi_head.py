"""Multi-head attention (Vaswani 2017).

Each head projects queries, keys and values; the heads' outputs are joined and mixed by the output matrix.
"""

from __future__ import annotations

from verify.attention import _heads
from verify.attention._base import Attention, Setting, Variant

HEADS, GROUPS = 2, 2
"""Query heads, and groups of keys and values."""


def attend(setting: Setting) -> Attention:
    """Return the heads' outputs, each reading its group, mixed by the output matrix."""
    return _heads.attend(setting, HEADS, _heads.blocks(HEADS, GROUPS))


VARIANT = Variant(
    name="multi_head",
    title="Multi-head attention (Vaswani 2017)",
    source="Vaswani and others 2017, section 3.2.2",
    formula="O = concat_h(softmax(Q_h K_h'/sqrt(w)) V_h) W_O",
    attend=attend,
    parameters=_heads.shapes(HEADS, GROUPS),
    claims=("-convex-hull", "-value-shift", "shift-invariant-logits"),
)
