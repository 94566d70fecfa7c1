"""Checks separation on an instance: the mask with ridge against every estimator in the row space of the same samples.

The instance is a design X (n, p), a target y (n,), a teacher u* (p,), a divisor m > 0 and a penalty > 0. The claim:
every local minimum (a, w) of |y - X (a*w)|^2/(2 m) + (penalty/2)(|a|^2 + |w|^2) is closer to u* than every u = X^T b.

At a local minimum u = a*w solves the lasso |y - X u|^2/(2 m) + penalty |u|_1, and every lasso solution is such a
product (theorem A; the proof is in :mod:`verify.recheck.duality`). Local minima exist, since the objective is coercive.

*Attention, by the solution.* u solves the lasso when h = X^T (y - X u)/m has h_j = penalty sign(u_j) where u_j is not 0
and |h_j| <= penalty elsewhere. All solutions share X u, hence h, and vanish where |h_j| < penalty; if the columns with
|h_j| = penalty are independent, there is only one.

*Attention, by the bound.* If penalty >= 2 |X^T (y - X u*)/m|_inf, then with k the size of the support S of u* and
d = u - u*: |X d|^2/m <= (3/2) penalty |d_S|_1 - (1/2) penalty |d off S|_1. So |d off S|_1 <= 3 |d_S|_1, where with
G = X^T X/m and mu = max |G_ij| off the diagonal d^T G d >= kappa |d|^2, kappa = min_j G_jj + mu - 16 k mu. If kappa is
positive, |d|^2 <= 9 penalty^2 k/(4 kappa^2).

*Baseline.* If X z = 0 and z is not 0, each u = X^T b is orthogonal to z, so |u - u*|^2 >= (z^T u*)^2/|z|^2.

*Not separated.* Ridge regression with penalty c > 0 is u = X^T b with (X X^T + c m I) b = y; for c = 0,
X^T (X X^T b - y) = 0 makes X^T b the least squares fit of minimum norm. If that is at least as close to u* as some
lasso solution, which is a product a*w at a global minimum, the claim is false, and by a named procedure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

from flint import fmpz_mat

from verify.certificate import fraction, member, require_theorem, sequence
from verify.errors import Rejected

THEOREM = "separation"

STATEMENT = {
    "data": "design X with n rows and p columns, target y, teacher u*",
    "attention": "every local minimum (a, w) of |y - X (a*w)|^2/(2 divisor) + (penalty/2) (|a|^2 + |w|^2), u = a*w",
    "baseline": "every estimator in the row space, u = X^T b",
    "error": "|u - u*|^2",
    "satisfies": "every error of attention < every error of the baseline",
}
"""The statement, word for word as it stands in every certificate of this kind."""

MAX_CELLS = 400_000
"""Largest number of entries of a design."""

MAX_COLUMNS = 2_000

MAX_WORK = 10**11
"""Largest number of products times bits of an entry when columns are multiplied with each other."""

MAX_BITS = 20_000
"""Longest common denominator."""

CONSTANT = Fraction(9, 4)
"""The constant of the bound."""

_INSTANCE = {"source", "design", "target", "teacher", "divisor", "penalty"}


@dataclass(frozen=True)
class Instance:
    """The design as integers over ``unit``, (n, p), with target (n,), teacher (p,), divisor and penalty."""

    matrix: fmpz_mat
    unit: int
    target: tuple[Fraction, ...]
    teacher: tuple[Fraction, ...]
    divisor: Fraction
    penalty: Fraction

    @property
    def columns(self) -> int:
        """Number of columns p."""
        return len(self.teacher)

    def times(self, vector: Sequence[Fraction]) -> list[Fraction]:
        """Return X u, (n,)."""
        return _product(self.matrix, vector, self.unit)

    def transposed(self, vector: Sequence[Fraction]) -> list[Fraction]:
        """Return X^T b, (p,)."""
        return _product(self.matrix.transpose(), vector, self.unit)

    def slope(self, point: Sequence[Fraction]) -> list[Fraction]:
        """Return h = X^T (y - X u)/m, (p,)."""
        residual = [y - v for y, v in zip(self.target, self.times(point), strict=True)]
        return [value / self.divisor for value in self.transposed(residual)]

    def error(self, point: Sequence[Fraction]) -> Fraction:
        """Return |u - u*|^2."""
        return sum(((u - t) ** 2 for u, t in zip(point, self.teacher, strict=True)), Fraction(0))


def check(claim: Mapping[str, Any], verdict: str, evidence: Any) -> None:
    """Accept evidence that shows the separation on the instance, or that a named baseline is as good.

    Raises:
        Rejected: it does not.
    """
    require_theorem(claim, THEOREM, STATEMENT)
    instance = read_instance(member(claim, "instance"))
    if verdict == "proved":
        upper = attention_bound(instance, member(evidence, "attention"))
        lower = row_space_bound(instance, _fractions(member(evidence, "null_vector"), instance.columns))
        if not upper < lower:
            raise Rejected(f"the error of attention is at most {float(upper):.6g}, of the baseline at least "
                           f"{float(lower):.6g}: that separates nothing")  # fmt: skip
    elif verdict == "refuted":
        _check_refuted(instance, evidence)
    else:
        raise Rejected(f"a separation does not show {verdict!r}")


def read_instance(data: Any) -> Instance:
    """Return the instance that certificate data describe.

    Raises:
        Rejected: ill-formed, or larger than what is checked.
    """
    if not isinstance(data, Mapping) or set(data) != _INSTANCE:
        raise Rejected("the instance does not have the keys of this theorem")
    table, teacher = sequence(data["design"]), _fractions(data["teacher"])
    n, p = len(table), len(teacher)
    if not 1 <= p <= MAX_COLUMNS or not 1 <= n <= MAX_CELLS // p:
        raise Rejected(f"a design with {n} rows and {p} columns is not checked")
    cells = [value for row in table for value in _fractions(row, p)]
    unit = _common(cells)
    divisor, penalty = fraction(data["divisor"]), fraction(data["penalty"])
    if divisor <= 0 or penalty <= 0:
        raise Rejected("divisor and penalty have to be positive")
    matrix = fmpz_mat(n, p, [int(value * unit) for value in cells])
    return Instance(matrix, unit, tuple(_fractions(data["target"], n)), tuple(teacher), divisor, penalty)


# --- attention ----------------------------------------------------------------------------------------------------


def attention_bound(instance: Instance, evidence: Any) -> Fraction:
    """Return an upper bound of |a*w - u*|^2 at every local minimum, by the rule that the evidence names.

    Raises:
        Rejected: the evidence does not show one.
    """
    rule = member(evidence, "rule")
    if rule == "solution":
        return _by_solution(instance, _fractions(member(evidence, "solution"), instance.columns))
    if rule == "bound":
        return by_coherence(instance)
    raise Rejected(f"unknown rule {str(rule)[:40]!r}")


def _by_solution(instance: Instance, point: Sequence[Fraction]) -> Fraction:
    slope = _require_solution(instance, point)
    active = [j for j, value in enumerate(slope) if abs(value) == instance.penalty]
    if _rank(instance, active) < len(active):
        raise Rejected("the lasso may have other solutions")
    return instance.error(point)


def _require_solution(instance: Instance, point: Sequence[Fraction]) -> list[Fraction]:
    """Return h at a point that solves the lasso."""
    slope = instance.slope(point)
    for u, h in zip(point, slope, strict=True):
        if abs(h) > instance.penalty or (u and h != (instance.penalty if u > 0 else -instance.penalty)):
            raise Rejected("the point does not solve the lasso")
    return slope


def _rank(instance: Instance, chosen: Sequence[int]) -> int:
    rows = instance.matrix.nrows()
    if not chosen:
        return 0
    _affordable(instance, rows * len(chosen) * min(rows, len(chosen)))
    return int(fmpz_mat(rows, len(chosen), [instance.matrix[i, j] for i in range(rows) for j in chosen]).rank())


def by_coherence(instance: Instance) -> Fraction:
    """Return 9 penalty^2 k/(4 kappa^2), kappa by coherence.

    Raises:
        Rejected: an assumption does not hold.
    """
    size = sum(1 for value in instance.teacher if value)
    if instance.penalty < 2 * max(map(abs, instance.slope(instance.teacher))):
        raise Rejected("the penalty is below the noise event")
    kappa = restricted_eigenvalue(instance, size)
    if kappa <= 0:
        raise Rejected(f"coherence shows no restricted eigenvalue: {float(kappa):.4g}")
    return CONSTANT * instance.penalty**2 * size / kappa**2


def restricted_eigenvalue(instance: Instance, size: int) -> Fraction:
    """Return min_j G_jj + mu - 16 k mu with G = X^T X/m."""
    p = instance.columns
    _affordable(instance, instance.matrix.nrows() * p * p)
    gram = (instance.matrix.transpose() * instance.matrix).entries()
    diagonal = min(gram[j * p + j] for j in range(p))
    coherence = max((abs(gram[i * p + j]) for i in range(p) for j in range(i)), default=0)
    return Fraction(int(diagonal) + (1 - 16 * size) * int(coherence)) / (instance.unit**2 * instance.divisor)


# --- baseline -----------------------------------------------------------------------------------------------------


def row_space_bound(instance: Instance, null: Sequence[Fraction]) -> Fraction:
    """Return (z^T u*)^2/|z|^2 for a vector z with X z = 0, a lower bound of every |X^T b - u*|^2.

    Raises:
        Rejected: the vector is 0, or X z is not.
    """
    size = sum((value**2 for value in null), Fraction(0))
    if size == 0:
        raise Rejected("the null vector is zero")
    if any(instance.times(null)):
        raise Rejected("the design does not send the vector to zero")
    return sum((a * b for a, b in zip(null, instance.teacher, strict=True)), Fraction(0)) ** 2 / size


def _check_refuted(instance: Instance, evidence: Any) -> None:
    """A lasso solution that is no closer to the teacher than a named estimator of the row space."""
    point = _fractions(member(evidence, "solution"), instance.columns)
    _require_solution(instance, point)
    estimate = ridge_estimate(instance, evidence)
    if instance.error(point) < instance.error(estimate):
        raise Rejected("the named baseline is further from the teacher")


def ridge_estimate(instance: Instance, evidence: Any) -> list[Fraction]:
    """Return X^T b, having checked that it is ridge regression with the stated penalty (0: minimum norm).

    Raises:
        Rejected: it is not.
    """
    penalty = fraction(member(evidence, "ridge_penalty"))
    if penalty < 0:
        raise Rejected("the penalty of ridge regression is negative")
    dual = _fractions(member(evidence, "dual"), instance.matrix.nrows())
    estimate = instance.transposed(dual)
    left = [v + penalty * instance.divisor * b for v, b in zip(instance.times(estimate), dual, strict=True)]
    defect = [a - y for a, y in zip(left, instance.target, strict=True)]
    if any(defect) if penalty else any(instance.transposed(defect)):
        raise Rejected("the baseline is not ridge regression with this penalty")
    return estimate


def _affordable(instance: Instance, products: int) -> None:
    largest = max(abs(int(value)) for value in instance.matrix.entries())
    if products * max(1, largest.bit_length()) > MAX_WORK:
        raise Rejected(f"{instance.columns} columns with numbers of {largest.bit_length()} bits take too long to check")


# --- numbers ------------------------------------------------------------------------------------------------------


def _fractions(data: Any, count: int | None = None) -> list[Fraction]:
    values = [fraction(entry) for entry in sequence(data)]
    if count is not None and len(values) != count:
        raise Rejected(f"{len(values)} numbers where {count} are needed")
    return values


def _common(values: Sequence[Fraction]) -> int:
    unit = lcm(*(value.denominator for value in values))
    if unit.bit_length() > MAX_BITS:
        raise Rejected("the common denominator is too long")
    return unit


def _product(matrix: fmpz_mat, vector: Sequence[Fraction], unit: int) -> list[Fraction]:
    """Return matrix times vector over ``unit``."""
    own = _common(vector)
    product = matrix * fmpz_mat(len(vector), 1, [int(value * own) for value in vector])
    return [Fraction(int(entry), unit * own) for entry in product.entries()]
