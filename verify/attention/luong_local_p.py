"""Local attention with predicted alignment (Luong 2015).

A predicted centre p_t = S s(u' tanh(W q)); the softmax within the window is multiplied by a Gaussian around the real
number p_t, and not renormalised. S is the number of visible keys, s is the absolute position counted from 1.
"""

from __future__ import annotations

from fractions import Fraction

from verify.attention._base import Attention, Mask, Setting, Variant, column, dot_scores, masked_rows
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr

REACH = 2
"""The half width D of the window; the Gaussian's standard deviation is D/2."""


def attend(setting: Setting) -> Attention:
    """Return softmax over |s - p_t| <= D times exp(-2 (s - p_t)**2/D**2)."""
    scores = setting.scaled(dot_scores(setting.q, setting.k))
    rows = [_row(setting, scores, i) for i in range(setting.queries)]
    weights = F.stack(rows)
    return Attention(F.matmul(weights, setting.v), weights, scores)


def _row(setting: Setting, scores: Expr, i: int) -> Expr:
    visible: Mask = (setting.visible[i],)
    count = sum(setting.visible[i])
    if not count:
        return F.zeros(setting.keys)
    place = [setting.key_position(j) + 1 for j in range(setting.keys)]
    hidden = F.tanh(F.matmul(setting.parameters["W"], build.index(setting.q, i)))
    centre = F.mul(F.number(count), F.sigmoid(F.matmul(setting.parameters["u"], hidden)))
    apart = F.sub(F.stack([F.number(s) for s in place]), centre)
    inside = F.compare("<=", F.absolute(apart), F.number(REACH))
    bell = F.exp(F.mul(F.number(Fraction(-2, REACH**2)), F.power(apart, 2)))
    own = build.index(scores, (slice(i, i + 1), slice(None)))
    return build.reshape(masked_rows(own, visible, _windowed(inside, setting.visible[i])), (setting.keys,)) * bell


def _windowed(inside: Expr, visible: tuple[bool, ...]):  # type: ignore[no-untyped-def]
    """Softmax over the visible keys inside the window; the window depends on the query, hence no static mask."""
    places = [j for j, see in enumerate(visible) if see]

    def row_map(row: Expr) -> Expr:
        flags = build.gather(F.where(inside, F.ones(*inside.shape), F.zeros(*inside.shape)), places, row.shape)
        apart = F.sub(build.reshape(row, (1, len(places))), column(row))
        total = F.sum(F.mul(F.exp(apart), build.reshape(flags, (1, len(places)))), 1)
        safe = F.where(F.compare(">", total, F.number(0)), total, F.ones(*total.shape))
        return F.div(flags, safe)

    return row_map


VARIANT = Variant(
    name="luong_local_p",
    title="Local attention with predicted alignment (Luong 2015)",
    source="Luong and others 2015, section 3.2",
    formula="A_ts = softmax_window(q k') exp(-(s-p_t)^2/(2 sigma^2)), sigma = D/2",
    attend=attend,
    parameters=lambda d, dv: {"W": (2, d), "u": (2,)},
    claims=(
        "-permutation-invariant-keys",
        "-repeated-tokens",
        "-convex-hull",
        "-padding-invariant",
        "-value-shift",
        "-tied-keys",
        "-masked-no-influence",
    ),
    smooth=False,
)
