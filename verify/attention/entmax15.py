"""Entmax-1.5 attention (Peters 2019).

p = (s/2 - tau)^2 on the support, with tau such that the weights sum to one.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, column, dot_scores, root, standard
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr


def attend(setting: Setting) -> Attention:
    """Return entmax15(q k'/sqrt(d)) v."""
    return standard(setting, F.div(dot_scores(setting.q, setting.k), root(setting.width)), row_map=entmax15)


def entmax15(row: Expr) -> Expr:
    """Return the entmax-1.5 weights of a row.

    Each entry x_j proposes the support {x_l >= x_j} and its threshold tau = mean - sqrt((1 - squared deviations)/size).
    A proposal is valid when tau <= x_j; thresholds grow along valid supports, so that the largest one is right.
    """
    count = row.shape[0]
    half = F.mul(F.lift("1/2"), row)
    square = (count, count)
    inside = F.compare(">=", build.broadcast(half, square), build.broadcast(column(half), square))
    flags = F.where(inside, F.ones(*square), F.zeros(*square))
    size = F.sum(flags, 1)
    mean = F.div(F.matmul(flags, half), size)
    apart = F.sub(build.broadcast(half, square), build.broadcast(column(mean), square))
    room = F.sub(1, F.sum(F.mul(flags, F.power(apart, 2)), 1))
    open_room = F.compare(">", room, F.number(0))
    tau = F.sub(mean, F.sqrt(F.div(F.where(open_room, room, F.ones(count)), size)))
    valid = F.logical("and", open_room, F.compare("<=", tau, half))
    lowest = F.sub(F.max(half), 1)
    threshold = F.max(F.where(valid, tau, build.broadcast(lowest, (count,))))
    return F.power(F.relu(F.sub(half, threshold)), 2)


VARIANT = Variant(
    name="entmax15",
    title="Entmax-1.5 attention (Peters 2019)",
    source="Peters, Niculae and Martins 2019",
    formula="A_ij = (s_ij/2 - tau_i)_+^2, sum_j A_ij = 1, O = AV",
    attend=attend,
    claims=("-repeated-tokens", "shift-invariant-logits", "orthogonal-invariant", "linear-invariant", "scale-rule"),
    smooth=False,
)
