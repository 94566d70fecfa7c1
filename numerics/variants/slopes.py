"""Numbers with a derivative, both enclosed by balls: exact directional derivatives of straight-line programs.

A number carries the enclosure of its value and of its derivative along one direction. Where a comparison is not
certain the program is left; where two candidates of a maximum cannot be told apart, the enclosures of both are joined,
so that the derivative lies inside wherever it exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import arb, ctx

from numerics.variants.traced import TracingLost

BITS = 200
"""Working precision."""


@dataclass(frozen=True)
class Slope:
    """A value and its derivative along the direction."""

    value: Any
    slope: Any

    __array_priority__ = 1000

    @staticmethod
    def constant(x: Any) -> Slope:
        """Return an exact float, integer or truth value with derivative zero."""
        return Slope(arb(float(x) if isinstance(x, float) else int(x)), arb(0))

    @staticmethod
    def of(x: Any) -> Slope:
        return x if isinstance(x, Slope) else Slope.constant(x)

    def __add__(self, other: Any) -> Slope:
        b = Slope.of(other)
        return Slope(self.value + b.value, self.slope + b.slope)

    def __sub__(self, other: Any) -> Slope:
        b = Slope.of(other)
        return Slope(self.value - b.value, self.slope - b.slope)

    def __mul__(self, other: Any) -> Slope:
        b = Slope.of(other)
        return Slope(self.value * b.value, _times(self.slope, b.value) + _times(b.slope, self.value))

    def __truediv__(self, other: Any) -> Slope:
        b = Slope.of(other)
        ratio = self.value / b.value
        return Slope(ratio, (self.slope - _times(b.slope, ratio)) / b.value)

    def __neg__(self) -> Slope:
        return Slope(-self.value, -self.slope)

    def __radd__(self, other: Any) -> Slope:
        return self + other

    def __rmul__(self, other: Any) -> Slope:
        return self * other

    def __rsub__(self, other: Any) -> Slope:
        return Slope.of(other) - self

    def __rtruediv__(self, other: Any) -> Slope:
        return Slope.of(other) / self

    def exp(self) -> Slope:
        e = self.value.exp()
        return Slope(e, _times(self.slope, e))

    def log(self) -> Slope:
        return Slope(self.value.log(), self.slope / self.value)

    def log1p(self) -> Slope:
        return (self + 1).log()

    def expm1(self) -> Slope:
        return self.exp() - 1

    def exp2(self) -> Slope:
        return (self * Slope(arb(2).log(), arb(0))).exp()

    def sqrt(self) -> Slope:
        r = self.value.sqrt()
        return Slope(r, self.slope / (2 * r))

    def tanh(self) -> Slope:
        t = self.value.tanh()
        return Slope(t, _times(self.slope, 1 - t * t))

    def sin(self) -> Slope:
        return Slope(self.value.sin(), _times(self.slope, self.value.cos()))

    def cos(self) -> Slope:
        return Slope(self.value.cos(), _times(-self.slope, self.value.sin()))

    def sigmoid(self) -> Slope:
        return Slope.constant(1) / ((-self).exp() + 1)

    def erf(self) -> Slope:
        density = 2 * (-self.value * self.value).exp() / arb.pi().sqrt()
        return Slope(self.value.erf(), _times(self.slope, density))

    def square(self) -> Slope:
        return self * self

    def negative(self) -> Slope:
        return -self

    def absolute(self) -> Slope:
        return self.maximum(-self)

    def maximum(self, other: Slope) -> Slope:
        if self.value > other.value:
            return self
        if other.value > self.value:
            return other
        return Slope(self.value.max(other.value), self.slope.union(other.slope))

    def minimum(self, other: Slope) -> Slope:
        return -((-self).maximum(-other))

    def __lt__(self, other: Any) -> bool:
        return self.compared(Slope.of(other), "less")

    @property
    def is_minus_infinite(self) -> bool:
        """Whether the value is minus infinity."""
        return bool(self.value == arb("-inf"))

    def compared(self, other: Slope, name: str) -> bool:
        """Return a comparison by NumPy's name for it.

        Raises:
            TracingLost: the enclosures overlap, or a kink may pass here.
        """
        a, b = self.value, other.value
        if a > b:
            return name in ("greater", "greater_equal", "not_equal")
        if a < b:
            return name in ("less", "less_equal", "not_equal")
        if a.is_exact() and b.is_exact() and a == b and (self.slope - other.slope).is_zero():
            return name in ("greater_equal", "less_equal", "equal")
        raise TracingLost("a comparison that turns at this point")


def _times(slope: Any, factor: Any) -> Any:
    """The product, exactly zero for an exact zero slope, also beside an infinite factor."""
    return arb(0) if slope.is_zero() else slope * factor


class precise:
    """Context of the working precision."""

    def __enter__(self) -> None:
        self._before = ctx.prec
        ctx.prec = BITS

    def __exit__(self, *_: object) -> None:
        ctx.prec = self._before
