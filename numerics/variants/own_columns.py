"""Columns of the table that concern single variants, or the library's NumPy reading: P45, P47, P52, P54 to P56."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from numerics.variants.exact_case import Case, at_least, decided, draw, same
from numerics.variants.library import default_parameters, in_balls
from verify.attention._base import Variant

DRAWS = range(6)

FORMATS = ("float64", "float32", "float16")

SECONDS = 6.0
"""Time for the comparison of the NumPy reading with the exact one."""


def distance_slope(case: Case) -> bool | None:
    """P47: among equal keys, a nearer one never has a smaller weight, and a visible difference exists."""
    k = np.repeat(case.k[:1], len(case.k), axis=0)
    n, t = case.visible.shape
    weights = case.but(k=k, visible=np.ones_like(case.visible)).run()[1]
    apart = [[abs(t - n + i - j) for j in range(t)] for i in range(n)]
    order = [np.argsort(row, kind="stable") for row in apart]
    nearer = np.array([weights[i][one[:-1]] for i, one in enumerate(order)])
    farther = np.array([weights[i][one[1:]] for i, one in enumerate(order)])
    equal = same(nearer, farther)
    return False if equal else at_least(nearer, farther)


def other_padding(case: Case) -> bool | None:
    """P52: padded queries, whatever they hold, change nothing."""
    n = len(case.q)
    answers = []
    for junk in (Fraction(2), Fraction(-7, 2)):
        pad = np.array([[junk] * case.q.shape[1]] * 2, dtype=object)
        visible = np.concatenate([case.visible, np.repeat(case.visible[:1], 2, axis=0)])
        grown = case.but(q=np.concatenate([case.q, pad]), visible=visible, seen=(True,) * n + (False,) * 2)
        answers.append(same(grown.run()[0][:n], case.run()[0]))
    return False if False in answers else (None if None in answers else True)


def rank_one(case: Case) -> bool | None:
    """P54: the weight of (position, level), read off with unit values, is a product."""
    t, width = case.v.shape
    levels = case.variant.shrinks
    found = np.empty((len(case.q), t, levels), dtype=object)
    for j in range(t):
        for level in range(levels):
            v = np.array([[Fraction(0)] * width for _ in range(t)], dtype=object)
            v[j, level * (width // levels)] = Fraction(1)
            found[:, j, level] = case.but(v=v).run()[0][:, 0]
    one, other = found[:, :-1, :-1] * found[:, 1:, 1:], found[:, :-1, 1:] * found[:, 1:, :-1]
    return same(one.ravel(), other.ravel())


def silenced(case: Case) -> bool | None:
    """P55: a zero slot of the mask silences its own token, and no other."""
    d, dv = case.q.shape[1], case.v.shape[1]
    own = default_parameters(case.variant, d, dv)
    gone: dict[str, list[Fraction]] = {
        **own,
        "a": [Fraction(0) if place == 1 else x for place, x in enumerate(own["a"])],
    }
    n = len(case.q)
    visible = np.ones((n, n), dtype=bool)
    before, after = (
        in_balls(case.variant, case.q, case.k[:n], case.v[:n], visible, parameters=some)[0] for some in (own, gone)
    )
    rest = [i for i in range(n) if i != 1]
    answers = same(after[1], np.full(dv, Fraction(0))), same(after[rest], before[rest])
    return False if False in answers else (None if None in answers else True)


def _on_draws(check: Callable[[Case], bool | None], names: tuple[str, ...]) -> Callable[[Variant], str]:
    def judge(one: Variant) -> str:
        if one.name not in names:
            return "."
        answers = [decided(check, draw(one, seed)) for seed in DRAWS]
        return "-" if False in answers else ("+" if True in answers else "?")

    return judge


def at_zero(one: Variant) -> str:
    """P45: outputs of the NumPy reading are finite where queries and keys are zero, or all equal."""
    from numerics.variants.library import as_function

    function, case = as_function(one), draw(one, 0)
    for name in FORMATS:
        for level in (0.0, 1.0):
            q, k = (np.full(part.shape, level, dtype=name) for part in (case.q, case.k))
            with np.errstate(all="ignore"):
                made: Any = function(q, k, case.v.astype(name))
            output = made[0] if isinstance(made, tuple) else made
            if not np.isfinite(output).all():
                return "-"
    return "+"


def agrees(one: Variant) -> str:
    """P56: the NumPy reading is within its rounding bound of the exact one."""
    from numerics.variants.campaign import campaign
    from numerics.variants.rounding import FORMATS as KNOWN
    from numerics.variants.target import load_target
    from verify.properties import properties

    (found,) = campaign(
        load_target(one.name), [properties()["equals-reference"]], [KNOWN["float64"]], budget=SECONDS, seed=0,
        examples=0, reference=one,
    )  # fmt: skip
    return {"refuted": "-", "supported": "+"}.get(found.verdict, "?")


OWN_COLUMNS: dict[str, Callable[[Variant], str]] = {
    "P45": at_zero, "P47": _on_draws(distance_slope, ("alibi",)),
    "P52": _on_draws(other_padding, ("lu_parallel", "lu_alternating")),
    "P54": _on_draws(rank_one, ("pu_spatiotemporal",)), "P55": _on_draws(silenced, ("global_mask",)), "P56": agrees,
}  # fmt: skip
"""Judges by column; "." where the question has no meaning."""
