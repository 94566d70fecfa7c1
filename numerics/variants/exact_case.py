"""Judging relations of library variants in exact arithmetic: rationals and balls of 200 bits.

Both sides of a relation are enclosed. Disjoint enclosures refute it, rigorously, for the draw; enclosures that overlap
within 1e-40 are counted as holding on the draw. A relation "holds" in the table when it does on every draw, which is a
search and not a proof; "violated" needs one draw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from numerics.variants.library import BITS, default_parameters, in_balls
from verify.attention._base import Variant
from verify.errors import Undecidable
from verify.expr.ball import as_ball, precision

TIGHT = Fraction(1, 10**40)
"""Enclosures of equal numbers are at most this wide."""


@dataclass(frozen=True)
class Case:
    """One draw for one variant.

    Attributes:
        q: (n, d); k: (T, d); v: (T, dv), arrays of fractions.
        visible: (n, T) of truth values.
        start: position of the first key; seed: of the draw; seen: which queries are not padding.
        noise: (T,) held fixed with the keys, for variants that draw one.
    """

    variant: Variant
    q: Any
    k: Any
    v: Any
    visible: Any
    start: int = 0
    seed: int = 0
    seen: tuple[bool, ...] | None = None
    noise: Any = None

    def but(self, **parts: Any) -> Case:
        """Return a copy with other parts."""
        return replace(self, **parts)

    def run(self, *, beta: Any = None, shift: Any = None) -> tuple[Any, Any]:
        """Return (output, weights) enclosed."""
        parameters = default_parameters(self.variant, self.q.shape[1], self.v.shape[1])
        if "noise" in parameters and self.noise is not None:
            spare = parameters["noise"][len(self.noise) :]
            parameters["noise"] = [*self.noise, *spare]
        return in_balls(
            self.variant, self.q, self.k, self.v, self.visible, parameters=parameters, start=self.start, beta=beta,
            shift=shift, seen=self.seen,
        )  # fmt: skip


def draw(one: Variant, seed: int, *, sizes: tuple[int, int, int, int] = (3, 3, 4, 4), masked: bool = True) -> Case:
    """Return a draw of generic rationals; every row and every column of the mask has a visible entry."""
    rng = np.random.default_rng([seed, *map(ord, one.name)])
    n, t, d, dv = sizes

    def some(length: int, width: int) -> Any:
        entries = [Fraction(int(x), 37) for x in rng.integers(-60, 61, length * width)]
        return np.array(entries, dtype=object).reshape(length, width)

    visible = rng.random((n, t)) < 0.7 if masked and seed % 2 else np.ones((n, t), dtype=bool)
    visible |= np.eye(n, t, k=t - n, dtype=bool)
    if not one.per_query:
        visible = np.broadcast_to(visible[-1:], visible.shape).copy()
    noise = [Fraction(int(x), 41) for x in rng.integers(-40, 41, t)]
    return Case(one, some(n, d), some(t, d), some(t, dv), visible, seed=seed, noise=noise)


def same(a: Any, b: Any) -> bool | None:
    """Return True when all entries agree within :data:`TIGHT`, False when some differ, None when undecided."""
    verdict: bool | None = True
    with precision(BITS):
        for x, y in zip(np.ravel(a).tolist(), np.ravel(b).tolist(), strict=True):
            gap = as_ball(_scalar(x)) - as_ball(_scalar(y))
            if not gap.contains(0):
                return False
            if not gap.rad() < arb(float(TIGHT)):
                verdict = None
    return verdict


def at_least(a: Any, b: Any) -> bool | None:
    """Return True when all a >= b (within :data:`TIGHT`), False when some a < b, None when undecided."""
    verdict: bool | None = True
    with precision(BITS):
        for x, y in zip(np.ravel(a).tolist(), np.ravel(b).tolist(), strict=True):
            gap = as_ball(_scalar(x)) - as_ball(_scalar(y))
            if gap < 0:
                return False
            if not gap >= 0 and not gap.rad() < arb(float(TIGHT)):
                verdict = None
    return verdict


def _scalar(x: Any) -> Any:
    from verify.expr.ball import rational

    return rational(Fraction(x)) if isinstance(x, int | Fraction) else x


def decided(check: Any, case: Case) -> bool | None:
    """Return what a check says, None where it meets an undecided comparison."""
    try:
        with precision(BITS):
            answer: bool | None = check(case)
    except Undecidable:
        return None
    return answer
