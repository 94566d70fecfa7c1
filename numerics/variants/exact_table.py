"""The columns of the table "which variant has which property" that exact arithmetic decides, and the table itself.

Each column is a function from a case to True (holds on this draw), False (violated), or None (undecided). The names are
those of the catalogue of properties. A column that does not apply to a variant is not asked.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from numerics.variants.exact_case import Case, at_least, decided, draw, same
from verify.attention._base import Variant

Column = Callable[[Case], "bool | None"]

ONE, HUGE = Fraction(1), Fraction(10**15)


def row_sums(case: Case) -> bool | None:
    weights = case.run()[1]
    return same(weights.sum(axis=1), [ONE] * weights.shape[0])


def nonnegative(case: Case) -> bool | None:
    weights = case.run()[1]
    return at_least(weights, np.full(weights.shape, Fraction(0)))


def substochastic(case: Case) -> bool | None:
    weights = case.run()[1]
    sums = at_least([ONE] * weights.shape[0], weights.sum(axis=1))
    return False if sums is False else nonnegative(case) and sums


def hull(case: Case) -> bool | None:
    """Coordinates of outputs between those of visible values; levels of one output are joined."""
    output = case.run()[0]
    for i, row in enumerate(case.visible):
        levels = case.variant.shrinks
        values = np.concatenate(np.split(case.v[row], levels, axis=1))
        if False in (at_least(output[i], values.min(axis=0)), at_least(values.max(axis=0), output[i])):
            return False
    return True


def value_shift(case: Case) -> bool | None:
    shift = Fraction(3, 2)
    return same(case.but(v=case.v + shift).run()[0], case.run()[0] + _exact(shift))


def linear(case: Case) -> bool | None:
    other = case.v[::-1] * 2 + 1
    both = case.but(v=case.v * 2 - other * 3).run()[0]
    return same(both, case.run()[0] * 2 - case.but(v=other).run()[0] * 3)


def permuted(case: Case) -> bool | None:
    """Keys with values and mask columns; variants with a residual or fixed slots: all tokens together."""
    order = np.roll(np.arange(case.k.shape[0]), 1)
    if case.variant.square and not case.variant.kernel:
        other = case.but(q=case.q[order], k=case.k[order], v=case.v[order], visible=case.visible[order][:, order])
        return same(other.run()[0], case.run()[0][order])
    other = case.but(k=case.k[order], v=case.v[order], visible=case.visible[:, order])
    return same(other.run()[0], case.run()[0])


def other_queries(case: Case) -> bool | None:
    q = case.q * 2 + 1
    q[0] = case.q[0]
    return same(case.but(q=q).run()[0][0], case.run()[0][0])


def score_shift(case: Case) -> bool | None:
    return same(case.run(shift=Fraction(2))[0], case.run()[0])


def key_shift(case: Case) -> bool | None:
    return same(case.but(k=case.k + np.array([Fraction(j, 2) for j in range(1, case.k.shape[1] + 1)])).run()[0],
                case.run()[0])  # fmt: skip


def _turn(d: int) -> Any:
    """An orthogonal matrix of fractions that mixes the first, second and last coordinates."""
    turn = np.array([[Fraction(int(i == j)) for j in range(d)] for i in range(d)], dtype=object)
    for i, j in ((0, 1), (0, d - 1)):
        step = np.array([[Fraction(int(a == b)) for b in range(d)] for a in range(d)], dtype=object)
        step[i, i], step[i, j], step[j, i], step[j, j] = Fraction(3, 5), Fraction(-4, 5), Fraction(4, 5), Fraction(3, 5)
        turn = turn @ step
    return turn


def orthogonal(case: Case) -> bool | None:
    turn = _turn(case.q.shape[1])
    return same(case.but(q=case.q @ turn, k=case.k @ turn).run()[0], case.run()[0])


def bilinear(case: Case) -> bool | None:
    q, k = case.q.copy(), case.k.copy()
    q[:, -1] = q[:, -1] + q[:, 0]
    k[:, 0] = k[:, 0] - k[:, -1]
    return same(case.but(q=q, k=k).run()[0], case.run()[0])


def repeated(case: Case) -> bool | None:
    """Every token twice; with a residual queries too."""
    k, v = np.repeat(case.k, 2, axis=0), np.repeat(case.v, 2, axis=0)
    if case.variant.square:
        visible = np.repeat(np.repeat(case.visible, 2, axis=0), 2, axis=1)
        other = case.but(q=np.repeat(case.q, 2, axis=0), k=k, v=v, visible=visible)
        return same(other.run()[0], np.repeat(case.run()[0], 2, axis=0))
    other = case.but(k=k, v=v, visible=np.repeat(case.visible, 2, axis=1), noise=np.repeat(case.noise, 2).tolist())
    return same(other.run()[0], case.run()[0])


def equal_keys(case: Case) -> bool | None:
    k = case.k.copy()
    k[:] = k[0]
    weights = case.but(k=k, visible=np.ones_like(case.visible)).run()[1]
    return same(weights[:, :-1], weights[:, 1:])


def later_positions(case: Case) -> bool | None:
    return same(case.but(start=3).run()[0], case.run()[0])


def hidden_content(case: Case) -> bool | None:
    visible = case.visible.copy()
    visible[:, 0] = False
    visible[:, 1:] = True
    k, v = case.k.copy(), case.v.copy()
    k[0], v[0] = k[0] * 3 + 1, v[0] * 5 + 2
    masked = case.but(visible=visible, seen=(True,) * len(case.q))
    rows = slice(1, None) if case.variant.square else slice(None)
    return same(masked.but(k=k, v=v).run()[0][rows], masked.run()[0][rows])


def _padded(case: Case, front: bool) -> tuple[Case, slice]:
    pad = np.array([[Fraction(2)] * case.k.shape[1]] * 2, dtype=object)
    wide = np.array([[Fraction(-3)] * case.v.shape[1]] * 2, dtype=object)
    n = len(case.q)

    def grow(a: Any, more: Any) -> Any:
        return np.concatenate([more, a] if front else [a, more])

    visible = np.pad(case.visible, ((2, 0), (2, 0)) if front else ((0, 2), (0, 2)))
    seen = (False,) * 2 + (True,) * n if front else (True,) * n + (False,) * 2
    noise = [Fraction(0)] * 2 + case.noise if front else case.noise + [Fraction(0)] * 2
    grown = case.but(
        noise=noise, q=grow(case.q, pad), k=grow(case.k, pad), v=grow(case.v, wide), visible=visible, seen=seen
    )
    return grown, slice(2, None) if front else slice(0, n)


def right_padding(case: Case) -> bool | None:
    grown, rows = _padded(case, front=False)
    return same(grown.run()[0][rows], case.run()[0])


def left_padding(case: Case) -> bool | None:
    grown, rows = _padded(case, front=True)
    return same(grown.run()[0][rows], case.run()[0])


def prefix(case: Case) -> bool | None:
    n = len(case.q)
    whole = case.but(visible=np.tri(n, dtype=bool))
    part = whole.but(q=case.q[:-1], k=case.k[:-1], v=case.v[:-1], visible=np.tri(n - 1, dtype=bool))
    return same(part.run()[0], whole.run()[0][:-1])


def sharpest(case: Case) -> bool | None:
    """Beta grows: the uniform law on the largest scores of the support (generic draws have one)."""
    if case.seed % 3 == 2:
        case = case.but(q=abs(case.q), k=-abs(case.k))
    limits = {0: Fraction(0), 1: Fraction(1)}
    for row in case.run(beta=HUGE)[1]:
        picks = [_near(entry, limits) for entry in row]
        if None in picks or sum(pick for pick in picks if pick is not None) != 1:
            return False
    return True


def _near(entry: Any, limits: dict[int, Fraction]) -> int | None:
    for number, limit in limits.items():
        gap = float(_ball(entry).mid()) - float(limit)
        if abs(gap) < 1e-30:
            return number
    return None


def uniform(case: Case) -> bool | None:
    weights = case.run(beta=Fraction(0))[1]
    count = case.visible.sum(axis=1)
    even = [[Fraction(int(see), int(count[i])) for see in row] for i, row in enumerate(case.visible)]
    return same(weights, np.array(even, dtype=object))


def diameter(case: Case) -> bool | None:
    """Values far from zero beside their spread show gates and row sums that differ; opposed halves, signed weights."""
    if case.seed == 0 and case.q.shape == (3, 4):
        q, k = [[9, 0, 0, 9], [0, 9, 9, 0], [9, 0, 0, 9]], [[1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]]
        case = case.but(q=_fractions(q), k=_fractions(k), v=np.stack([case.v[0], case.v[1], case.v[0]]))
    case = case.but(v=case.v + (50 if case.seed % 3 else 0))
    output = case.run()[0]
    values = np.concatenate(np.split(case.v, case.variant.shrinks, axis=1))
    spread = values.max(axis=0) - values.min(axis=0)
    answers = [
        at_least(spread, output[i] - output[j]) for i in range(len(output)) for j in range(len(output)) if i != j
    ]
    return False not in answers


def _fractions(rows: Any) -> Any:
    return np.array([[Fraction(x) for x in row] for row in rows], dtype=object)


def scale(case: Case) -> bool | None:
    wide = case.but(q=np.tile(case.q, (1, 16)), k=np.tile(case.k, (1, 16)))
    return same(wide.run()[0], case.but(q=case.q * 2, k=case.k * 2).run()[0])


def support(case: Case) -> bool | None:
    """Weights are nonzero exactly where the mask and the declared support say so; scores spread widely."""
    weights = case.but(q=case.q * 3).run()[1]
    n, t = case.visible.shape
    for i in range(n):
        for j in range(t):
            open_to = bool(case.visible[i, j]) and case.variant.support(t - n + i, j)
            if _vanishes(weights[i, j]) == open_to:
                return False
    return True


def _vanishes(entry: Any) -> bool:
    return bool(entry.is_zero()) if isinstance(entry, arb) else bool(entry == 0)


def decoding(case: Case) -> bool | None:
    n = len(case.q)
    whole = case.but(visible=np.tri(n, dtype=bool))
    last = whole.but(q=case.q[-1:], visible=np.ones((1, n), dtype=bool))
    return same(last.run()[0], whole.run()[0][-1:])


def responds(case: Case) -> bool | None:
    a, b = case.run()[1], case.but(q=case.q[::-1] * 3 + 1).run()[1]
    return same(a, b) is False


def joint_translation(case: Case) -> bool | None:
    step = np.array([Fraction(j + 1, 2) for j in range(case.k.shape[1])])
    return same(case.but(q=case.q + step, k=case.k + step).run()[0], case.run()[0])


def rescaling(case: Case) -> bool | None:
    q, k = case.q.copy(), case.k.copy()
    q[0], k[0] = q[0] * 2, k[0] * 3
    return same(case.but(q=q, k=k).run()[0], case.run()[0])


def abstention(case: Case) -> bool | None:
    weights = case.run(shift=-HUGE)[1]
    return all(_near(entry, {0: Fraction(0)}) == 0 for entry in weights.ravel())


def _ball(entry: Any) -> Any:
    from verify.expr.ball import as_ball

    return as_ball(entry)


def _exact(value: Fraction) -> Any:
    from verify.expr.ball import rational

    return rational(value)


COLUMNS: dict[str, Column] = {
    "P01": row_sums, "P02": nonnegative, "P03": substochastic, "P04": hull, "P05": value_shift, "P06": linear,
    "P07": permuted, "P08": other_queries, "P09": score_shift, "P10": key_shift, "P11": orthogonal, "P12": bilinear,
    "P13": repeated, "P14": equal_keys, "P15": later_positions, "P16": hidden_content, "P19": right_padding,
    "P20": left_padding, "P22": prefix, "P27": sharpest, "P28": uniform, "P32": diameter, "P36": scale,
    "P39": support, "P40": decoding, "P42": responds, "P43": joint_translation, "P44": rescaling, "P49": abstention,
}  # fmt: skip

NO_SCORES = ("P27", "P28", "P49")
"""Columns that scale or shift scores; kernels and fixed masks have none."""


def applies(one: Variant, column: str) -> bool:
    """Whether the question has a meaning for the variant."""
    if column in NO_SCORES and one.kernel:
        return False
    return one.per_query or column not in ("P22", "P40")


DRAWS = 6
"""Draws per cell."""


def cell(one: Variant, column: str, *, seeds: range = range(DRAWS)) -> str:
    """Return "+" (held on every draw), "-" (violated on one), or "?" (nothing decided)."""
    held = False
    for seed in seeds:
        answer = decided(COLUMNS[column], draw(one, seed))
        if column == "P42" and answer is not None:
            if answer:
                return "+"
            held = held or not answer
            continue
        if answer is False:
            return "-"
        held = held or answer is True
    if column == "P42":
        return "-" if held else "?"
    return "+" if held else "?"
