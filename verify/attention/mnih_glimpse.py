"""Glimpse of a recurrent attention model (Mnih 2014), on a line.

Values lie on positions 0 .. T-1. A query's location l = round(position given by the query) selects two windows around
it, the second twice as wide and averaged in pairs; positions outside hold zero. The output is their mixture.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr

REACH = 1
"""Positions on either side of the location in the first window; the second reaches twice as far."""


def attend(setting: Setting) -> Attention:
    """Return w_1 mean(first window) + w_2 mean(second window) of the values around each query's location."""
    weights = F.stack([_row(setting, i) for i in range(setting.queries)])
    return Attention(F.matmul(weights, setting.v), weights)


def _row(setting: Setting, i: int) -> Expr:
    """Return the weight of each position: constant in the query except where a window's edge passes a position."""
    p = setting.parameters
    centre = F.matmul(p["l"], build.index(setting.q, i))
    out = []
    for j, see in enumerate(setting.visible[i]):
        apart = F.absolute(F.sub(F.number(setting.key_position(j)), centre))
        scales = [F.mul(build.index(p["w"], s), _inside(apart, (s + 1) * REACH)) for s in range(2)]
        out.append(F.add(*scales) if see else F.number(0))
    return F.stack(out)


def _inside(apart: Expr, reach: int) -> Expr:
    """Return 1/(2 reach + 1) within the window, else 0; the edge lies half a position beyond its last one."""
    edge = F.add(reach, F.lift("1/2"))
    return F.where(F.compare("<", apart, edge), F.lift(f"1/{2 * reach + 1}"), F.number(0))


VARIANT = Variant(
    name="mnih_glimpse",
    title="Glimpse of a recurrent attention model (Mnih 2014), on a line",
    source="Mnih and others 2014, section 3.1",
    formula="O = sum_s w_s mean of v_j over |j - l| <= s r, l = l'q",
    attend=attend,
    kernel=True,
    parameters=lambda d, dv: {"l": (d,), "w": (2,)},
    claims=(
        "-permutation-invariant-keys",
        "-repeated-tokens",
        "-query-independent",
        "-convex-hull",
        "-value-shift",
        "-padding-invariant",
        "-tied-keys",
        "-masked-no-influence",
        "-accuracy",
    ),
    smooth=False,
)
