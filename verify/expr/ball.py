"""The ball reading: FLINT's rationals as long as everything is rational, outward-rounded balls after that.

Scalars are ``fmpq`` or ``arb``. A ball encloses the exact value for every point of the ball it was computed from, so a
decided sign is a proof. The working precision is FLINT's; :func:`precision` sets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise
from typing import Any

import flint
from flint import arb, fmpq

from verify.errors import Undecidable
from verify.expr.evaluate import Domain

Scalar = Any
"""``fmpq`` or ``arb``."""


WIDE = 1e-6
"""Radius from which increasing functions are enclosed by their values at the ends."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Compute with ``bits`` of precision inside the block."""
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def rational(value: Fraction | int) -> fmpq:
    """Return a Python rational as a FLINT rational."""
    return fmpq(value.numerator, value.denominator)


def fraction(value: fmpq) -> Fraction:
    """Return a FLINT rational as a Python rational."""
    return Fraction(int(value.p), int(value.q))


def as_ball(value: Scalar) -> arb:
    """Return a scalar as a ball."""
    return value if isinstance(value, arb) else arb(value)


def ball_between(low: Scalar, high: Scalar) -> arb:
    """Return the smallest ball around [low, high]."""
    return as_ball(low).union(as_ball(high))


class Balls(Domain):
    """Rationals and balls; every operation is exact or outward-rounded."""

    def constant(self, value: Fraction) -> Scalar:
        return rational(value)

    def sign(self, a: Scalar) -> int:
        if isinstance(a, fmpq):
            return (a > 0) - (a < 0)
        if a > 0:
            return 1
        if a < 0:
            return -1
        if a.is_zero():
            return 0
        raise Undecidable(f"the sign of {a.str(5)} is not decided")

    def add(self, a: Scalar, b: Scalar) -> Scalar:
        return a + b

    def sub(self, a: Scalar, b: Scalar) -> Scalar:
        return a - b

    def mul(self, a: Scalar, b: Scalar) -> Scalar:
        return a * b

    def div(self, a: Scalar, b: Scalar) -> Scalar:
        if (b == 0) if isinstance(b, fmpq) else b.contains(0):
            raise Undecidable("a denominator is or may be zero")
        return a / b

    def power(self, a: Scalar, n: int) -> Scalar:
        if n == 1 or isinstance(a, fmpq) or not a.contains(0):
            return a if n == 1 else a**n
        if n % 2:  # increasing
            return (a.lower() ** n).union(a.upper() ** n)
        return arb(0).union(a.abs_upper() ** n)

    def exp(self, a: Scalar) -> Scalar:
        return fmpq(1) if _is_zero(a) else _finite(as_ball(a).exp())

    def log(self, a: Scalar) -> Scalar:
        if not a > 0:
            raise Undecidable("a logarithm of a number that is not, or may not be, positive")
        return fmpq(0) if _is_one(a) else as_ball(a).log()

    def sqrt(self, a: Scalar) -> Scalar:
        if isinstance(a, fmpq):
            root = _rational_root(a)
            if root is not None:
                return root
        if not a >= 0:
            raise Undecidable("a square root of a number that is not, or may not be, nonnegative")
        return as_ball(a).sqrt()

    def tanh(self, a: Scalar) -> Scalar:
        return fmpq(0) if _is_zero(a) else _increasing(as_ball(a), arb.tanh)

    def sigmoid(self, a: Scalar) -> Scalar:
        if _is_zero(a):
            return fmpq(1, 2)
        return (1 + _increasing(as_ball(a) / 2, arb.tanh)) / 2

    def softplus(self, a: Scalar) -> Scalar:
        """log(1+exp(a)) = max(a, 0) + log1p(exp(-|a|)), which neither overflows nor cancels."""
        ball = as_ball(a)
        if ball > 0:
            return ball + (-ball).exp().log1p()
        return _finite(ball.exp().log1p())

    def erf(self, a: Scalar) -> Scalar:
        return fmpq(0) if _is_zero(a) else _increasing(as_ball(a), arb.erf)

    def sin(self, a: Scalar) -> Scalar:
        return fmpq(0) if _is_zero(a) else as_ball(a).sin()

    def cos(self, a: Scalar) -> Scalar:
        return fmpq(1) if _is_zero(a) else as_ball(a).cos()

    def inverse_sqrt_pi(self) -> Scalar:
        return 1 / arb.const_sqrt_pi()

    def absolute(self, a: Scalar) -> Scalar:
        return abs(a)

    def relu(self, a: Scalar) -> Scalar:
        return self.maximum(a, fmpq(0))

    def maximum(self, a: Scalar, b: Scalar) -> Scalar:
        if isinstance(a, fmpq) and isinstance(b, fmpq):
            return max(a, b)
        return as_ball(a).max(as_ball(b))

    def softmax(self, row: Sequence[Scalar]) -> list[Scalar]:
        """Weights as 1/sum(exp(s_k - s_j)): exact when all differences are exact zeros, safe at large logits."""
        return [1 / self.sum([self.exp(other - entry) for other in row]) for entry in row]

    def logsumexp(self, row: Sequence[Scalar]) -> Scalar:
        top = max(row, key=lambda entry: as_ball(entry).mid())
        return top + self.log(self.sum([self.exp(entry - top) for entry in row]))

    def margins(self, row: Sequence[Scalar]) -> list[Scalar]:
        """Entries minus the threshold max over supports S of (sum_S - 1)/|S|, which is continuous."""
        exact = all(isinstance(entry, fmpq) for entry in row)
        order = sorted(row, key=None if exact else lambda entry: as_ball(entry).mid(), reverse=True)
        _check_separated(order)
        candidates, running = [], fmpq(-1)
        for count, entry in enumerate(order, start=1):
            running = running + entry
            candidates.append(running / count)
        threshold = candidates[0]
        for candidate in candidates[1:]:
            threshold = self.maximum(threshold, candidate)
        return [entry - threshold for entry in row]


def _check_separated(order: Sequence[Scalar]) -> None:
    """Prefix sums of a sorted row are the best supports; with overlapping balls the order is not proved."""
    for larger, smaller in pairwise(order):
        if not larger >= smaller:
            raise Undecidable("the order of sparsemax entries is not decided")


def _increasing(a: arb, function: Callable[[arb], arb]) -> arb:
    """Return an increasing function of a ball; of a wide one by its ends (FLINT's own is much wider)."""
    if a.is_exact() or not a.is_finite() or a.rad() < WIDE:
        return function(a)
    return function(a.lower()).union(function(a.upper()))


def _is_zero(a: Scalar) -> bool:
    return bool(a == 0) if isinstance(a, fmpq) else a.is_zero()


def _is_one(a: Scalar) -> bool:
    return isinstance(a, fmpq) and a == 1


def _finite(a: arb) -> arb:
    if not a.is_finite():
        raise Undecidable("a value overflows every ball")
    return a


def _rational_root(a: fmpq) -> fmpq | None:
    if a < 0:
        raise Undecidable("a square root of a negative number")
    from math import isqrt

    p, q = isqrt(int(a.p)), isqrt(int(a.q))
    return fmpq(p, q) if p * p == a.p and q * q == a.q else None
