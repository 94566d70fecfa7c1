"""Sets of floating-point results: every value that an admissible implementation may return for a formula.

Addition, subtraction, multiplication, division and square root round to nearest (ties to even); absolute values, signs,
maxima and comparisons are exact. An elementary function f may return the rounding of any f(x)*(1 + e) with
|e| <= 4 epsilon (four units in the last place), never beyond its range or on the wrong side of a value that it takes
exactly (exp(0) = 1, log(1) = 0, tanh(0) = erf(0) = sin(0) = log1p(0) = 0, cos(0) = 1); tanh and erf return their
limits 1 and -1 where these are closer than epsilon/64. Sums and dot products go from
left to right, without fused multiply-add; softmax subtracts the largest entry first.

A set is an interval of floats, and whether NaN is possible. Rounding is monotone, so the ends of an interval are the
images of ends. One set object stands for one computed value: who makes sets for parameters makes one for each entry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verify.errors import Undecidable
from verify.expr.ball import Balls, as_ball, precision, rational
from verify.expr.evaluate import Domain
from verify.floating.formats import Format

ULPS = 4
"""Units in the last place by which an elementary function may be wrong before its last rounding."""

SATURATION = 64
"""tanh and erf return their limit where they are closer to it than epsilon over this."""

FUNCTION_PRECISION = 160
"""Bits used to enclose elementary functions."""

MAX_EXPONENT = 64
"""Largest integer power."""

Truth = frozenset[bool]
"""Possible values of a condition."""


@dataclass(frozen=True)
class FloatSet:
    """Possible results: floats in [low, high], and NaN if ``nan``.

    ``sure``: there is exactly one result, ``low`` (also in the sign of a zero), which may be NaN.
    """

    low: float
    high: float
    nan: bool = False
    sure: bool = False

    @property
    def holds_zero(self) -> bool:
        return self.low <= 0 <= self.high

    @property
    def infinite(self) -> bool:
        return math.isinf(self.low) or math.isinf(self.high)


def exactly(x: float) -> FloatSet:
    """Return the set of one float."""
    return FloatSet(x, x, math.isnan(x), sure=True)


def between(low: float, high: float, *, nan: bool = False) -> FloatSet:
    """Return the set of the floats from ``low`` to ``high``."""
    return FloatSet(low, high, nan, sure=low == high != 0 and not nan)


class Floats(Domain):
    """Arithmetic on sets of results in one format."""

    def __init__(self, form: Format) -> None:
        self.form = form

    def constant(self, value: Fraction) -> FloatSet:
        return exactly(self.form.nearest(value))

    def sign(self, a: FloatSet) -> int:
        if not a.nan:
            if a.low > 0:
                return 1
            if a.high < 0:
                return -1
            if a.low == 0 == a.high:
                return 0
        raise Undecidable("the sign of a computed value is not decided")

    # --- rounded to nearest ---

    def add(self, a: FloatSet, b: FloatSet) -> FloatSet:
        if a.sure and b.sure:
            return exactly(self.form.rounded(a.low + b.low))
        if _only_nan(a) or _only_nan(b):
            return exactly(math.nan)
        low, high = a.low + b.low, a.high + b.high
        opposite = (a.high == math.inf and b.low == -math.inf) or (a.low == -math.inf and b.high == math.inf)
        low, high = (-math.inf if math.isnan(low) else low), (math.inf if math.isnan(high) else high)
        return between(self.form.rounded(low), self.form.rounded(high), nan=a.nan or b.nan or opposite)

    def sum(self, values: Sequence[FloatSet]) -> FloatSet:
        """From left to right; whoever starts from zero gets 0 for a sum of negative zeros, else it is -0."""
        out: FloatSet = super().sum(values)
        return between(0.0, 0.0) if out.sure and out.low == 0 and math.copysign(1.0, out.low) < 0 else out

    def sub(self, a: FloatSet, b: FloatSet) -> FloatSet:
        return self.add(a, self.negated(b))

    def negated(self, a: FloatSet) -> FloatSet:
        """Return -a, which is exact."""
        return FloatSet(-a.high, -a.low, a.nan, a.sure)

    def mul(self, a: FloatSet, b: FloatSet) -> FloatSet:
        if a.sure and b.sure:
            return exactly(self.form.rounded(a.low * b.low))
        if _only_nan(a) or _only_nan(b):
            return exactly(math.nan)
        nan = a.nan or b.nan or (a.holds_zero and b.infinite) or (b.holds_zero and a.infinite)
        products = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
        whole = self._hull([0.0 if math.isnan(p) else p for p in products], nan)
        if a is b and whole.low < 0:  # the same computed value twice
            return between(0.0, whole.high, nan=a.nan)
        return whole

    def div(self, a: FloatSet, b: FloatSet) -> FloatSet:
        if a.sure and b.sure:
            return exactly(self.form.rounded(_quotient(a.low, b.low)))
        if _only_nan(a) or _only_nan(b):
            return exactly(math.nan)
        nan = a.nan or b.nan or (a.infinite and b.infinite) or (a.holds_zero and b.holds_zero)
        if b.holds_zero:
            return between(-math.inf, math.inf, nan=nan)
        quotients = [_quotient(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
        return self._hull([0.0 if math.isnan(q) else q for q in quotients], nan)

    def sqrt(self, a: FloatSet) -> FloatSet:
        if _only_nan(a) or a.high < 0:
            return exactly(math.nan)
        if a.sure:
            return exactly(self.form.rounded(math.sqrt(a.low)))
        low, high = math.sqrt(max(a.low, 0.0)), math.sqrt(a.high)
        return between(self.form.rounded(low), self.form.rounded(high), nan=a.nan or a.low < 0)

    def _hull(self, values: Sequence[float], nan: bool) -> FloatSet:
        return between(self.form.rounded(min(values)), self.form.rounded(max(values)), nan=nan)

    def power(self, a: FloatSet, n: int) -> FloatSet:
        """x*x for n = 2, 1/x for n = -1, else an elementary function."""
        if n == 0:
            return exactly(1.0)
        if n == 1:
            return a
        if n < 0:
            return self.div(exactly(1.0), self.power(a, -n))
        if n == 2:
            return self.mul(a, a)
        if n > MAX_EXPONENT:
            raise Undecidable(f"the power {n} in floating point")
        if _only_nan(a):
            return exactly(math.nan)
        size = self.absolute(a)
        low, high = (self._power_end(size.low, n, -1), self._power_end(size.high, n, 1))
        if n % 2 == 0 or a.low >= 0:
            return FloatSet(low, high, a.nan)
        if a.high <= 0:
            return FloatSet(-high, -low, a.nan)
        return FloatSet(-self._power_end(-a.low, n, 1), self._power_end(a.high, n, 1), a.nan)

    def _power_end(self, x: float, n: int, side: int) -> float:
        if math.isinf(x) or x in (0.0, 1.0):
            return x
        return self._end(Fraction(x) ** n, side)

    # --- exact ---

    def absolute(self, a: FloatSet) -> FloatSet:
        if a.sure:
            return exactly(abs(a.low))
        low = 0.0 if a.holds_zero else min(abs(a.low), abs(a.high))
        return between(low, max(abs(a.low), abs(a.high)), nan=a.nan)

    def maximum(self, a: FloatSet, b: FloatSet) -> FloatSet:
        if _only_nan(a) or _only_nan(b):
            return exactly(math.nan)
        if a.sure and b.sure and a.low != b.low:
            return exactly(max(a.low, b.low))
        return between(max(a.low, b.low), max(a.high, b.high), nan=a.nan or b.nan)

    def relu(self, a: FloatSet) -> FloatSet:
        if a.sure and a.low > 0:
            return a
        return self.maximum(a, between(0.0, 0.0))

    def signum(self, a: FloatSet) -> FloatSet:
        if _only_nan(a):
            return exactly(math.nan)
        return between(_signum(a.low), _signum(a.high), nan=a.nan)

    def step(self, a: FloatSet) -> FloatSet:
        if self.sign(a) == 0:
            raise Undecidable("the derivative is taken on a kink")
        return exactly(1.0 if a.low > 0 else 0.0)

    # --- elementary functions ---

    def exp(self, a: FloatSet) -> FloatSet:
        return self._monotone(a, "exp", 0.0, 1.0, (0.0, math.inf))

    def log(self, a: FloatSet) -> FloatSet:
        if _only_nan(a) or a.high < 0:
            return exactly(math.nan)
        inside = FloatSet(max(a.low, 0.0), a.high, a.nan or a.low < 0, a.sure)
        return self._monotone(inside, "log", 1.0, 0.0, (-math.inf, math.inf))

    def log1p(self, a: FloatSet) -> FloatSet:
        """log(1 + a) for a >= 0."""
        return self._monotone(a, "log1p", 0.0, 0.0, (0.0, math.inf))

    def tanh(self, a: FloatSet) -> FloatSet:
        return self._monotone(a, "tanh", 0.0, 0.0, (-1.0, 1.0))

    def erf(self, a: FloatSet) -> FloatSet:
        return self._monotone(a, "erf", 0.0, 0.0, (-1.0, 1.0))

    def _monotone(self, a: FloatSet, name: str, fixed: float, image: float, limits: tuple[float, float]) -> FloatSet:
        """Enclose an increasing function with f(fixed) = image and the given limits at the ends of its domain."""
        if _only_nan(a):
            return exactly(math.nan)
        if a.low == fixed == a.high and not a.nan:
            return between(image, image) if fixed == image else exactly(image)  # a zero may keep its sign
        ends = []
        for x, side in ((a.low, -1), (a.high, 1)):
            if x == fixed:
                value = image
            elif math.isinf(x) or (name == "log" and x == 0):
                value = limits[int(x > 0)]
            else:
                value = min(max(self._function_end(name, x, side), limits[0]), limits[1])
                value = max(value, image) if x > fixed else min(value, image)
                value = self._saturated(name, x, value)
            ends.append(value)
        return between(ends[0], ends[1], nan=a.nan)

    def _function_end(self, name: str, x: float, side: int) -> float:
        if name == "exp" and x > self.form.top + 2:
            return math.inf  # exp(x) > 2**(top + 2)
        if name == "exp" and x < -2 * (self.form.top + self.form.digits):
            return 0.0
        with precision(FUNCTION_PRECISION):
            ball = _ELEMENTARY[name](as_ball(rational(Fraction(x))))
            if not ball.is_finite():
                raise Undecidable(f"{name}({x}) is not enclosed")
            end = _dyadic(ball.lower() if side < 0 else ball.upper())
        return self._end(end, side)

    def _saturated(self, name: str, x: float, value: float) -> float:
        if name not in ("tanh", "erf"):
            return value
        with precision(FUNCTION_PRECISION):
            gap = 1 - _ELEMENTARY[name](as_ball(rational(Fraction(abs(x)))))
            return math.copysign(1.0, x) if gap < as_ball(rational(self.form.epsilon / SATURATION)) else value

    def _end(self, value: Fraction, side: int) -> float:
        """Return the rounding of the value moved outward by the allowance."""
        slack = ULPS * self.form.epsilon
        return self.form.nearest(value * (1 + slack if (value > 0) == (side > 0) else 1 - slack))

    def sin(self, a: FloatSet) -> FloatSet:
        return between(0.0, 0.0) if a.sure and a.low == 0 else self._oscillating(a, "sin")

    def cos(self, a: FloatSet) -> FloatSet:
        return exactly(1.0) if a.sure and a.low == 0 else self._oscillating(a, "cos")

    def _oscillating(self, a: FloatSet, name: str) -> FloatSet:
        if a.nan or a.infinite:
            if a.sure:
                return exactly(math.nan)
            return between(-1.0, 1.0, nan=True)
        with precision(FUNCTION_PRECISION + self.form.top):
            ends = (as_ball(rational(Fraction(x))) for x in (a.low, a.high))
            ball = _ELEMENTARY[name](next(ends).union(next(ends)))
            low, high = _dyadic(ball.lower()), _dyadic(ball.upper())
        return between(max(self._end(low, -1), -1.0), min(self._end(high, 1), 1.0))

    def inverse_sqrt_pi(self) -> FloatSet:
        with precision(FUNCTION_PRECISION):
            ball = Balls().inverse_sqrt_pi()
            return between(self.form.nearest(_dyadic(ball.lower())), self.form.nearest(_dyadic(ball.upper())))

    # --- composed as libraries compose them ---

    def sigmoid(self, a: FloatSet) -> FloatSet:
        """1/(1 + exp(-a))."""
        one = exactly(1.0)
        return self.div(one, self.add(one, self.exp(self.negated(a))))

    def softplus(self, a: FloatSet) -> FloatSet:
        """max(a, 0) + log1p(exp(-|a|))."""
        return self.add(self.relu(a), self.log1p(self.exp(self.negated(self.absolute(a)))))

    def _shifted(self, row: Sequence[FloatSet]) -> tuple[FloatSet, list[FloatSet]]:
        """Return the largest entry, and the exponentials of the entries minus it."""
        top = row[0]
        for entry in row[1:]:
            top = self.maximum(top, entry)
        zero = between(-math.inf, 0.0)
        grown = []
        for entry in row:
            offset = self.sub(entry, top)
            if not offset.sure and not math.isnan(offset.low):
                offset = FloatSet(min(offset.low, 0.0), min(offset.high, zero.high), offset.nan)
            grown.append(self.exp(offset))
        return top, grown

    def softmax(self, row: Sequence[FloatSet]) -> list[FloatSet]:
        _, grown = self._shifted(row)
        whole = self._whole(grown)
        return [self._share(entry, whole) for entry in (self.div(g, whole) for g in grown)]

    def _whole(self, grown: Sequence[FloatSet]) -> FloatSet:
        """Sum of exponentials of which at least one is exp(0) = 1, and none is negative."""
        whole = self.sum(list(grown))
        return whole if whole.sure or _only_nan(whole) else FloatSet(max(whole.low, 1.0), whole.high, whole.nan)

    def _share(self, entry: FloatSet, whole: FloatSet) -> FloatSet:
        """A nonnegative summand divided by the rounded sum is at most one: rounding is monotone."""
        if entry.sure or _only_nan(entry):
            return entry
        return FloatSet(max(entry.low, 0.0), min(entry.high, 1.0), entry.nan)

    def logsumexp(self, row: Sequence[FloatSet]) -> FloatSet:
        top, grown = self._shifted(row)
        return self.add(top, self.log(self._whole(grown)))

    def sparsemax(self, row: Sequence[FloatSet]) -> list[FloatSet]:
        raise Undecidable("sparsemax has no fixed evaluation in floating point")

    margins = sparsemax

    # --- conditions ---

    def compare(self, relation: str, a: FloatSet, b: FloatSet) -> Truth:
        """Return the possible truth values; every comparison with NaN is false, except 'unequal'."""
        found: set[bool] = set()
        if a.nan or b.nan:
            found.add(relation == "ne")
        if _only_nan(a) or _only_nan(b):
            return frozenset(found)
        less, more = a.low < b.high, a.high > b.low
        meets = a.low <= b.high and b.low <= a.high
        apart = not (a.low == a.high == b.low == b.high)
        outcomes = {
            "lt": ((True, less), (False, a.high >= b.low)),
            "le": ((True, a.low <= b.high), (False, more)),
            "eq": ((True, meets), (False, apart)),
            "ne": ((True, apart), (False, meets)),
        }[relation]
        return frozenset(found | {value for value, possible in outcomes if possible})

    def logical(self, op: str, *conditions: Truth) -> Truth:
        if op == "not":
            return frozenset(not value for value in conditions[0])
        decisive = op == "or"
        found = set()
        if any(decisive in truth for truth in conditions):
            found.add(decisive)
        if all((not decisive) in truth for truth in conditions):
            found.add(not decisive)
        return frozenset(found)

    def choose(self, condition: Truth, a: Any, b: Any) -> Any:
        if len(condition) == 1:
            return a if True in condition else b
        for side in (a, b):
            if not isinstance(side, FloatSet):
                return side
        if _only_nan(a) or _only_nan(b):
            other = b if _only_nan(a) else a
            return FloatSet(other.low, other.high, nan=True)
        return between(min(a.low, b.low), max(a.high, b.high), nan=a.nan or b.nan)


def _only_nan(a: FloatSet) -> bool:
    return math.isnan(a.low)


def _signum(x: float) -> float:
    return float((x > 0) - (x < 0))


def _quotient(x: float, y: float) -> float:
    """Return x/y as IEEE 754 defines it, also for y = 0."""
    if y != 0:
        return x / y
    if x == 0 or math.isnan(x):
        return math.nan
    return math.copysign(math.inf, x) * math.copysign(1.0, y)


def _dyadic(end: Any) -> Fraction:
    mantissa, exponent = end.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


_ELEMENTARY: dict[str, Callable[[Any], Any]] = {
    "exp": lambda x: x.exp(),
    "log": lambda x: x.log(),
    "log1p": lambda x: x.log1p(),
    "tanh": lambda x: x.tanh(),
    "erf": lambda x: x.erf(),
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
}
