"""Small rational data for the entries of this folder: texts of arrays, random designs, the lasso by enumeration."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import product

from verify.errors import InvalidInput

Vector = list[Fraction]
Matrix = list[Vector]

SOURCE = "ICLR 2021 submission 8KhxoxKP3iL"


def texts(values: Sequence[Fraction | int]) -> list[str]:
    """Return a vector as the claim language writes it."""
    return [str(value) for value in values]


def rows(matrix: Sequence[Sequence[Fraction | int]]) -> list[list[str]]:
    """Return a matrix as the claim language writes it."""
    return [texts(row) for row in matrix]


def solution(matrix: Matrix, right: Vector) -> Vector | None:
    """Return the solution of a square linear system, None where it is singular (Gauss-Jordan, exact)."""
    count = len(right)
    table = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for column in range(count):
        pivot = next((row for row in range(column, count) if table[row][column]), None)
        if pivot is None:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        table[column] = [value / table[column][column] for value in table[column]]
        for row in range(count):
            if row != column and table[row][column]:
                factor = table[row][column]
                table[row] = [a - factor * b for a, b in zip(table[row], table[column], strict=True)]
    return [row[-1] for row in table]


def gram(design: Matrix) -> Matrix:
    """Return X^T X of a design, (n, p) -> (p, p)."""
    columns = list(zip(*design, strict=True))
    return [
        [sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0)) for right in columns] for left in columns
    ]


def products(design: Matrix, target: Vector) -> Vector:
    """Return X^T y."""
    return [
        sum((a * b for a, b in zip(column, target, strict=True)), Fraction(0)) for column in zip(*design, strict=True)
    ]


def lasso(design: Matrix, target: Vector, penalty: Fraction) -> Vector:
    """Return the minimiser of |y - X u|^2/2 + penalty |u|_1: all sign patterns are tried, the KKT conditions decide.

    Raises:
        InvalidInput: X^T X is singular, so that the minimiser need not be unique.
    """
    square, right = gram(design), products(design, target)
    count = len(right)
    if solution(square, right) is None:
        raise InvalidInput("the columns of the design are dependent", fix="choose another seed, or n at least p")
    for signs in product((0, 1, -1), repeat=count):
        found = _with_signs(square, right, penalty, signs)
        if found is not None:
            return found
    raise AssertionError("a strictly convex problem has a minimiser")


def _with_signs(square: Matrix, right: Vector, penalty: Fraction, signs: tuple[int, ...]) -> Vector | None:
    support = [j for j, sign in enumerate(signs) if sign]
    part = solution(
        [[square[i][j] for j in support] for i in support], [right[j] - penalty * signs[j] for j in support]
    )
    if part is None:
        return None
    u = [Fraction(0)] * len(signs)
    for j, value in zip(support, part, strict=True):
        u[j] = value
    slopes = [
        sum((a * b for a, b in zip(row, u, strict=True)), Fraction(0)) - c for row, c in zip(square, right, strict=True)
    ]
    fits = all(
        (value * sign > 0 and slope == -penalty * sign) if sign else abs(slope) <= penalty
        for value, sign, slope in zip(u, signs, slopes, strict=True)
    )
    return u if fits else None


def drawn_design(n: int, p: int, seed: int) -> tuple[Matrix, Vector]:
    """Return a design of integers from -2 to 2 with independent columns, and a target of integers from -4 to 4.

    Args:
        n: rows, at least p.

    Raises:
        InvalidInput: fewer rows than columns.
    """
    if n < p:
        raise InvalidInput(f"n={n} is below p={p}", fix="choose n at least p")
    rng = random.Random(seed)
    while True:
        design = [[Fraction(rng.randint(-2, 2)) for _ in range(p)] for _ in range(n)]
        target = [Fraction(rng.randint(-4, 4)) for _ in range(n)]
        if solution(gram(design), products(design, target)) is not None:
            return design, target
