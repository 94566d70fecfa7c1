"""Critical points on kinks in what a search left open: located, and each in a box of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.errors import AttnverifyError

if TYPE_CHECKING:
    from verify.expr.tape import Tape

SIMPLE = 10**4
RADIUS = Fraction(1, 10**24)
MAX_CLUSTERS = 40
HALVINGS = 24
BITS = 256


@dataclass(frozen=True)
class KinkedPoint:
    """A point with slopes ``weights`` of its kinks, as (center, radius), and a box in which it is the only one."""

    at: tuple[tuple[Fraction, Fraction], ...]
    weights: tuple[tuple[Fraction, Fraction], ...]
    low: tuple[Fraction, ...]
    high: tuple[Fraction, ...]
    index: int
    kind: str

    def evidence(self, number: int) -> dict[str, Any]:
        """Return the box as a certificate holds it."""
        return {
            "point": number, "low": [str(v) for v in self.low], "high": [str(v) for v in self.high],
            "weights": [str(c) for c, _ in self.weights], "within": [str(r) for _, r in self.weights],
        }  # fmt: skip


def kinked_points(
    tape: Tape, hulls: Sequence[tuple[Sequence[float], Sequence[float]]], scale: Any
) -> list[KinkedPoint]:
    """Return the points on kinks that are found in some boxes (low, high), each with a box that can be checked."""
    from verify.recheck.kinked_points import kinks

    out: list[KinkedPoint] = []
    if not kinks(tape):
        return out
    for low, high in hulls[:MAX_CLUSTERS]:
        middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
        if any(all(a <= x <= b for a, x, b in zip(p.low, middle, p.high, strict=True)) for p in out):
            continue
        try:
            found = _located(tape, low, high, middle, [float(v) for v in scale])
        except (AttnverifyError, ArithmeticError, ValueError):
            continue
        if found is not None and not any(_meet(found, other) for other in out):
            out.append(found)
    return out


def _meet(a: KinkedPoint, b: KinkedPoint) -> bool:
    pairs = zip(a.at, b.at, strict=True)
    return all(abs(x - y) <= r + s for (x, r), (y, s) in pairs)


def _located(
    tape: Tape, low: Sequence[float], high: Sequence[float], middle: Sequence[float], scale: Sequence[float]
) -> KinkedPoint | None:
    import numpy as np

    from numerics.landscape import refined
    from verify.expr.ball import precision
    from verify.recheck.kinked_points import exact_gradient, near
    from verify.recheck.landscape import box_around

    size = len(middle)
    hull = box_around([Fraction(x) for x in middle], [Fraction(b - a) for a, b in zip(low, high, strict=True)])
    with precision(BITS):
        kinked = near(tape, hull)
        count = len(kinked.open)
        piece = kinked.piece((0,) * count)
        solved = refined(piece, np.array([*middle, *[0.5] * count]))
        if solved is None:
            return None
        simple = [value.limit_denominator(SIMPLE) for value in solved]
        radius = [Fraction(0)] * len(simple)
        exact = all(abs(a - b) <= RADIUS for a, b in zip(simple, solved, strict=True))
        if exact:
            from verify.expr.ball import rational

            exact = all(v == 0 for v in exact_gradient(piece, [rational(v) for v in simple]))
        if not exact:
            simple, radius = list(solved), [RADIUS * (1 + int(abs(v))) for v in solved]
    at = tuple(zip(simple[:size], radius[:size], strict=True))
    weights = tuple(zip(simple[size:], radius[size:], strict=True))
    return _boxed(tape, at, weights, scale)


def _boxed(tape: Tape, at: Any, weights: Any, scale: Sequence[float]) -> KinkedPoint | None:
    """Return the point with the largest box that passes the checker's tests, of halved sizes."""
    from verify.expr.ball import precision
    from verify.recheck.kinked_points import index_and_kind, near, require_only
    from verify.recheck.landscape import box_around

    for halving in range(1, HALVINGS):
        reach = [Fraction(side) / 2**halving for side in scale]
        ends = [(Fraction(float(c - r)), Fraction(float(c + r))) for (c, _), r in zip(at, reach, strict=True)]
        middle, half = [(a + b) / 2 for a, b in ends], [(b - a) / 2 for a, b in ends]
        try:
            with precision(BITS):
                box = box_around(middle, half)
                kinked = near(tape, box)
                if len(kinked.open) != len(weights):
                    continue
                require_only(kinked, box)
                tight = box_around([c for c, _ in at], [r for _, r in at])
                index, kind = index_and_kind(
                    kinked, tight, box_around([c for c, _ in weights], [r for _, r in weights])
                )
        except AttnverifyError:
            continue
        return KinkedPoint(at, weights, tuple(a for a, _ in ends), tuple(b for _, b in ends), index, kind)
    return None
