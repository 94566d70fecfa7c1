"""One-sided derivatives: numbers x + t*v for small t > 0, by value and slope, over any domain of scalars.

Where the value of a kink's argument is zero, its slope decides on which side x + t*v lies. Two quantities come out of
an evaluation: the slope of a function is its one-sided directional derivative, because abs, relu and maxima are
directionally differentiable and Lipschitz, so that the chain rule holds (A. Shapiro, On concepts of directional
differentiability, JOTA 66, 1990); the value of a gradient's entries (``limits``) is the limit of the gradient along
the ray, a limiting gradient in Clarke's sense, where no kink stays undecided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verify.errors import Undecidable
from verify.expr.evaluate import Domain
from verify.expr.node import COMPARISONS, Expr, topological


@dataclass(frozen=True)
class Ray:
    """``value + t*slope`` to first order."""

    value: Any
    slope: Any


class Directional(Domain):
    """Arithmetic on rays over a base domain.

    Args:
        limits: whether gradients are evaluated (their pieces may jump) and not the function itself.
    """

    def __init__(self, base: Domain, *, limits: bool = False) -> None:
        self.base = base
        self.limits = limits

    def _still(self, value: Any) -> Ray:
        return Ray(value, self.base.constant(Fraction(0)))

    def constant(self, value: Fraction) -> Ray:
        return self._still(self.base.constant(value))

    def sign(self, a: Ray) -> int:
        return self.base.sign(a.value) or self.base.sign(a.slope)

    def add(self, a: Ray, b: Ray) -> Ray:
        return Ray(self.base.add(a.value, b.value), self.base.add(a.slope, b.slope))

    def sub(self, a: Ray, b: Ray) -> Ray:
        return Ray(self.base.sub(a.value, b.value), self.base.sub(a.slope, b.slope))

    def mul(self, a: Ray, b: Ray) -> Ray:
        d = self.base
        return Ray(d.mul(a.value, b.value), d.add(d.mul(a.value, b.slope), d.mul(a.slope, b.value)))

    def div(self, a: Ray, b: Ray) -> Ray:
        d = self.base
        value = d.div(a.value, b.value)
        return Ray(value, d.div(d.sub(a.slope, d.mul(value, b.slope)), b.value))

    def power(self, a: Ray, n: int) -> Ray:
        d = self.base
        if n == 1:
            return a
        slope = d.mul(d.constant(Fraction(n)), d.mul(d.power(a.value, n - 1), a.slope))
        return Ray(d.power(a.value, n), slope)

    def exp(self, a: Ray) -> Ray:
        grown = self.base.exp(a.value)
        return Ray(grown, self.base.mul(grown, a.slope))

    def log(self, a: Ray) -> Ray:
        return Ray(self.base.log(a.value), self.base.div(a.slope, a.value))

    def sqrt(self, a: Ray) -> Ray:
        d = self.base
        root = d.sqrt(a.value)
        return Ray(root, d.div(a.slope, d.mul(d.constant(Fraction(2)), root)))

    def sin(self, a: Ray) -> Ray:
        return Ray(self.base.sin(a.value), self.base.mul(self.base.cos(a.value), a.slope))

    def cos(self, a: Ray) -> Ray:
        d = self.base
        sine = d.mul(d.constant(Fraction(-1)), d.sin(a.value))
        return Ray(d.cos(a.value), d.mul(sine, a.slope))

    def erf(self, a: Ray) -> Ray:
        d = self.base
        bell = d.exp(d.mul(d.constant(Fraction(-1)), d.mul(a.value, a.value)))
        slope = d.mul(d.mul(d.constant(Fraction(2)), d.inverse_sqrt_pi()), bell)
        return Ray(d.erf(a.value), d.mul(slope, a.slope))

    def inverse_sqrt_pi(self) -> Ray:
        return self._still(self.base.inverse_sqrt_pi())

    def sparsemax(self, row: Sequence[Ray]) -> list[Ray]:
        margins = self.margins(row)
        if any(self.sign(margin) == 0 for margin in margins):
            raise Undecidable("the support of sparsemax is not decided to first order")
        return [self.relu(margin) for margin in margins]

    def signum(self, a: Ray) -> Ray:
        if not self.limits and self.base.sign(a.value) == 0:
            raise Undecidable("a sign jumps here")
        return self.constant(Fraction(self.sign(a)))

    def compare(self, relation: str, a: Ray, b: Ray) -> Any:
        if self.base.sign(self.base.sub(a.value, b.value)) == 0:
            raise Undecidable("the two sides of a condition are equal here")
        return super().compare(relation, a, b)


def jumps(root: Expr) -> list[Expr]:
    """Return arrays whose nonzero entries certify that the function is continuous where it is defined.

    They are the differences in comparisons and the arguments of signs (but not of the signs in derivatives of
    sparsemax, which do not occur in functions).
    """
    from verify.expr import build

    found: list[Expr] = []
    for node in topological(root):
        if node.op in COMPARISONS:
            found.append(build.sub(*node.args))
        elif node.op in ("sign", "step"):
            found.append(node.args[0])
    return list(dict.fromkeys(found))
