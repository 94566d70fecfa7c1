"""Bounds of an expression over the whole support of its random entries, by interval arithmetic with unbounded ends.

A scalar is a pair of balls' outer ends, either of which may be missing (None: no bound on that side). Truth values
are True, False or None (both possible). What is bounded by nature (a weight of a softmax, a sine) stays bounded even
where its argument is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from verify.errors import Undecidable
from verify.expr.ball import Balls, as_ball, ball_between, rational
from verify.expr.evaluate import Domain, Poison, evaluate_partially
from verify.expr.node import Expr
from verify.laws import hull, occurring, size

BALLS = Balls()


@dataclass(frozen=True)
class Range:
    """Every value lies between ``low`` and ``high``, which are exact balls; None is no bound."""

    low: Any
    high: Any

    @property
    def bounded(self) -> bool:
        """Whether there is a bound on both sides."""
        return self.low is not None and self.high is not None


REAL = Range(None, None)


def _around(ball: Any) -> Range:
    """Return the range of a rational or a ball."""
    whole = as_ball(ball)
    return Range(whole.lower(), whole.upper()) if whole.is_finite() else REAL


def _between(low: int, high: int) -> Range:
    return Range(arb(low), arb(high))


def _meet(a: Range, b: Range) -> Range:
    low = a.low if b.low is None else b.low if a.low is None else max(a.low, b.low)
    high = a.high if b.high is None else b.high if a.high is None else min(a.high, b.high)
    return Range(low, high)


def _hull(a: Range, b: Range) -> Range:
    low = None if a.low is None or b.low is None else min(a.low, b.low)
    high = None if a.high is None or b.high is None else max(a.high, b.high)
    return Range(low, high)


def _low(ball: arb | None) -> arb | None:
    return ball.lower() if ball is not None and ball.is_finite() else None


def _high(ball: arb | None) -> arb | None:
    return ball.upper() if ball is not None and ball.is_finite() else None


class Ranges(Domain):
    """Interval arithmetic; a function's range is taken from its ends where it is monotone."""

    def constant(self, value: Fraction) -> Range:
        return _around(rational(value))

    def sign(self, a: Range) -> int:
        if a.low is not None and a.low > 0:
            return 1
        if a.high is not None and a.high < 0:
            return -1
        raise Undecidable("the sign is not the same everywhere")

    def add(self, a: Range, b: Range) -> Range:
        low = None if a.low is None or b.low is None else a.low + b.low
        high = None if a.high is None or b.high is None else a.high + b.high
        return Range(_low(low), _high(high))

    def sub(self, a: Range, b: Range) -> Range:
        return self.add(a, self._negated(b))

    def _negated(self, a: Range) -> Range:
        return Range(None if a.high is None else -a.high, None if a.low is None else -a.low)

    def mul(self, a: Range, b: Range) -> Range:
        if a.bounded and b.bounded:
            ends = [one * other for one in (a.low, a.high) for other in (b.low, b.high)]
            return _extremes(ends)
        for one, other in ((a, b), (b, a)):
            if one.bounded and one.low == 0 and one.high == 0:
                return one
            if one.high is not None and one.high <= 0:
                return self._negated(self.mul(self._negated(one), other))
        if all(part.low is not None and part.low >= 0 for part in (a, b)):
            return Range(_low(a.low * b.low), None)
        for one, other in ((a, b), (b, a)):
            if one.low is not None and one.low >= 0 and one.high is not None:
                return self._stretched(other, one)
        return REAL

    def _stretched(self, a: Range, factor: Range) -> Range:
        """Return a times a bounded factor that is nowhere negative, for ``a`` unbounded on some side."""
        low = None if a.low is None else min(a.low * factor.low, a.low * factor.high, arb(0))
        high = None if a.high is None else max(a.high * factor.low, a.high * factor.high, arb(0))
        return Range(_low(low), _high(high))

    def div(self, a: Range, b: Range) -> Range:
        if self.sign(b) < 0:
            return self.div(self._negated(a), self._negated(b))
        assert b.low is not None
        inverse = Range(arb(0) if b.high is None else _low(1 / b.high), _high(1 / b.low))
        return self.mul(a, inverse)

    def power(self, a: Range, n: int) -> Range:
        if n % 2:
            return self._rising(a, lambda x: x**n)
        return self._rising(self.absolute(a), lambda x: x**n)

    def _rising(self, a: Range, rises: Callable[[arb], Any], within: Range = REAL) -> Range:
        """Return the range of an increasing function, whose values all lie ``within``."""
        low = None if a.low is None else as_ball(rises(a.low))
        high = None if a.high is None else as_ball(rises(a.high))
        return _meet(Range(_low(low), _high(high)), within)

    def exp(self, a: Range) -> Range:
        return self._rising(a, arb.exp, Range(arb(0), None))

    def log(self, a: Range) -> Range:
        if a.low is None or not a.low > 0:
            raise Undecidable("a logarithm of a number that may not be positive")
        return self._rising(a, arb.log)

    def sqrt(self, a: Range) -> Range:
        if a.low is None or not a.low >= 0:
            raise Undecidable("a square root of a number that may be negative")
        return self._rising(a, arb.sqrt, Range(arb(0), None))

    def sin(self, a: Range) -> Range:
        return self._wave(a, arb.sin)

    def cos(self, a: Range) -> Range:
        return self._wave(a, arb.cos)

    def _wave(self, a: Range, wave: Callable[[arb], arb]) -> Range:
        found = _around(wave(ball_between(a.low, a.high))) if a.bounded else REAL
        return _meet(found, _between(-1, 1))

    def erf(self, a: Range) -> Range:
        return self._rising(a, arb.erf, _between(-1, 1))

    def tanh(self, a: Range) -> Range:
        return self._rising(a, arb.tanh, _between(-1, 1))

    def sigmoid(self, a: Range) -> Range:
        return self._rising(a, BALLS.sigmoid, _between(0, 1))

    def softplus(self, a: Range) -> Range:
        return self._rising(a, lambda x: as_ball(BALLS.softplus(x)), Range(arb(0), None))

    def inverse_sqrt_pi(self) -> Range:
        return _around(BALLS.inverse_sqrt_pi())

    def absolute(self, a: Range) -> Range:
        if a.low is not None and a.low >= 0:
            return a
        negated = self._negated(a)
        if negated.low is not None and negated.low >= 0:
            return negated
        return Range(arb(0), max(a.high, negated.high) if a.bounded else None)

    def relu(self, a: Range) -> Range:
        return self.maximum(a, _between(0, 0))

    def maximum(self, a: Range, b: Range) -> Range:
        lows = [part.low for part in (a, b) if part.low is not None]
        high = None if a.high is None or b.high is None else max(a.high, b.high)
        return Range(max(lows) if lows else None, high)

    def signum(self, a: Range) -> Range:
        low = 1 if a.low is not None and a.low > 0 else 0 if a.low is not None and a.low >= 0 else -1
        high = -1 if a.high is not None and a.high < 0 else 0 if a.high is not None and a.high <= 0 else 1
        return _between(low, high)

    def step(self, a: Range) -> Range:
        return _between(0, 1)

    def softmax(self, row: Sequence[Range]) -> list[Range]:
        return [_between(0, 1)] * len(row)

    def sparsemax(self, row: Sequence[Range]) -> list[Range]:
        return [_between(0, 1)] * len(row)

    def margins(self, row: Sequence[Range]) -> list[Range]:
        return [Range(None, arb(1))] * len(row)

    def logsumexp(self, row: Sequence[Range]) -> Range:
        top = row[0]
        for entry in row[1:]:
            top = self.maximum(top, entry)
        return self.add(top, Range(arb(0), arb(len(row)).log().upper()))

    def compare(self, relation: str, a: Range, b: Range) -> bool | None:
        difference = self.sub(a, b)
        low, high = difference.low, difference.high
        if relation in ("eq", "ne"):
            apart = (low is not None and low > 0) or (high is not None and high < 0)
            return (relation == "ne") if apart else None
        if high is not None and (high < 0 or (relation == "le" and high <= 0)):
            return True
        if low is not None and (low > 0 or (relation == "lt" and low >= 0)):
            return False
        return None

    def logical(self, op: str, *conditions: bool | None) -> bool | None:
        if op == "not":
            return None if conditions[0] is None else not conditions[0]
        decisive = op == "or"
        if decisive in conditions:
            return decisive
        return None if None in conditions else not decisive

    def choose(self, condition: bool | None, a: Any, b: Any) -> Any:
        if condition is not None:
            return a if condition else b
        for part in (a, b):
            if isinstance(part, Poison):
                return part
        return _hull(a, b)


def _extremes(balls: Sequence[arb]) -> Range:
    lows, highs = [ball.lower() for ball in balls], [ball.upper() for ball in balls]
    return Range(min(lows), max(highs)) if all(ball.is_finite() for ball in balls) else REAL


def range_of(root: Expr, arrays: Sequence[Any]) -> Range:
    """Return bounds of a scalar expression over the support of the random arrays that occur in it.

    Unbounded where nothing better is known, also where the expression may be undefined.
    """
    env = {}
    for array in occurring(arrays, root):
        low, high = hull(array)
        entry = Range(None if low is None else as_ball(rational(low)).lower(),
                      None if high is None else as_ball(rational(high)).upper())  # fmt: skip
        env[array.name] = [entry] * size(array)
    (value,) = evaluate_partially([root], env, Ranges())[0]
    return REAL if isinstance(value, Poison) else value
