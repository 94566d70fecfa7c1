"""Checks theorem ``sparse-mask`` on an instance: every local minimum of the mask model predicts well.

The instance holds integer moments of a table, so everything is recomputed exactly: G, c, the assumptions, the value of
the lasso at a point, a dual bound, and the inequality of the conclusion.

From local minima to the lasso (theorem A). F(a, w) = g(a * w) + (lambda/2)(|a|^2 + |w|^2), g convex and C^2. At a local
minimum the gradient vanishes: g_j w_j + lambda a_j = 0 = g_j a_j + lambda w_j, so a_j^2 = w_j^2, and g_j = -lambda
sign(a_j w_j) where a_j is not 0. Where a_j = w_j = 0, the Hessian block [[lambda, g_j], [g_j, lambda]] is positive
semidefinite, so |g_j| <= lambda. These are the optimality conditions of g(u) + lambda |u|_1 at u = a * w.

From a gap to every solution. If u has value P(u) and the minimum is at least D, each solution v has
|X(u - v)|^2 / n <= 2 (P(u) - D), since P - |X(. - v)|^2 / (2 n) is least at v. Hence the error of v is at most
(sqrt(error of u) + sqrt(2 gap))^2.

The bound itself is not used: the inequality of the conclusion is checked on the instance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import lcm
from typing import Any

from flint import fmpz, fmpz_mat

from verify.certificate import fraction, member, natural, require_theorem, sequence
from verify.errors import Rejected

THEOREM = "sparse-mask"

STATEMENT = {
    "data": "any table of n rows with the moments of the instance; columns centred and scaled, target centred",
    "objective": "|y - X (a*w)|^2/(2 n) + (penalty/2) (|a|^2 + |w|^2)",
    "every": "local minimum",
    "assume": "max_j |x_j|^2 <= n; penalty >= 2 max_j |x_j^T (y - X teacher)|/n; penalty < max_j |x_j^T y|/n; "
    "|X d|^2/n >= kappa |d_S|_1^2/k for all d with |d off S|_1 <= 3 |d_S|_1, S the support of teacher, kappa > 0; "
    "bound < |X teacher|^2/n",
    "satisfies": "|X (a*w - teacher)|^2/n <= bound, bound = 9 penalty^2 k/(4 kappa), k the size of S",
}
"""The statement, word for word as it stands in every certificate of this theorem."""

CONSTANT = Fraction(9, 4)
"""The constant of the bound."""

MAX_COLUMNS = 160
"""Largest p: characteristic polynomials of p x p integer matrices are computed."""

MAX_WORK = 10**11
"""Largest p^4 times bits of an entry: a characteristic polynomial of this size takes some seconds."""

MAX_POINTS = 1000
MAX_PATTERN_SUPPORT = 8
MAX_DENOMINATOR_BITS = 20_000

_INSTANCE = {
    "source", "rows", "columns", "sums", "products", "target_sum", "target_products", "target_square",
    "scales", "target_scale", "teacher", "penalty", "kappa",
}  # fmt: skip


@dataclass(frozen=True)
class Instance:
    """Exact moments of centred, scaled columns: ``gram / gram_unit`` and ``correlation / correlation_unit``.

    gram: p x p integers (n^2 times the products, scaled); energy: mean square of the target.
    """

    rows: int
    gram: fmpz_mat
    gram_unit: int
    correlation: tuple[Fraction, ...]
    energy: Fraction
    teacher: tuple[Fraction, ...]
    penalty: Fraction
    kappa: tuple[Fraction, str] | None
    realisable: fmpz_mat

    @property
    def size(self) -> int:
        """Number of columns p."""
        return len(self.correlation)

    @property
    def support(self) -> list[int]:
        """Places of the nonzero entries of the teacher."""
        return [j for j, value in enumerate(self.teacher) if value]

    @property
    def bound(self) -> Fraction:
        """The right side of the conclusion."""
        if self.kappa is None:
            raise Rejected("there is no kappa, so there is no bound")
        return CONSTANT * self.penalty**2 * len(self.support) / self.kappa[0]

    def times(self, vector: Sequence[Fraction]) -> list[Fraction]:
        """Return G times a vector."""
        integers, unit = _cleared(vector)
        product = self.gram * fmpz_mat(self.size, 1, integers)
        return [Fraction(int(product[i, 0]), unit * self.gram_unit) for i in range(self.size)]


def check(claim: Mapping[str, Any], verdict: str, evidence: Any) -> None:
    """Accept evidence that proves the statement for the instance, or that an assumption fails on it.

    Raises:
        Rejected: it does not.
    """
    require_theorem(claim, THEOREM, STATEMENT)
    instance = read_instance(member(claim, "instance"))
    if not _semidefinite(instance.realisable) or instance.realisable.rank() >= instance.rows:
        raise Rejected("no table has these moments")
    if verdict == "proved":
        _check_proved(instance, evidence)
    elif verdict == "vacuous":
        _check_vacuous(instance, evidence)
    else:
        raise Rejected(f"duality does not show {verdict!r}")


# --- reading the instance -----------------------------------------------------------------------------------------


def read_instance(data: Any) -> Instance:
    """Return the instance that certificate data describe.

    Raises:
        Rejected: ill-formed, or larger than what is checked.
    """
    if not isinstance(data, Mapping) or set(data) != _INSTANCE:
        raise Rejected("the instance does not have the keys of this theorem")
    n, p = natural(data["rows"], 10**9), len(sequence(data["columns"]))
    if n < 2 or not 1 <= p <= MAX_COLUMNS:
        raise Rejected(f"{n} rows and {p} columns are not checked")
    sums, scales = _integers(data["sums"], p), _fractions(data["scales"], p)
    if min(scales) <= 0:
        raise Rejected("a scale is not positive")
    target_scale = _positive(data["target_scale"])
    total, products = _integer(data["target_sum"]), _integers(data["target_products"], p)
    spread = [[n * value for value in row] for row in _symmetric(data["products"], p)]
    spread = [[spread[i][j] - sums[i] * sums[j] for j in range(p)] for i in range(p)]
    cross = [n * product - one * total for product, one in zip(products, sums, strict=True)]
    square = n * _integer(data["target_square"]) - total**2
    unit = lcm(*(scale.denominator for scale in scales))
    _bounded(unit)
    whole = [int(scale * unit) for scale in scales]
    _affordable(p, max(abs(whole[i] ** 2 * spread[i][i]) for i in range(p)))
    _affordable(p, max(*(spread[i][i] for i in range(p)), abs(square)))
    return Instance(
        rows=n,
        gram=fmpz_mat(p, p, [whole[i] * whole[j] * spread[i][j] for i in range(p) for j in range(p)]),
        gram_unit=unit**2 * n**2,
        correlation=tuple(s * target_scale * value / n**2 for s, value in zip(scales, cross, strict=True)),
        energy=target_scale**2 * square / n**2,
        teacher=tuple(_fractions(data["teacher"], p)),
        penalty=_positive(data["penalty"]),
        kappa=_kappa(data["kappa"]),
        realisable=_bordered(spread, cross, square),
    )


def _bordered(spread: list[list[int]], cross: list[int], square: int) -> fmpz_mat:
    """The centred moments of columns and target: a table has them only if this is positive semidefinite."""
    rows = [[*row, last] for row, last in zip(spread, cross, strict=True)] + [[*cross, square]]
    return fmpz_mat(len(rows), len(rows), [value for row in rows for value in row])


def _kappa(data: Any) -> tuple[Fraction, str] | None:
    if data is None:
        return None
    rule = member(data, "by")
    if rule not in _KAPPA_RULES:
        raise Rejected(f"unknown rule {rule!r}")
    return _positive(member(data, "value")), rule


def _symmetric(data: Any, p: int) -> list[list[int]]:
    """Return a symmetric matrix from its rows from the diagonal on."""
    rows = sequence(data)
    if len(rows) != p:
        raise Rejected("the products do not fit the columns")
    upper = [_integers(row, p - i) for i, row in enumerate(rows)]
    return [[upper[min(i, j)][abs(i - j)] for j in range(p)] for i in range(p)]


def _integer(data: Any) -> int:
    value = fraction(data)
    if value.denominator != 1:
        raise Rejected(f"{data!r} is not an integer")
    return value.numerator


def _integers(data: Any, count: int) -> list[int]:
    return _counted([_integer(entry) for entry in sequence(data)], count)


def _fractions(data: Any, count: int) -> list[Fraction]:
    return _counted([fraction(entry) for entry in sequence(data)], count)


def _counted(values: list[Any], count: int) -> list[Any]:
    if len(values) != count:
        raise Rejected(f"{len(values)} numbers where {count} are needed")
    return values


def _positive(data: Any) -> Fraction:
    value = fraction(data)
    if value <= 0:
        raise Rejected(f"{str(data)[:40]!r} is not positive")
    return value


def _cleared(vector: Sequence[Fraction]) -> tuple[list[int], int]:
    """Return integers and their common denominator."""
    unit = lcm(*(value.denominator for value in vector))
    _bounded(unit)
    return [int(value * unit) for value in vector], unit


def _affordable(size: int, entry: int) -> None:
    if size**4 * entry.bit_length() > MAX_WORK:
        raise Rejected(f"{size} columns with numbers of {entry.bit_length()} bits take too long to check exactly")


def _bounded(unit: int) -> None:
    if unit.bit_length() > MAX_DENOMINATOR_BITS:
        raise Rejected("the common denominator is too long")


def _dot(left: Sequence[Fraction], right: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True) if a and b), Fraction(0))


def _semidefinite(matrix: fmpz_mat) -> bool:
    """Whether a symmetric matrix has no negative eigenvalue.

    The roots of det(t I + M) are real; none is positive exactly when no coefficient is negative.
    """
    return all(coefficient >= 0 for coefficient in (-matrix).charpoly().coeffs())


# --- proved -------------------------------------------------------------------------------------------------------


def _check_proved(instance: Instance, evidence: Any) -> None:
    broken = failing(instance)
    if broken:
        raise Rejected(f"assumption {broken} does not hold")
    assert instance.kappa is not None
    value, rule = instance.kappa
    if not _KAPPA_RULES[rule](instance, value, evidence):
        raise Rejected(f"kappa = {value} is not shown by the rule {rule!r}")
    solution = _fractions(member(evidence, "solution"), instance.size)
    least = dual_bound(instance, solution)
    gap = primal(instance, solution) - least
    if not _within(error(instance, solution), gap, instance.bound):
        raise Rejected("the error exceeds the bound")
    _check_points(instance, least, member(evidence, "points"))


def failing(instance: Instance) -> str | None:
    """Return the name of a decidable assumption that fails (all but the lower side of kappa), None if all hold."""
    if any(instance.gram[j, j] > instance.gram_unit for j in range(instance.size)):
        return "columns"
    if 2 * max(map(abs, _noise(instance))) > instance.penalty:
        return "H7"
    if instance.penalty >= max(map(abs, instance.correlation)):
        return "H13-penalty"
    if instance.kappa is None:
        return "H6"
    if instance.bound >= _dot(instance.teacher, instance.times(instance.teacher)):
        return "H13-conclusion"
    return None


def _noise(instance: Instance) -> list[Fraction]:
    """x_j^T (y - X teacher)/n for all j."""
    return [c - t for c, t in zip(instance.correlation, instance.times(instance.teacher), strict=True)]


def primal(instance: Instance, point: Sequence[Fraction]) -> Fraction:
    """Return |y - X u|^2/(2 n) + penalty |u|_1."""
    quadratic = _dot(point, instance.times(point))
    smooth = (quadratic + instance.energy) / 2 - _dot(instance.correlation, point)
    return smooth + instance.penalty * sum(map(abs, point), Fraction(0))


def dual_bound(instance: Instance, point: Sequence[Fraction]) -> Fraction:
    """Return a lower bound of the lasso's minimum from the scaled residual of a point."""
    image = instance.times(point)
    largest = max(abs(c - v) for c, v in zip(instance.correlation, image, strict=True))
    scale = min(Fraction(1), instance.penalty / largest) if largest else Fraction(1)
    linear, quadratic = _dot(instance.correlation, point), _dot(point, image)
    residual = instance.energy - 2 * linear + quadratic
    return scale * (instance.energy - linear) - scale**2 * residual / 2


def error(instance: Instance, point: Sequence[Fraction]) -> Fraction:
    """Return |X (u - teacher)|^2/n."""
    difference = [u - t for u, t in zip(point, instance.teacher, strict=True)]
    return _dot(difference, instance.times(difference))


def _within(of_point: Fraction, gap: Fraction, bound: Fraction) -> bool:
    """Whether (sqrt(of_point) + sqrt(2 gap))^2 <= bound."""
    room = bound - of_point - 2 * gap
    return gap >= 0 and room >= 0 and room**2 >= 8 * gap * of_point


def _check_points(instance: Instance, least: Fraction, data: Any) -> None:
    """Every trained point exceeds the global minimum of F by at most its stated gap."""
    points = sequence(data)
    if len(points) > MAX_POINTS:
        raise Rejected("too many points")
    for point in points:
        unit = 2 ** natural(member(point, "bits"), 200)
        mask, weight = (_integers(member(point, key), instance.size) for key in ("a", "w"))
        if _mask_value(instance, mask, weight, unit) - least > fraction(member(point, "gap")):
            raise Rejected("a trained point is further from the minimum than stated")


def _mask_value(instance: Instance, mask: list[int], weight: list[int], unit: int) -> Fraction:
    """Return F(mask/unit, weight/unit)."""
    product = [Fraction(a * w, unit**2) for a, w in zip(mask, weight, strict=True)]
    ridge = Fraction(sum(v * v for v in (*mask, *weight)), unit**2)
    smooth = primal(instance, product) - instance.penalty * sum(map(abs, product), Fraction(0))
    return smooth + instance.penalty * ridge / 2


# --- lower bounds of kappa ----------------------------------------------------------------------------------------
# All but the last bound d^T G d by kappa |d_S|^2, which is at least kappa |d_S|_1^2/k.


def _by_eigenvalue(instance: Instance, kappa: Fraction, evidence: Any) -> bool:
    """G - kappa I is positive semidefinite."""
    return _shifted(instance, kappa, range(instance.size))


def _by_support(instance: Instance, kappa: Fraction, evidence: Any) -> bool:
    """G - kappa P is positive semidefinite, P the projection to the support of the teacher."""
    return _shifted(instance, kappa, instance.support)


def _shifted(instance: Instance, kappa: Fraction, places: Sequence[int]) -> bool:
    _bounded(kappa.denominator)
    matrix = instance.gram * fmpz(kappa.denominator)
    for j in places:
        matrix[j, j] -= kappa.numerator * instance.gram_unit
    return _semidefinite(matrix)


def _by_coherence(instance: Instance, kappa: Fraction, evidence: Any) -> bool:
    """On the cone |d|_1^2 <= 16 k |d_S|^2, so that d^T G d >= (min_j G_jj + mu - 16 k mu) |d|^2 if that is positive."""
    p, gram, unit = instance.size, instance.gram, instance.gram_unit
    coherence = Fraction(max((abs(int(gram[i, j])) for i in range(p) for j in range(i)), default=0), unit)
    least = Fraction(min(int(gram[j, j]) for j in range(p)), unit)
    return kappa <= least + coherence - 16 * len(instance.support) * coherence


def _by_compatibility(instance: Instance, kappa: Fraction, evidence: Any) -> bool:
    """Every sign pattern t of d_S with |d_S|_1 = 1 has d^T G d >= kappa/k, by d^T G d >= 2 v^T G d - v^T G v."""
    support = instance.support
    if len(support) > MAX_PATTERN_SUPPORT:
        raise Rejected("the support is too large for sign patterns")
    data = member(evidence, "compatibility")
    unit, vectors = _positive(member(data, "unit")), sequence(member(data, "vectors"))
    patterns = [(1, *rest) for rest in product((1, -1), repeat=len(support) - 1)]
    if len(vectors) != len(patterns):
        raise Rejected(f"{len(vectors)} vectors for {len(patterns)} sign patterns")
    for signs, vector in zip(patterns, vectors, strict=True):
        point = [Fraction(value) / unit for value in _integers(vector, instance.size)]
        if kappa > len(support) * _pattern_bound(instance, signs, point):
            return False
    return True


def _pattern_bound(instance: Instance, signs: Sequence[int], point: Sequence[Fraction]) -> Fraction:
    """Return the least value of 2 v^T G d - v^T G v over t_j d_j >= 0, sum t_j d_j = 1 on S and |d off S|_1 <= 3."""
    image, support = instance.times(point), instance.support
    inside = min(t * image[j] for t, j in zip(signs, support, strict=True))
    outside = max((abs(value) for j, value in enumerate(image) if instance.teacher[j] == 0), default=Fraction(0))
    return 2 * (inside - 3 * outside) - _dot(point, image)


_KAPPA_RULES = {
    "eigenvalue": _by_eigenvalue, "support": _by_support, "coherence": _by_coherence,
    "compatibility": _by_compatibility,
}  # fmt: skip


# --- vacuous ------------------------------------------------------------------------------------------------------


def _check_vacuous(instance: Instance, evidence: Any) -> None:
    named = member(evidence, "fails")
    if named == "H6":
        _check_null_vector(instance, _fractions(member(evidence, "direction"), instance.size))
    elif named not in ("columns", "H7", "H13-penalty", "H13-conclusion") or failing(instance) != named:
        raise Rejected(f"assumption {str(named)[:40]} does not fail first")


def _check_null_vector(instance: Instance, direction: Sequence[Fraction]) -> None:
    """A direction of the cone on which X d = 0: there is no positive kappa."""
    support = instance.support
    inside = sum((abs(direction[j]) for j in support), Fraction(0))
    outside = sum(map(abs, direction), Fraction(0)) - inside
    if inside == 0 or outside > 3 * inside:
        raise Rejected("the direction is not in the cone")
    if any(instance.times(direction)):
        raise Rejected("the columns do not cancel along the direction")
