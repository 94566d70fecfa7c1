"""Interval arithmetic by ends, so that intervals may be unbounded: [2, inf) keeps its sign, which a ball cannot.

A scalar is a pair (low, high) of balls without radius, possibly infinite; every operation rounds outward.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from verify.errors import Undecidable
from verify.expr.ball import as_ball, rational
from verify.expr.evaluate import Domain

INFINITY = math.inf

End = Any
"""An exact ball without radius, or one of the Python floats inf and -inf (FLINT's own infinities are not used)."""


@dataclass(frozen=True)
class Interval:
    """All real numbers from ``low`` to ``high``; an infinite end is not a member."""

    low: End
    high: End

    @property
    def signs(self) -> tuple[bool, bool, bool, bool]:
        """Which of ``> 0, >= 0, < 0, <= 0`` hold on the whole interval."""
        low, high = _signum(self.low), _signum(self.high)
        return low > 0, low >= 0, high < 0, high <= 0


def interval(low: Any, high: Any) -> Interval:
    """Return the interval between two rationals; None stands for no bound."""
    return Interval(
        -INFINITY if low is None else as_ball(low).lower(), INFINITY if high is None else as_ball(high).upper()
    )


def _infinite(x: End) -> bool:
    return isinstance(x, float)


def _signum(x: End) -> int:
    return int(x > 0) - int(x < 0)


def _down(x: Any) -> End:
    """Return the lower end of a ball; -inf where it is not finite."""
    return x.lower() if x.is_finite() else -INFINITY


def _up(x: Any) -> End:
    """Return the upper end of a ball; inf where it is not finite."""
    return x.upper() if x.is_finite() else INFINITY


def _hull(parts: Sequence[tuple[End, End]]) -> Interval:
    """Return the smallest interval around intervals."""
    low, high = parts[0]
    for below, above in parts[1:]:
        low = below if _less(below, low) else low
        high = above if _less(high, above) else high
    return Interval(low, high)


def _less(x: End, y: End) -> bool:
    if _infinite(x) or _infinite(y):
        left, right = (v if _infinite(v) else 0.0 for v in (x, y))
        return bool(left < right)
    return bool(x < y)


def _product(x: End, y: End) -> tuple[End, End]:
    if _infinite(x) or _infinite(y):
        sign = _signum(x) * _signum(y)
        whole: End = arb(0) if sign == 0 else sign * INFINITY
        return whole, whole
    ball = x * y
    return _down(ball), _up(ball)


class HalfLines(Domain):
    """Arithmetic on intervals that may be unbounded."""

    def constant(self, value: Fraction) -> Interval:
        ball = as_ball(rational(value))
        return Interval(ball.lower(), ball.upper())

    def sign(self, a: Interval) -> int:
        above, at_least, below, at_most = a.signs
        if above or below:
            return 1 if above else -1
        if at_least and at_most:
            return 0
        raise Undecidable("a sign is not decided on the interval")

    def add(self, a: Interval, b: Interval) -> Interval:
        low = -INFINITY if _infinite(a.low) or _infinite(b.low) else _down(a.low + b.low)
        high = INFINITY if _infinite(a.high) or _infinite(b.high) else _up(a.high + b.high)
        return Interval(low, high)

    def negated(self, a: Interval) -> Interval:
        """Return -a."""
        return Interval(-a.high, -a.low)

    def sub(self, a: Interval, b: Interval) -> Interval:
        return self.add(a, self.negated(b))

    def mul(self, a: Interval, b: Interval) -> Interval:
        return _hull([_product(x, y) for x in (a.low, a.high) for y in (b.low, b.high)])

    def div(self, a: Interval, b: Interval) -> Interval:
        above, _, below, _ = b.signs
        if not (above or below):
            raise Undecidable("a denominator is or may be zero")
        ends = [arb(0) if _infinite(end) else 1 / end for end in (b.low, b.high)]
        return self.mul(a, _hull([(_down(end), _up(end)) for end in ends]))

    def power(self, a: Interval, n: int) -> Interval:
        if n == 1:
            return a
        if n < 1:
            raise Undecidable("a power that is not positive")
        _, at_least, _, at_most = a.signs
        if n % 2 == 0 and not at_least:
            if at_most:
                return self.power(self.negated(a), n)
            size = _hull([(e, e) for e in (a.high, -a.low)]).high
            return Interval(arb(0), self._grown(size, n).high)
        return Interval(self._grown(a.low, n).low, self._grown(a.high, n).high)

    def _grown(self, x: End, n: int) -> Interval:
        if _infinite(x):
            end = x if n % 2 else INFINITY
            return Interval(end, end)
        ball = x**n
        return Interval(_down(ball), _up(ball))

    def _increasing(self, a: Interval, function: Callable[[Any], Any], below: End, above: End) -> Interval:
        low = below if _infinite(a.low) else _down(function(a.low))
        high = above if _infinite(a.high) else _up(function(a.high))
        return Interval(low, high)

    def exp(self, a: Interval) -> Interval:
        found = self._increasing(a, lambda x: x.exp(), arb(0), INFINITY)
        return found if found.low > 0 else Interval(arb(0), found.high)

    def log(self, a: Interval) -> Interval:
        if not a.signs[0]:
            raise Undecidable("a logarithm of a number that is not, or may not be, positive")
        return self._increasing(a, lambda x: x.log(), -INFINITY, INFINITY)

    def sqrt(self, a: Interval) -> Interval:
        if not a.signs[1]:
            raise Undecidable("a square root of a number that is not, or may not be, nonnegative")
        return self._increasing(a, lambda x: x.sqrt(), arb(0), INFINITY)

    def tanh(self, a: Interval) -> Interval:
        return self._increasing(a, lambda x: x.tanh(), arb(-1), arb(1))

    def erf(self, a: Interval) -> Interval:
        return self._increasing(a, lambda x: x.erf(), arb(-1), arb(1))

    def sigmoid(self, a: Interval) -> Interval:
        return self._increasing(a, lambda x: (1 + (x / 2).tanh()) / 2, arb(0), arb(1))

    def softplus(self, a: Interval) -> Interval:
        def value(x: Any) -> Any:
            return x + (-x).exp().log1p() if x > 0 else x.exp().log1p()

        return self._increasing(a, value, arb(0), INFINITY)

    def sin(self, a: Interval) -> Interval:
        return self._oscillating(a, lambda x: x.sin())

    def cos(self, a: Interval) -> Interval:
        return self._oscillating(a, lambda x: x.cos())

    def _oscillating(self, a: Interval, function: Callable[[Any], Any]) -> Interval:
        if _infinite(a.low) or _infinite(a.high):
            return Interval(arb(-1), arb(1))
        ball = function(a.low.union(a.high))
        low, high = _down(ball), _up(ball)
        return Interval(low if _less(arb(-1), low) else arb(-1), high if _less(high, arb(1)) else arb(1))

    def inverse_sqrt_pi(self) -> Interval:
        ball = 1 / arb.const_sqrt_pi()
        return Interval(ball.lower(), ball.upper())

    def absolute(self, a: Interval) -> Interval:
        _, at_least, _, at_most = a.signs
        if at_least or at_most:
            return a if at_least else self.negated(a)
        return Interval(arb(0), _hull([(a.high, a.high), (-a.low, -a.low)]).high)

    def relu(self, a: Interval) -> Interval:
        return self.maximum(a, Interval(arb(0), arb(0)))

    def maximum(self, a: Interval, b: Interval) -> Interval:
        return Interval(b.low if _less(a.low, b.low) else a.low, b.high if _less(a.high, b.high) else a.high)

    def softmax(self, row: Sequence[Interval]) -> list[Interval]:
        """Weights as 1/(1 + the sum of exp(s_k - s_j) over the others)."""
        one = self.constant(Fraction(1))
        out = []
        for j, entry in enumerate(row):
            others = [self.exp(self.sub(other, entry)) for k, other in enumerate(row) if k != j]
            out.append(self.div(one, self.sum([one, *others])))
        return out

    def logsumexp(self, row: Sequence[Interval]) -> Interval:
        """Between the largest entry and that plus the logarithm of their number."""
        top = row[0]
        for entry in row[1:]:
            top = self.maximum(top, entry)
        high = top.high if _infinite(top.high) else _up(top.high + arb(len(row)).log())
        return Interval(top.low, high)

    def margins(self, row: Sequence[Interval]) -> list[Interval]:
        raise Undecidable("the support of sparsemax is not decided on an unbounded box")
