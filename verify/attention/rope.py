"""Rotary position embedding (Su 2021).

Pairs of coordinates (2i, 2i+1) of queries and keys turn by position times base**(-2i/d).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from verify.attention._base import Attention, Setting, Variant, dot_scores, root, standard
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr

BASE = 10_000
"""Base of the frequencies."""


def attend(setting: Setting) -> Attention:
    """Return softmax(R_i q_i . R_j k_j/sqrt(d)) v."""
    q, k = _turned(setting.q, setting.position), _turned(setting.k, setting.key_position)
    return standard(setting, F.div(dot_scores(q, k), root(setting.width)))


def _turned(a: Expr, position: Callable[[int], int]) -> Expr:
    count, d = a.shape
    rows = []
    for i in range(count):
        parts = []
        for pair in range(d // 2):
            x, y = build.index(a, (i, 2 * pair)), build.index(a, (i, 2 * pair + 1))
            angle = F.mul(F.number(position(i)), _frequency(pair, d))
            c, s = F.cos(angle), F.sin(angle)
            parts += [F.sub(F.mul(c, x), F.mul(s, y)), F.add(F.mul(s, x), F.mul(c, y))]
        rows.append(F.stack(parts))
    return F.stack(rows)


def _frequency(pair: int, d: int) -> Expr:
    return F.exp(F.mul(F.number(Fraction(-2 * pair, d)), F.log(F.number(BASE))))


VARIANT = Variant(
    name="rope",
    title="Rotary position embedding (Su 2021)",
    source="Su and others 2021",
    formula="S_ij = (R_i q_i).(R_j k_j)/sqrt(d), A = softmax(S), O = AV",
    attend=attend,
    claims=(
        "-permutation-invariant-keys",
        "-repeated-tokens",
        "-query-independent",
        "-padding-invariant",
        "rotary-relative",
    ),
    multiple=2,
)
