"""Zeros of a gradient in small boxes: existence and uniqueness, and the signs of curvatures there.

For a gradient g with enclosed Hessian H(X) over a box X with midpoint c, and any matrix Y, Krawczyk's operator
c - Y g(c) + (1 - Y H(X)) (X - c) inside the interior of X proves that X holds exactly one zero.

Sources: R. E. Moore, R. B. Kearfott, M. J. Cloud, Introduction to Interval Analysis (SIAM 2009), chapter 8;
R. Krawczyk, Computing 4 (1969).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_mat

from verify.errors import Rejected, Undecidable
from verify.expr.ball import ball_between
from verify.expr.evaluate import Domain
from verify.expr.tape import Tape
from verify.recheck.enclosures import Box
from verify.recheck.jets import Run, run

Ball = Any
Rows = list[list[Any]]


@dataclass(frozen=True)
class Slopes:
    """The gradient of a traced objective over boxes."""

    tape: Tape

    def unique(self, box: Box, across: Sequence[int] | None = None) -> list[Ball]:
        """Return balls around the one zero of the gradient in the box.

        Args:
            across: numbers of entries; the zero of the derivatives by these alone, for any values that the other
                entries have in the box. None: all entries.

        Raises:
            Rejected: Krawczyk's test does not show that there is exactly one.
        """
        whole, center = balls(box), [arb(value) for value in box.middle]
        over, at = run(self.tape, whole, second=True), run(self.tape, center, second=False)
        if over is None or at is None or over.rough or at.rough:
            raise Rejected("the objective is not smooth in a box")
        places = list(range(len(center)) if across is None else across)
        hessian = over.hessian()
        rows = [hessian[i] for i in places]
        inverse = _inverse([[row[j] for j in places] for row in rows])
        if inverse is None:
            raise Rejected("the Hessian is singular at the middle of a box")
        slopes = at.gradient()
        rest = inverse * arb_mat(rows)
        step = inverse * arb_mat([[slopes[i]] for i in places])
        out = []
        for row, i in enumerate(places):
            image = center[i] - step[row, 0]
            for j in range(len(center)):
                image = image + ((1 if i == j else 0) - rest[row, j]) * (whole[j] - center[j])
            if not (image.is_finite() and whole[i].contains_interior(image)):
                raise Rejected("Krawczyk's test does not show a single critical point in a box")
            out.append(image)
        return out


def balls(box: Box) -> list[Ball]:
    """Return the sides of a box as balls."""
    return [ball_between(low, high) for low, high in zip(box.low, box.high, strict=True)]


def _inverse(hessian: Rows) -> Any:
    """Return an approximate inverse of the midpoint matrix, as exact numbers; None where it is singular."""
    size = len(hessian)
    middle = arb_mat([[arb(entry.mid()) for entry in row] for row in hessian])
    if not all(middle[i, j].is_finite() for i in range(size) for j in range(size)):
        return None
    try:
        inverse = middle.inv()
    except ZeroDivisionError:
        return None
    exact = arb_mat([[arb(inverse[i, j].mid()) for j in range(size)] for i in range(size)])
    return exact if all(exact[i, j].is_finite() for i in range(size) for j in range(size)) else None


# --- signs of curvatures ----------------------------------------------------------------------------------------


def inertia(rows: Sequence[Sequence[Any]], domain: Domain) -> tuple[int, int, int]:
    """Return the numbers of negative, zero and positive eigenvalues of a symmetric matrix, by congruences.

    Raises:
        Undecidable: a sign stays open.
    """
    work = [list(row) for row in rows]
    left = list(range(len(work)))
    negative = positive = 0
    while left:
        pivot = _pivot(work, left, domain)
        if pivot is None:
            return negative, len(left), positive
        sign = domain.sign(work[pivot][pivot])
        negative, positive = negative + (sign < 0), positive + (sign > 0)
        left.remove(pivot)
        for i in left:
            factor = domain.div(work[i][pivot], work[pivot][pivot])
            for j in left:
                work[i][j] = domain.sub(work[i][j], domain.mul(factor, work[pivot][j]))
    return negative, 0, positive


def _sign(value: Any, domain: Domain) -> int | None:
    try:
        return domain.sign(value)
    except Undecidable:
        return None


def _pivot(work: Rows, left: Sequence[int], domain: Domain) -> int | None:
    """Return a place with a nonzero diagonal entry, made by a congruence if need be; None: all entries are zero."""
    candidates = [k for k in left if _sign(work[k][k], domain)]
    if candidates:
        return max(candidates, key=lambda k: _size(work[k][k]))
    for i in left:
        for j in left:
            if i < j and (sign := _sign(work[i][j], domain)):
                _add_row(work, i, j, sign, left, domain)
                if _sign(work[i][i], domain):
                    return i
    if all(_sign(work[i][j], domain) == 0 for i in left for j in left):
        return None
    raise Undecidable("the sign of a curvature is not decided")


def _size(value: Any) -> float:
    """Return a rough size for choosing pivots; it decides nothing."""
    try:
        return abs(float(value.mid() if isinstance(value, arb) else value))
    except (TypeError, ValueError, OverflowError):
        return 1.0


def _add_row(work: Rows, i: int, j: int, sign: int, left: Sequence[int], domain: Domain) -> None:
    """Add ``sign`` times row and column j to row and column i."""
    add = domain.add if sign > 0 else domain.sub
    for k in left:
        work[i][k] = add(work[i][k], work[j][k])
    for k in left:
        work[k][i] = add(work[k][i], work[k][j])


def hessian_at(over: Run) -> Rows:
    """Return the enclosed Hessian of a run.

    Raises:
        Rejected: a kink may be near.
    """
    if over.rough:
        raise Rejected("the objective may have a kink at a critical point")
    return over.hessian()


__all__ = ["Slopes", "balls", "hessian_at", "inertia"]
