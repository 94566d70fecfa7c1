"""Rounding-error bounds: how far every admissible computed value may be from the real one, over a whole domain.

A bound on both sides of a comparison turns a claim about floating point into one over the real numbers with a margin:
if the real sides differ by more than the bounds, the computed sides compare in the same way. The bounds are those of
the standard model: an operation adds half a unit in the last place of its result (half the smallest number near
zero), an elementary function four units, and the errors of arguments are carried by Lipschitz constants. Source:
N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002, chapters 2 and 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verify.errors import Undecidable
from verify.expr.ball import as_ball, precision, rational
from verify.expr.evaluate import Domain
from verify.floating.formats import Format
from verify.floating.sets import FUNCTION_PRECISION, ULPS, Floats, FloatSet, Truth, exactly

TWO_OVER_ROOT_PI = Fraction(113, 100)
"""At least the greatest slope of erf."""

BITS = 400
"""Bounds are rounded up to this many bits after the binary point of the smallest number, so that they stay short."""


@dataclass(frozen=True)
class Computed:
    """Possible computed values (finite, no NaN), and a bound of their distance from the real value."""

    values: FloatSet
    error: Fraction

    @property
    def size(self) -> Fraction:
        """Largest absolute computed value."""
        return max(abs(Fraction(self.values.low)), abs(Fraction(self.values.high)))

    @property
    def least(self) -> Fraction:
        """Smallest absolute computed value."""
        if self.values.holds_zero:
            return Fraction(0)
        return min(abs(Fraction(self.values.low)), abs(Fraction(self.values.high)))


@dataclass(frozen=True)
class Verdict:
    """Possible truth values of a condition; ``same`` if the real condition surely has the value of the computed one."""

    truth: Truth
    same: bool


class Errors(Domain):
    """Computed values with error bounds in one format."""

    def __init__(self, form: Format) -> None:
        self.form = form
        self.floats = Floats(form)
        self.unit = form.epsilon / 2
        self.tiny = Fraction(form.smallest)

    def _made(self, values: FloatSet, error: Fraction, *, rounded: bool = True) -> Computed:
        if values.nan or values.infinite or values.low != values.low:
            raise Undecidable("a computed value may overflow or be undefined on the domain")
        if rounded:
            error += self.unit * max(abs(Fraction(values.low)), abs(Fraction(values.high))) + self.tiny
        return Computed(values, self._short(error))

    def _short(self, error: Fraction) -> Fraction:
        """Round an error bound up to a short number."""
        if error == 0:
            return error
        scale = 1 << (BITS - self.form.low)
        return Fraction(-(-error * scale // 1), scale)

    def constant(self, value: Fraction) -> Computed:
        nearest = self.form.nearest(value)
        return self._made(exactly(nearest), abs(Fraction(nearest) - value), rounded=False)

    def sign(self, a: Computed) -> int:
        raise Undecidable("a kink is not read with rounding errors")

    # --- rounded to nearest ---

    def add(self, a: Computed, b: Computed) -> Computed:
        return self._made(self.floats.add(a.values, b.values), a.error + b.error)

    def sub(self, a: Computed, b: Computed) -> Computed:
        return self._made(self.floats.sub(a.values, b.values), a.error + b.error)

    def negated(self, a: Computed) -> Computed:
        return Computed(self.floats.negated(a.values), a.error)

    def mul(self, a: Computed, b: Computed) -> Computed:
        for one, other in ((a, b), (b, a)):
            if one.values.sure and one.error == 0 and abs(one.values.low) == 1:
                return other if one.values.low > 0 else self.negated(other)  # exact
        carried = a.size * b.error + (b.size + b.error) * a.error
        return self._made(self.floats.mul(a.values, b.values), carried)

    def div(self, a: Computed, b: Computed) -> Computed:
        least = b.least - b.error
        if least <= 0:
            raise Undecidable("a denominator may be zero")
        carried = a.size * b.error / (b.least * least) + a.error / least
        return self._made(self.floats.div(a.values, b.values), carried)

    def sqrt(self, a: Computed) -> Computed:
        low = Fraction(a.values.low) - a.error
        if low < 0 or (low == 0 and a.error > 0):
            raise Undecidable("a square root near zero")
        root = self.floats.sqrt(a.values)
        # The computed root is at most half an epsilon above the true one.
        return self._made(root, a.error / Fraction(root.low) * (1 + self.form.epsilon) if a.error else Fraction(0))

    def power(self, a: Computed, n: int) -> Computed:
        if n == 1:
            return a
        if n == 0:
            return self.constant(Fraction(1))
        if n < 0:
            return self.div(self.constant(Fraction(1)), self.power(a, -n))
        carried = n * (a.size + a.error) ** (n - 1) * a.error
        allowed = Fraction(0) if n == 2 else self._allowance(a.size**n)
        return self._made(self.floats.power(a.values, n), carried + allowed)

    def _allowance(self, size: Fraction) -> Fraction:
        return ULPS * self.form.epsilon * size

    # --- Lipschitz with constant one ---

    def absolute(self, a: Computed) -> Computed:
        return Computed(self.floats.absolute(a.values), a.error)

    def relu(self, a: Computed) -> Computed:
        return Computed(self.floats.relu(a.values), a.error)

    def maximum(self, a: Computed, b: Computed) -> Computed:
        return Computed(self.floats.maximum(a.values, b.values), max(a.error, b.error))

    # --- elementary functions ---

    def exp(self, a: Computed) -> Computed:
        values = self.floats.exp(a.values)
        with precision(FUNCTION_PRECISION):
            top = as_ball(rational(Fraction(a.values.high) + a.error)).exp().upper()
            if not top.is_finite():
                raise Undecidable("an exponential may overflow")
            mantissa, exponent = top.man_exp()
        bound = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
        return self._made(values, bound * a.error + self._allowance(bound))

    def log(self, a: Computed) -> Computed:
        least = Fraction(a.values.low) - a.error
        if least <= 0:
            raise Undecidable("a logarithm near zero")
        values = self.floats.log(a.values)
        return self._function(values, a.error / least)

    def tanh(self, a: Computed) -> Computed:
        return self._function(self.floats.tanh(a.values), a.error)

    def erf(self, a: Computed) -> Computed:
        return self._function(self.floats.erf(a.values), TWO_OVER_ROOT_PI * a.error)

    def sin(self, a: Computed) -> Computed:
        return self._function(self.floats.sin(a.values), a.error)

    def cos(self, a: Computed) -> Computed:
        return self._function(self.floats.cos(a.values), a.error)

    def _function(self, values: FloatSet, carried: Fraction) -> Computed:
        """The allowance is relative to the exact value, which the computed one exceeds by at most the same share."""
        if values.infinite or values.nan:
            raise Undecidable("a computed value may overflow or be undefined on the domain")
        size = max(abs(Fraction(values.low)), abs(Fraction(values.high)))
        return self._made(values, carried + 2 * self._allowance(size + self.tiny))

    def inverse_sqrt_pi(self) -> Computed:
        return self._made(self.floats.inverse_sqrt_pi(), Fraction(0))

    # --- composed ---

    def sigmoid(self, a: Computed) -> Computed:
        """1/(1 + e) with e = exp(-a) up to a relative error of five epsilon changes by at most a quarter of that.

        Together with the rounded sum, and an e that underflows or overflows, this is less than four epsilon.
        """
        return self._made(self.floats.sigmoid(a.values), a.error / 4 + 4 * self.form.epsilon)

    def softplus(self, a: Computed) -> Computed:
        grown = self.exp(self.negated(self.absolute(a)))
        tail = self._function(self.floats.log1p(grown.values), grown.error)
        return self.add(self.relu(a), tail)

    def _shifted(self, row: Sequence[Computed]) -> tuple[Computed, list[Computed], Computed]:
        top = row[0]
        for entry in row[1:]:
            top = self.maximum(top, entry)
        grown = []
        for entry in row:
            offset = self.sub(entry, top)
            low, high = min(offset.values.low, 0.0), min(offset.values.high, 0.0)
            grown.append(self.exp(Computed(FloatSet(low, high), offset.error)))
        whole = self.sum(grown)
        values = FloatSet(max(whole.values.low, 1.0), max(whole.values.high, 1.0))
        return top, grown, Computed(values, whole.error)

    def softmax(self, row: Sequence[Computed]) -> list[Computed]:
        _, grown, whole = self._shifted(row)
        return [self._share(self.div(entry, whole)) for entry in grown]

    def _share(self, a: Computed) -> Computed:
        return Computed(FloatSet(max(a.values.low, 0.0), min(a.values.high, 1.0)), a.error)

    def logsumexp(self, row: Sequence[Computed]) -> Computed:
        top, _, whole = self._shifted(row)
        return self.add(top, self.log(whole))

    def sparsemax(self, row: Sequence[Computed]) -> list[Computed]:
        raise Undecidable("sparsemax has no fixed evaluation in floating point")

    margins = sparsemax

    # --- conditions ---

    def compare(self, relation: str, a: Computed, b: Computed) -> Verdict:
        return Verdict(self.floats.compare(relation, a.values, b.values), a.error == 0 == b.error)

    def logical(self, op: str, *conditions: Verdict) -> Verdict:
        truth = self.floats.logical(op, *(condition.truth for condition in conditions))
        return Verdict(truth, all(condition.same for condition in conditions))

    def choose(self, condition: Verdict, a: Any, b: Any) -> Any:
        if not condition.same:
            raise Undecidable("rounding errors may change the choice of 'where'")
        if not isinstance(a, Computed) or not isinstance(b, Computed):
            raise Undecidable("a branch of 'where' is not bounded")
        return Computed(self.floats.choose(condition.truth, a.values, b.values), max(a.error, b.error))

    def signum(self, a: Computed) -> Computed:
        if a.error:
            raise Undecidable("rounding errors may change a sign")
        return Computed(self.floats.signum(a.values), Fraction(0))
