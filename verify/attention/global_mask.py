"""Fixed mask on tokens.

A learned mask a multiplies the tokens: O_i = a_i v_i. The weights do not depend on the inputs.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, entries
from verify.expr import build
from verify.expr import functions as F


def attend(setting: Setting) -> Attention:
    """Return diag(a) v, with a given by slot."""
    a, offset = setting.parameters["a"], setting.keys - setting.queries

    def weight(i: int, j: int):  # type: ignore[no-untyped-def]
        return build.index(a, setting.key_position(j) % a.shape[0]) if j == offset + i and setting.visible[i][j] else 0

    weights = entries(weight, setting.queries, setting.keys)
    return Attention(F.matmul(weights, setting.v), weights)


VARIANT = Variant(
    name="global_mask",
    title="Fixed mask on tokens",
    source="the mask of the seed paper, token form",
    formula="A = diag(a), O = AV",
    attend=attend,
    kernel=True,
    parameters=lambda d, dv: {"a": (8,)},
    claims=(
        "-permutation-invariant-keys",
        "-convex-hull",
        "-value-shift",
        "-repeated-tokens",
        "-query-independent",
        "-padding-invariant",
        "-tied-keys",
        "-masked-no-influence",
        "-masked-poison",
        "-fully-masked-row",
    ),
    square=True,
)
