"""Heads side by side in projected features, with groups that share keys and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from verify.attention._base import Attention, Setting, dot_scores, masked_rows, root
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr

Group = Callable[[int], int]
"""Number of a head -> number of the group whose keys and values it reads."""


def blocks(heads: int, groups: int) -> Group:
    """Return the assignment of consecutive blocks of heads to groups: head h reads group floor(h G/H)."""
    return lambda head: head * groups // heads


def shapes(heads: int, groups: int, *, width: int = 2) -> Callable[[int, int], Mapping[str, tuple[int, ...]]]:
    """Return the shapes of projections to ``heads`` query heads and ``groups`` groups, each ``width`` wide."""

    def of(d: int, dv: int) -> Mapping[str, tuple[int, ...]]:
        return {
            "WQ": (d, heads * width), "WK": (d, groups * width), "WV": (dv, groups * width),
            "WO": (heads * width, dv),
        }  # fmt: skip

    return of


def attend(setting: Setting, heads: int, group: Group) -> Attention:
    """Return concat_h(softmax(Q_h K_g(h)'/sqrt(w)) V_g(h)) W_O with w the width of a head."""
    p = setting.parameters
    q, k, v = F.matmul(setting.q, p["WQ"]), F.matmul(setting.k, p["WK"]), F.matmul(setting.v, p["WV"])
    width, n = q.shape[1] // heads, setting.queries
    scores = [dot_scores(block(q, head, width), block(k, group(head), width)) for head in range(heads)]
    stacked = setting.scaled(F.div(F.concatenate(scores), root(width)))
    weights = masked_rows(stacked, setting.visible * heads, F.softmax)
    outputs = [F.matmul(weights[head * n : (head + 1) * n, :], block(v, group(head), width)) for head in range(heads)]
    return Attention(F.matmul(F.concatenate(outputs, 1), p["WO"]), scores=stacked, maps=(weights,))


def block(a: Expr, number: int, width: int) -> Expr:
    """Return one block of columns."""
    return build.index(a, (slice(None), slice(number * width, (number + 1) * width)))
