"""Exact second moments of a table: all that least squares, ridge and lasso see of the data.

With centred columns scaled to mean square at most 1 (and as close to 1 as 24 bits allow),

    G = X^T X / n,    c = X^T y / n,    s = y^T y / n,    g(u) = u^T G u / 2 - c^T u + s / 2 = |y - X u|^2 / (2 n).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import isqrt
from typing import TYPE_CHECKING, Any

from flint import fmpq, fmpq_mat, fmpz_mat

if TYPE_CHECKING:
    import numpy as np

    from verify.data import Column

SCALE_BITS = 24
"""Bits of the factor that scales a column: its mean square lies in (1 - 2^-22, 1]."""


@dataclass(frozen=True)
class Moments:
    """Sums and sums of products of integer columns x_1, ..., x_p and an integer target y over n rows.

    Attributes:
        rows: n.
        names: names of the p columns.
        sums: sum of x_j.
        products: sum of x_i x_j, p x p.
        target_sum, target_products, target_square: sum of y, of x_j y, of y^2.
        scales: factor of each centred integer column.
        target_scale: factor of the centred integer target (one over its unit).
    """

    rows: int
    names: tuple[str, ...]
    sums: tuple[int, ...]
    products: tuple[tuple[int, ...], ...]
    target_sum: int
    target_products: tuple[int, ...]
    target_square: int
    scales: tuple[Fraction, ...]
    target_scale: Fraction

    @property
    def size(self) -> int:
        """Number of columns p."""
        return len(self.names)

    @cached_property
    def gram(self) -> Any:
        """G as an exact ``fmpq_mat``, p x p."""
        n = self.rows
        rows = range(self.size)
        return fmpq_mat(self.size, self.size, [
            rational(self.scales[i] * self.scales[j] * (n * self.products[i][j] - self.sums[i] * self.sums[j]) / n**2)
            for i in rows for j in rows
        ])  # fmt: skip

    @cached_property
    def correlation(self) -> Any:
        """The vector c as an exact ``fmpq_mat``, p x 1."""
        n = self.rows
        return column_vector([
            scale * self.target_scale * (n * product - total * self.target_sum) / n**2
            for scale, product, total in zip(self.scales, self.target_products, self.sums, strict=True)
        ])  # fmt: skip

    @cached_property
    def energy(self) -> Fraction:
        """The number s, mean square of the centred target."""
        return self.target_scale**2 * (self.rows * self.target_square - self.target_sum**2) / self.rows**2

    @cached_property
    def floats(self) -> tuple[np.ndarray, np.ndarray, float]:
        """G (p, p), c (p,) and s rounded to double precision."""
        import numpy as np

        gram = np.array([[float(fraction(entry)) for entry in row] for row in self.gram.tolist()])
        return gram, np.array([float(fraction(entry)) for entry in entries(self.correlation)]), float(self.energy)


def moments_of(columns: Sequence[Column], target: Sequence[int], target_unit: int) -> Moments:
    """Return the moments of integer columns and an integer target.

    Args:
        columns: p columns of equal length n, none constant.
        target: n integers; the target is ``target / target_unit``.
    """
    n = len(target)
    table = [column.integers for column in columns] + [tuple(target)]
    matrix = fmpz_mat(len(table), n, [value for row in table for value in row])
    raw = [[int(entry) for entry in row] for row in (matrix * matrix.transpose()).tolist()]
    sums = [sum(row) for row in table]
    p = len(columns)
    return Moments(
        rows=n,
        names=tuple(column.name for column in columns),
        sums=tuple(sums[:p]),
        products=tuple(tuple(row[:p]) for row in raw[:p]),
        target_sum=sums[p],
        target_products=tuple(raw[p][:p]),
        target_square=raw[p][p],
        scales=tuple(unit_scale(n, raw[j][j], sums[j]) for j in range(p)),
        target_scale=Fraction(1, target_unit),
    )


def unit_scale(rows: int, square: int, total: int) -> Fraction:
    """Return the largest dyadic m of 24 bits with m^2 times the variance at most 1.

    The variance is (rows * square - total^2) / rows^2 and must be positive.
    """
    spread = rows * square - total**2
    shift = SCALE_BITS + (spread.bit_length() - 2 * rows.bit_length()) // 2 + 1
    root = isqrt(rows**2 * 4**shift // spread) if shift >= 0 else isqrt(rows**2 // (spread * 4**-shift))
    return Fraction(root) * Fraction(2) ** -shift


def rational(value: Fraction | int) -> Any:
    """Return a Python rational as ``fmpq``."""
    return fmpq(value.numerator, value.denominator)


def fraction(value: Any) -> Fraction:
    """Return an ``fmpq`` or ``fmpz`` as a Python rational."""
    value = fmpq(value)
    return Fraction(int(value.p), int(value.q))


def column_vector(values: Sequence[Fraction | int]) -> Any:
    """Return an ``fmpq_mat`` with one column."""
    return fmpq_mat(len(values), 1, [rational(value) for value in values])


def entries(vector: Any) -> list[Any]:
    """Return the entries of an ``fmpq_mat`` with one column."""
    return [row[0] for row in vector.tolist()]


def form(left: Any, matrix: Any, right: Any) -> Fraction:
    """Return left^T matrix right, exactly."""
    return fraction((left.transpose() * (matrix * right)).tolist()[0][0])


def inner(left: Any, right: Any) -> Fraction:
    """Return left^T right, exactly."""
    return fraction((left.transpose() * right).tolist()[0][0])


def is_positive_semidefinite(matrix: Any) -> bool:
    """Decide exactly whether a symmetric ``fmpq_mat`` has no negative eigenvalue.

    All roots of the characteristic polynomial of -M are real, so none is positive exactly when no coefficient of
    det(t I + M) is negative.
    """
    integers, _ = matrix.numer_denom()
    coefficients = (-integers).charpoly().coeffs() if integers.nrows() else []
    return all(coefficient >= 0 for coefficient in coefficients)
