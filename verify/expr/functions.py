"""The functions of the claim language, as NumPy spells them.

The parser looks names up in :data:`FUNCTIONS`; Python code traces the same expressions by calling these functions
on symbolic arrays: ``from verify.expr import functions as F; F.softmax(q @ F.swap(k))``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from verify.errors import InvalidInput
from verify.expr import build
from verify.expr.build import (
    Liftable,
    absolute,
    add,
    compare,
    concatenate,
    cos,
    div,
    erf,
    exp,
    lift,
    log,
    logical,
    matmul,
    maximum,
    minimum,
    mul,
    neg,
    number,
    power,
    relu,
    sigmoid,
    sign,
    sin,
    softplus,
    sqrt,
    stack,
    sub,
    tanh,
    transpose,
    where,
)
from verify.expr.node import Expr

__all__ = [
    "FUNCTIONS", "absolute", "add", "argument", "compare", "concatenate", "cos", "det", "diag", "div", "dot", "erf",
    "exp", "eye", "gelu", "lift", "log", "logical", "logsumexp", "matmul", "max", "maximum", "mean", "min", "minimum",
    "mul", "neg", "norm", "norm1", "norminf", "number", "ones", "outer", "power", "relu", "sigmoid", "sign", "sin",
    "softmax", "softplus", "sparsemax", "sqrt", "stack", "sub", "sum", "tanh", "trace", "transpose", "where", "zeros",
]  # fmt: skip

MAX_DETERMINANT = 6
"""Largest matrix whose determinant is written out."""

MAX_IDENTITY = 512
"""Largest identity matrix, whose entries are all written out."""

argument = build.symbol


def sum(a: Liftable, axis: int | None = None) -> Expr:
    """Return the sum over all entries, or along one axis."""
    return build.total(a, axis)


def mean(a: Liftable, axis: int | None = None) -> Expr:
    """Return the arithmetic mean over all entries, or along one axis."""
    part = lift(a)
    reduced = build.total(part, axis)
    return mul(number(Fraction(reduced.size, part.size)), reduced)


def max(a: Liftable, axis: int | None = None) -> Expr:
    """Return the largest entry, or the largest along one axis."""
    return build.reduce("max", a, axis)


def min(a: Liftable, axis: int | None = None) -> Expr:
    """Return the smallest entry, or the smallest along one axis."""
    return neg(build.reduce("max", neg(a), axis))


def dot(a: Liftable, b: Liftable) -> Expr:
    """Return NumPy's ``dot``: inner product of vectors, product of matrices, or scaling."""
    left, right = lift(a), lift(b)
    return mul(left, right) if 0 in (left.ndim, right.ndim) else matmul(left, right)


def norm(a: Liftable) -> Expr:
    """Return the Euclidean (Frobenius) norm over all entries."""
    return sqrt(sum(power(a, 2)))


def norm1(a: Liftable) -> Expr:
    """Return the sum of absolute values over all entries."""
    return sum(absolute(a))


def norminf(a: Liftable) -> Expr:
    """Return the largest absolute value over all entries."""
    return max(absolute(a))


def softmax(a: Liftable) -> Expr:
    """Return exp(a)/sum(exp(a)) over the last axis."""
    return build.row_map("softmax", a)


def sparsemax(a: Liftable) -> Expr:
    """Return the Euclidean projection of each row on the probability simplex (last axis)."""
    return build.row_map("sparsemax", a)


def logsumexp(a: Liftable) -> Expr:
    """Return log(sum(exp(a))) over the last axis."""
    return build.row_map("logsumexp", a)


def gelu(a: Liftable) -> Expr:
    """Return a*Phi(a) with the Gaussian distribution function Phi."""
    part = lift(a)
    return mul(mul(number(Fraction(1, 2)), part), add(1, erf(div(part, sqrt(number(2))))))


def outer(a: Liftable, b: Liftable) -> Expr:
    """Return the matrix a_i*b_j of two vectors."""
    left, right = lift(a), lift(b)
    if left.ndim != 1 or right.ndim != 1:
        raise InvalidInput(f"outer of shapes {list(left.shape)} and {list(right.shape)}", fix="give two vectors")
    return mul(build.reshape(left, (*left.shape, 1)), build.reshape(right, (1, *right.shape)))


def _square(name: str, a: Liftable) -> Expr:
    part = lift(a)
    if part.ndim != 2 or part.shape[0] != part.shape[1]:
        raise InvalidInput(f"{name} of shape {list(part.shape)}", fix="give a square matrix")
    return part


def trace(a: Liftable) -> Expr:
    """Return the sum of the diagonal of a square matrix."""
    return sum(diag(_square("trace", a)))


def diag(a: Liftable) -> Expr:
    """Return the diagonal of a matrix, or the diagonal matrix of a vector."""
    part = lift(a)
    if part.ndim == 1:
        n = part.shape[0]
        return build.scatter(part, [i * (n + 1) for i in range(n)], (n, n))
    if part.ndim != 2:
        raise InvalidInput(f"diag of shape {list(part.shape)}", fix="give a vector or a matrix")
    rows, columns = part.shape
    length = rows if rows < columns else columns
    return build.gather(part, [i * columns + i for i in range(length)], (length,))


def det(a: Liftable) -> Expr:
    """Return the determinant of a square matrix, written out by its minors."""
    part = _square("det", a)
    n = part.shape[0]
    if n > MAX_DETERMINANT:
        raise InvalidInput(f"det of a {n} by {n} matrix", fix=f"use at most {MAX_DETERMINANT} rows")
    minors: dict[tuple[int, ...], Expr] = {(): number(1)}
    for row in range(n - 1, -1, -1):
        minors = {columns: _expand(part, row, columns, minors) for columns in _subsets(n, n - row)}
    return minors[tuple(range(n))]


def _subsets(n: int, k: int) -> list[tuple[int, ...]]:
    from itertools import combinations

    return list(combinations(range(n), k))


def _expand(a: Expr, row: int, columns: tuple[int, ...], minors: dict[tuple[int, ...], Expr]) -> Expr:
    out = number(0)
    for place, column in enumerate(columns):
        term = mul(build.index(a, (row, column)), minors[columns[:place] + columns[place + 1 :]])
        out = sub(out, term) if place % 2 else add(out, term)
    return out


def eye(n: int) -> Expr:
    """Return the identity matrix."""
    if n > MAX_IDENTITY:
        raise InvalidInput(f"eye({n}) has {n * n} entries", fix=f"use at most eye({MAX_IDENTITY})")
    zero, one = Fraction(0), Fraction(1)
    return build.constant([one if i == j else zero for i in range(n) for j in range(n)], (n, n))


def zeros(*shape: int) -> Expr:
    """Return an array of zeros."""
    return build.full(0, _shape(shape))


def ones(*shape: int) -> Expr:
    """Return an array of ones."""
    return build.full(1, _shape(shape))


def _shape(shape: tuple[int | Sequence[int], ...]) -> tuple[int, ...]:
    if len(shape) == 1 and not isinstance(shape[0], int):
        return tuple(shape[0])
    return tuple(shape)  # type: ignore[arg-type]


FUNCTIONS: dict[str, Callable[..., Expr]] = {
    "exp": exp, "log": log, "sqrt": sqrt, "abs": absolute, "tanh": tanh, "sigmoid": sigmoid, "relu": relu,
    "softplus": softplus, "gelu": gelu, "sin": sin, "cos": cos, "erf": erf, "sign": sign, "max": max, "min": min,
    "sum": sum, "mean": mean, "dot": dot, "norm": norm, "norm1": norm1, "norminf": norminf, "trace": trace,
    "det": det, "softmax": softmax, "sparsemax": sparsemax, "logsumexp": logsumexp, "maximum": maximum,
    "minimum": minimum, "where": where, "outer": outer, "eye": eye, "zeros": zeros, "ones": ones, "diag": diag,
    "stack": stack, "concatenate": concatenate,
}  # fmt: skip
"""Every function a claim may call, by its name in the language."""
