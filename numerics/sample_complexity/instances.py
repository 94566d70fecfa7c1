"""Evidence about the mask with ridge and the row space on one design: the exact lasso, a null vector, exact ridge.

Everything returned is exact; :mod:`verify.recheck.separation` verifies it on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from flint import fmpq_mat

from numerics.lasso import lasso_path, solve_exactly
from numerics.moments import Moments, column_vector, entries, fraction, rational

if TYPE_CHECKING:
    import numpy as np

MAX_EXACT = 40
"""Largest number of rows or active columns for which exact systems are solved."""

RIDGE_PENALTIES = tuple(Fraction(text) for text in ("0", "1/1000", "1/100", "1/20", "1/10", "1/2", "1", "10"))
"""Penalties of ridge regression that are compared; 0 is the fit of minimum norm."""


@dataclass(frozen=True)
class Design:
    """An instance: rows (n, p), target (n,), teacher (p,), divisor m and penalty of the mask model."""

    rows: tuple[tuple[Fraction, ...], ...]
    target: tuple[Fraction, ...]
    teacher: tuple[Fraction, ...]
    divisor: Fraction
    penalty: Fraction

    @property
    def size(self) -> int:
        """Number of columns p."""
        return len(self.teacher)

    @cached_property
    def matrix(self) -> Any:
        """X as an exact ``fmpq_mat``, (n, p)."""
        return fmpq_mat(len(self.rows), self.size, [rational(value) for row in self.rows for value in row])

    @cached_property
    def gram(self) -> Any:
        """X^T X/m, (p, p)."""
        return self.matrix.transpose() * self.matrix / rational(self.divisor)

    @cached_property
    def correlation(self) -> Any:
        """X^T y/m, (p, 1)."""
        return self.matrix.transpose() * column_vector(self.target) / rational(self.divisor)

    @cached_property
    def energy(self) -> Fraction:
        """|y|^2/m."""
        return sum((y * y for y in self.target), Fraction(0)) / self.divisor

    @cached_property
    def floats(self) -> tuple[np.ndarray, np.ndarray]:
        """X^T X/m and X^T y/m in floating point."""
        import numpy as np

        x = np.array([[float(value) for value in row] for row in self.rows])
        y = np.array([float(value) for value in self.target])
        return x.T @ x / float(self.divisor), x.T @ y / float(self.divisor)

    def instance(self, source: str) -> dict[str, Any]:
        """Return the instance as certificate data."""
        return {
            "source": source,
            "design": [[str(value) for value in row] for row in self.rows],
            "target": [str(value) for value in self.target],
            "teacher": [str(value) for value in self.teacher],
            "divisor": str(self.divisor),
            "penalty": str(self.penalty),
        }


def noiseless(
    rows: Sequence[Sequence[Fraction | int]], teacher: Sequence[Fraction | int], divisor: Fraction | int,
    penalty: Fraction,
) -> Design:  # fmt: skip
    """Return the design with target X u*."""
    exact = tuple(tuple(Fraction(value) for value in row) for row in rows)
    u = tuple(Fraction(value) for value in teacher)
    target = tuple(sum((a * b for a, b in zip(row, u, strict=True) if a and b), Fraction(0)) for row in exact)
    return Design(exact, target, u, Fraction(divisor), penalty)


def lasso_solution(design: Design) -> list[Fraction] | None:
    """Return a point that solves the lasso exactly, None where none was found."""
    import numpy as np

    gram, correlation = design.floats
    start = lasso_path(gram, correlation, np.array([float(design.penalty)]))[0]
    if np.count_nonzero(np.abs(start) > 1e-9 * np.abs(start).max(initial=0)) > MAX_EXACT:
        return None
    solution = solve_exactly(cast(Moments, design), design.penalty, start)
    return solution.coordinates if solution.gap == 0 else None


def error(design: Design, point: Sequence[Fraction]) -> Fraction:
    """Return |u - u*|^2."""
    return sum(((a - b) ** 2 for a, b in zip(point, design.teacher, strict=True)), Fraction(0))


def null_vector(design: Design) -> list[Fraction] | None:
    """Return (I - P) u*, P the projection to the row space; None where it is 0."""
    image = entries(design.matrix * column_vector(design.teacher))
    dual = _dual(design, [fraction(value) for value in image], Fraction(0))
    if dual is None:
        return None
    inside = [fraction(v) for v in entries(design.matrix.transpose() * dual)]
    rest = [u - v for u, v in zip(design.teacher, inside, strict=True)]
    return rest if any(rest) else None


def _dual(design: Design, right: Sequence[Fraction], shift: Fraction) -> Any | None:
    """Return a solution b of (X X^T + shift I) b = right; with shift 0 on independent rows only, 0 elsewhere."""
    outer = design.matrix * design.matrix.transpose()
    count = outer.nrows()
    table = outer.tolist()
    places = list(range(count)) if shift else _independent(outer)
    square = [[table[i][j] + (rational(shift) if i == j else 0) for j in places] for i in places]
    matrix = fmpq_mat(len(places), len(places), [value for row in square for value in row])
    try:
        solved = entries(matrix.solve(column_vector([right[i] for i in places])))
    except ZeroDivisionError:
        return None
    full = [Fraction(0)] * count
    for place, value in zip(places, solved, strict=True):
        full[place] = fraction(value)
    return column_vector(full)


def _independent(outer: Any) -> list[int]:
    """Return rows of X that are a basis of its row space: the pivots of X X^T."""
    reduced, rank = outer.rref()
    table = reduced.tolist()
    return [next(j for j, value in enumerate(table[i]) if value != 0) for i in range(rank)]


@dataclass(frozen=True)
class Ridge:
    """Ridge regression with an exact penalty: coefficients, the dual vector that shows them, and the error."""

    penalty: Fraction
    dual: list[Fraction]
    error: Fraction


def best_ridge(design: Design, penalties: Sequence[Fraction] = RIDGE_PENALTIES) -> Ridge | None:
    """Return the fit with the least error among some penalties; chosen knowing the teacher."""
    found = []
    for penalty in penalties if len(design.rows) <= MAX_EXACT else ():
        dual = _dual(design, _consistent(design, penalty), penalty * design.divisor)
        if dual is None:
            continue
        estimate = [fraction(v) for v in entries(design.matrix.transpose() * dual)]
        found.append(Ridge(penalty, [fraction(v) for v in entries(dual)], error(design, estimate)))
    return min(found, key=lambda fit: (fit.error, fit.penalty), default=None)


def _consistent(design: Design, penalty: Fraction) -> Sequence[Fraction]:
    """Return the target, for penalty 0 projected to the column space so that X X^T b = it has a solution."""
    if penalty or len(_independent(design.matrix * design.matrix.transpose())) == len(design.rows):
        return design.target
    columns = design.matrix.transpose() * design.matrix
    pivots = _independent(columns)
    table, right = columns.tolist(), entries(design.matrix.transpose() * column_vector(design.target))
    square = fmpq_mat(len(pivots), len(pivots), [table[i][j] for i in pivots for j in pivots])
    solved = entries(square.solve(column_vector([fraction(right[i]) for i in pivots])))
    full = [Fraction(0)] * design.size
    for place, value in zip(pivots, solved, strict=True):
        full[place] = fraction(value)
    return [fraction(v) for v in entries(design.matrix * column_vector(full))]


def row_space_error(design: Design, null: Sequence[Fraction]) -> Fraction:
    """Return (z^T u*)^2/|z|^2."""
    z, u = column_vector(null), column_vector(design.teacher)
    return fraction((z.transpose() * u).tolist()[0][0]) ** 2 / fraction((z.transpose() * z).tolist()[0][0])


def coherence_constant(design: Design) -> Fraction:
    """Return min_j G_jj + mu - 16 k mu."""
    table = [[fraction(value) for value in row] for row in design.gram.tolist()]
    size = sum(1 for value in design.teacher if value)
    coherence = max((abs(table[i][j]) for i in range(design.size) for j in range(i)), default=Fraction(0))
    return min(table[j][j] for j in range(design.size)) + (1 - 16 * size) * coherence
