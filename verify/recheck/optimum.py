"""Checks how far a point is from the global minimum of a training loss, for models with a convex reformulation.

Each loss is F(theta) = |f(theta) - y|^2/2 + decay(theta), decay half the penalty times the squared parameters. For any
vector v (one number for each output) |r|^2/2 >= -<v, r> - |v|^2/2, hence

    F(theta) >= <v, y> - |v|^2/2 + (decay(theta) - <v, f(theta)>),

and the bracket is not negative for every theta, whatever the number of units, if v is dual feasible:

mask: f = X (a*w).                      |x_j^T v| <= penalty for all columns; then <v, f> <= penalty sum |a_j w_j|.
matrix-mask: f = X diag(a) W^T.         |V^T x_j| <= penalty (V is n x m), the same with |W_:j|.
linear-attention: f_i = sum_h X_i A_h X_i^T X_i B_h.  The matrix M with <v, f> = sum_h <vec A_h, M vec B_h> has
                                        norm at most penalty.
quadratic: f = sum_h (X w_h)^2.         penalty/2 I - sum_i v_i x_i x_i^T is positive semidefinite.
relu: f = sum_h relu(X u_h) b_h.        |<v, relu(X u)>| <= penalty |u| for all u: :mod:`verify.recheck.arrangement`.

In each case the bracket follows from 2 s t <= s^2 + t^2. All numbers are rational and nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_mat

from verify.certificate import fraction, member, require_theorem, sequence
from verify.errors import Rejected

THEOREM = "global-optimum"

STATEMENT = {
    "objective": "|f - y|^2/2 + (penalty/2) (sum of the squares of all parameters), f the model's outputs on the data",
    "proved": "no parameters, with any number of units or heads, have an objective below that of the point minus gap",
    "refuted": "some parameters with the same number of units have an objective below that of the point minus gap",
}
"""The statement, word for word as it stands in every certificate of this theorem."""

MAX_NUMBERS = 20_000
MAX_MATRIX = 80
MAX_BITS = 4096

Matrix = list[list[Fraction]]
Point = Mapping[str, list[Matrix]]
"""Blocks of parameters, each a list of matrices (one for each head, or a single one)."""

_INSTANCE = {"model", "inputs", "targets", "penalty", "point", "gap"}


@dataclass(frozen=True)
class Instance:
    """Data and point: ``inputs`` one matrix (several for attention), ``targets`` likewise; rows are samples."""

    model: str
    inputs: list[Matrix]
    targets: list[Matrix]
    penalty: Fraction
    point: Point
    gap: Fraction


def check(claim: Mapping[str, Any], verdict: str, evidence: Any) -> None:
    """Accept a dual vector that shows the gap, or a better point that exceeds it.

    Raises:
        Rejected: it does not.
    """
    require_theorem(claim, THEOREM, STATEMENT)
    instance = read_instance(member(claim, "instance"))
    value = objective(instance, instance.point)
    if verdict == "proved":
        dual = matrices(member(evidence, "dual"))
        same_shapes(dual, instance.targets)
        FEASIBLE[instance.model](instance, dual, evidence)
        if value - bound(instance, dual) > instance.gap:
            raise Rejected("the dual bound is further from the point than the gap")
    elif verdict == "refuted":
        better = read_point(member(evidence, "better"))
        for name, blocks in instance.point.items():
            same_shapes(better.get(name, []), blocks)
        if set(better) != set(instance.point) or value - objective(instance, better) <= instance.gap:
            raise Rejected("the other point is not better by more than the gap")
    else:
        raise Rejected(f"a dual bound does not show {verdict!r}")


# --- reading ------------------------------------------------------------------------------------------------------


def read_instance(data: Any) -> Instance:
    """Return the instance that certificate data describe.

    Raises:
        Rejected: ill-formed, shapes that do not fit, or larger than what is checked.
    """
    if not isinstance(data, Mapping) or set(data) != _INSTANCE:
        raise Rejected("the instance does not have the keys of this theorem")
    if data["model"] not in OUTPUTS:
        raise Rejected(f"unknown model {str(data['model'])[:40]!r}")
    penalty, gap = number(data["penalty"]), number(data["gap"])
    if penalty <= 0 or gap < 0:
        raise Rejected("the penalty must be positive and the gap not negative")
    instance = Instance(
        data["model"], matrices(data["inputs"]), matrices(data["targets"]), penalty, read_point(data["point"]), gap
    )
    single = instance.model != "linear-attention"
    if single and (len(instance.inputs), len(instance.targets)) != (1, 1):
        raise Rejected("this model has one matrix of inputs and one of targets")
    return instance


def read_point(data: Any) -> Point:
    """Return blocks of parameters."""
    if not isinstance(data, Mapping):
        raise Rejected("a point maps names to blocks")
    return {str(name): matrices(block) for name, block in data.items()}


def number(data: Any) -> Fraction:
    """Return an exact number of bounded length."""
    if isinstance(data, str) and len(data) > MAX_BITS:
        raise Rejected("a number is too long")
    return fraction(data)


def matrices(data: Any) -> list[Matrix]:
    """Return a list of matrices, each rectangular and not empty."""
    out = [[[number(entry) for entry in sequence(row)] for row in sequence(matrix)] for matrix in sequence(data)]
    for matrix in out:
        if not matrix or not matrix[0] or any(len(row) != len(matrix[0]) for row in matrix):
            raise Rejected("a matrix is empty or not rectangular")
    if not out or sum(len(m) * len(m[0]) for m in out) > MAX_NUMBERS:
        raise Rejected("no matrix, or more numbers than are checked")
    return out


def same_shapes(left: Sequence[Matrix], right: Sequence[Matrix]) -> None:
    """Raise Rejected unless two lists of matrices have the same shapes."""
    if [(len(m), len(m[0])) for m in left] != [(len(m), len(m[0])) for m in right]:
        raise Rejected("shapes do not fit")


# --- values -------------------------------------------------------------------------------------------------------


def objective(instance: Instance, point: Point) -> Fraction:
    """Return F at a point, exactly."""
    outputs = OUTPUTS[instance.model](instance, point)
    same_shapes(outputs, instance.targets)
    residual = sum(
        ((f - y) ** 2 for left, right in zip(outputs, instance.targets, strict=True)
         for row, other in zip(left, right, strict=True) for f, y in zip(row, other, strict=True)), Fraction(0),
    )  # fmt: skip
    squares = sum((v * v for blocks in point.values() for matrix in blocks for row in matrix for v in row), Fraction(0))
    return (residual + instance.penalty * squares) / 2


def bound(instance: Instance, dual: Sequence[Matrix]) -> Fraction:
    """Return <v, y> - |v|^2/2."""
    total = Fraction(0)
    for left, right in zip(dual, instance.targets, strict=True):
        for row, other in zip(left, right, strict=True):
            total += sum((v * y - v * v / 2 for v, y in zip(row, other, strict=True)), Fraction(0))
    return total


def times(left: Matrix, right: Matrix) -> Matrix:
    """Return the product of two matrices.

    Raises:
        Rejected: shapes do not fit.
    """
    if len(left[0]) != len(right):
        raise Rejected("shapes do not fit")
    columns = list(zip(*right, strict=True))
    return [[dot(row, column) for column in columns] for row in left]


def dot(left: Sequence[Fraction], right: Sequence[Fraction]) -> Fraction:
    """Return the inner product."""
    return sum((a * b for a, b in zip(left, right, strict=True) if a and b), Fraction(0))


def transposed(matrix: Matrix) -> Matrix:
    """Return the transpose."""
    return [list(column) for column in zip(*matrix, strict=True)]


def _blocks(point: Point, *names: str) -> list[list[Matrix]]:
    if set(point) != set(names):
        raise Rejected(f"the point has not the blocks {', '.join(names)}")
    return [point[name] for name in names]


def _single(point: Point, *names: str) -> list[Matrix]:
    blocks = _blocks(point, *names)
    if any(len(block) != 1 for block in blocks):
        raise Rejected("one matrix for each block")
    return [block[0] for block in blocks]


def _mask(instance: Instance, point: Point) -> list[Matrix]:
    """a and w are rows."""
    a, w = _single(point, "a", "w")
    if len(a) != 1 or len(w) != 1 or len(a[0]) != len(w[0]):
        raise Rejected("the mask and the weights are one row each")
    return [times(instance.inputs[0], transposed([[x * z for x, z in zip(a[0], w[0], strict=True)]]))]


def _matrix_mask(instance: Instance, point: Point) -> list[Matrix]:
    """a is a row, W has a row for each output."""
    a, weights = _single(point, "a", "W")
    if len(a) != 1 or len(a[0]) != len(weights[0]):
        raise Rejected("shapes do not fit")
    return [times(instance.inputs[0], transposed([[x * z for x, z in zip(a[0], row, strict=True)] for row in weights]))]


def _linear_attention(instance: Instance, point: Point) -> list[Matrix]:
    """A and B have one matrix for each head."""
    first, second = _blocks(point, "A", "B")
    if len(first) != len(second) or len(instance.inputs) != len(instance.targets):
        raise Rejected("shapes do not fit")
    out = []
    for x in instance.inputs:
        gram = times(transposed(x), x)
        heads = [times(times(times(x, a), gram), b) for a, b in zip(first, second, strict=True)]
        same_shapes(heads, [heads[0]] * len(heads))
        rows = [[[head[i][j] for head in heads] for j in range(len(heads[0][0]))] for i in range(len(heads[0]))]
        out.append([[sum(entries, Fraction(0)) for entries in row] for row in rows])
    return out


def _quadratic(instance: Instance, point: Point) -> list[Matrix]:
    """W has a row for each unit."""
    (weights,) = _single(point, "W")
    images = times(instance.inputs[0], transposed(weights))
    return [[[sum((v * v for v in row), Fraction(0))] for row in images]]


def _relu(instance: Instance, point: Point) -> list[Matrix]:
    """U has a row for each unit, b is a row."""
    units, output = _single(point, "U", "b")
    if len(output) != 1:
        raise Rejected("the output weights are one row")
    hidden = [[max(v, Fraction(0)) for v in row] for row in times(instance.inputs[0], transposed(units))]
    return [times(hidden, transposed(output))]


OUTPUTS: dict[str, Callable[[Instance, Point], list[Matrix]]] = {
    "mask": _mask, "matrix-mask": _matrix_mask, "linear-attention": _linear_attention, "quadratic": _quadratic,
    "relu": _relu,
}  # fmt: skip


# --- dual feasibility ---------------------------------------------------------------------------------------------


def _mask_feasible(instance: Instance, dual: Sequence[Matrix], evidence: Any) -> None:
    """|x_j^T V| <= penalty for every column; for the mask V is a column."""
    for row in times(transposed(instance.inputs[0]), dual[0]):
        if dot(row, row) > instance.penalty**2:
            raise Rejected("the dual vector is not feasible")


def _attention_feasible(instance: Instance, dual: Sequence[Matrix], evidence: Any) -> None:
    matrix = attention_form(instance.inputs, dual)
    if len(matrix) > MAX_MATRIX or len(matrix[0]) > MAX_MATRIX:
        raise Rejected("a matrix is larger than what is checked")
    square = times(transposed(matrix), matrix)
    _semidefinite(_shifted(square, instance.penalty**2))


def attention_form(inputs: Sequence[Matrix], dual: Sequence[Matrix]) -> Matrix:
    """Return M with <V, X A G B> = <vec A, M vec B>: M[(a,b),(e,c)] = sum (X^T V)_{ac} G_{be}, G = X^T X."""
    width, outputs = len(inputs[0][0]), len(dual[0][0])
    out = [[Fraction(0)] * (width * outputs) for _ in range(width * width)]
    for x, v in zip(inputs, dual, strict=True):
        cross, gram = times(transposed(x), v), times(transposed(x), x)
        if len(gram) != width or len(cross[0]) != outputs:
            raise Rejected("shapes do not fit")
        for a in range(width):
            for b in range(width):
                for e in range(width):
                    for c in range(outputs):
                        out[a * width + b][e * outputs + c] += cross[a][c] * gram[b][e]
    return out


def _quadratic_feasible(instance: Instance, dual: Sequence[Matrix], evidence: Any) -> None:
    x = instance.inputs[0]
    weighted = [[row_dual[0] * v for v in row] for row, row_dual in zip(x, dual[0], strict=True)]
    _semidefinite(_shifted(times(transposed(x), weighted), instance.penalty / 2))


def _relu_feasible(instance: Instance, dual: Sequence[Matrix], evidence: Any) -> None:
    from verify.recheck.arrangement import check_cells

    vector = [row[0] for row in dual[0]]
    check_cells(instance.inputs[0], vector, instance.penalty, member(evidence, "cells"))


def _shifted(matrix: Matrix, level: Fraction) -> Matrix:
    """Return level I - matrix."""
    return [[(level if i == j else 0) - v for j, v in enumerate(row)] for i, row in enumerate(matrix)]


def _semidefinite(matrix: Matrix) -> None:
    """Raise Rejected unless a symmetric matrix has no negative eigenvalue.

    The roots of det(t I + M) are real; none is positive exactly when no coefficient is negative.
    """
    size = len(matrix)
    if size > MAX_MATRIX or any(matrix[i][j] != matrix[j][i] for i in range(size) for j in range(i)):
        raise Rejected("a matrix is not symmetric, or larger than what is checked")
    exact = fmpq_mat(size, size, [fmpq(-v.numerator, v.denominator) for row in matrix for v in row])
    if any(coefficient < 0 for coefficient in exact.charpoly().coeffs()):
        raise Rejected("the dual vector is not feasible")


FEASIBLE: dict[str, Callable[[Instance, Sequence[Matrix], Any], None]] = {
    "mask": _mask_feasible, "matrix-mask": _mask_feasible, "linear-attention": _attention_feasible,
    "quadratic": _quadratic_feasible, "relu": _relu_feasible,
}  # fmt: skip
