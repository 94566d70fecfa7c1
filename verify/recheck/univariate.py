"""Systems in one variable, decided completely: signs are constant between the real roots of the polynomials."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import fmpq, fmpq_poly

from verify.algebra.ring import Poly
from verify.errors import Rejected
from verify.expr.ball import precision
from verify.recheck.roots import horner, middle, real_roots
from verify.system import System

PRECISIONS = (64, 256, 1024)
"""Working precisions for signs at roots, in bits."""

MAX_DEGREE = 200
"""Largest total degree of the polynomials."""

Constraint = tuple[str, fmpq_poly]


def univariate_constraints(system: System, generator: int) -> list[Constraint]:
    """Return the constraints that involve one generator and no other."""
    out = []
    for side in ("equations", "weak", "strict"):
        for poly in getattr(system, side):
            converted = _converted(poly, generator)
            if converted is not None:
                out.append((side, converted))
    return out


def _converted(poly: Poly, generator: int) -> fmpq_poly | None:
    coefficients: dict[int, fmpq] = {}
    for exponents, coefficient in poly.to_dict().items():
        if any(e for place, e in enumerate(exponents) if place != generator):
            return None
        coefficients[int(exponents[generator])] = coefficient
    degree = max(coefficients, default=0)
    return fmpq_poly([coefficients.get(k, fmpq(0)) for k in range(degree + 1)])


def is_empty(constraints: Sequence[Constraint]) -> bool:
    """Return whether no real number meets all constraints.

    Raises:
        Rejected: the polynomials are too large, or a sign stays open.
    """
    factors = _factors([poly for _, poly in constraints])
    if any(_impossible(side, _sign_of_constant(poly)) for side, poly in constraints if poly.degree() < 1):
        return True
    with precision(PRECISIONS[1]):
        located = sorted(
            ((root, factor) for factor in factors for root in real_roots(factor)), key=lambda item: middle(item[0])
        )
    samples_fail = all(_fails_at(constraints, sample) for sample in _samples([_ends(root) for root, _ in located]))
    return samples_fail and all(_fails_at_root(constraints, factor, place) for factor, place in _places(factors))


def _sign_of_constant(poly: fmpq_poly) -> int:
    value = poly[0]
    return (value > 0) - (value < 0)


def _factors(polys: Sequence[fmpq_poly]) -> list[fmpq_poly]:
    found: list[fmpq_poly] = []
    for poly in polys:
        if poly.degree() < 1:
            continue
        for factor, _ in poly.factor()[1]:
            monic = factor / factor.leading_coefficient()
            if monic not in found:
                found.append(monic)
    if sum(factor.degree() for factor in found) > MAX_DEGREE:
        raise Rejected("the polynomials have too large a degree")
    return found


def _samples(ends: Sequence[tuple[fmpq, fmpq]]) -> list[fmpq]:
    """Return one rational in each open interval between enclosed roots, and one on either side.

    Raises:
        Rejected: two enclosures overlap, so that nothing surely lies between the roots.
    """
    if not ends:
        return [fmpq(0)]
    inner = []
    for (_, below), (above, _) in pairwise(ends):
        if not below < above:
            raise Rejected("roots of different polynomials are not separated")
        inner.append((below + above) / 2)
    return [ends[0][0] - 1, *inner, ends[-1][1] + 1]


def _ends(root: Any) -> tuple[fmpq, fmpq]:
    """Return the ends of a ball exactly (midpoint and radius are dyadic; nothing is rounded)."""
    middle, radius = _dyadic(root.mid()), _dyadic(root.rad())
    return middle - radius, middle + radius


def _dyadic(exact: Any) -> fmpq:
    mantissa, exponent = exact.man_exp()
    value = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return fmpq(value.numerator, value.denominator)


def _fails_at(constraints: Sequence[Constraint], x: fmpq) -> bool:
    for side, poly in constraints:
        value = horner(poly, x)
        if _impossible(side, (value > 0) - (value < 0)):
            return True
    return False


def _places(factors: Sequence[fmpq_poly]) -> list[tuple[fmpq_poly, int]]:
    with precision(PRECISIONS[0]):
        return [(factor, place) for factor in factors for place in range(len(real_roots(factor)))]


def _fails_at_root(constraints: Sequence[Constraint], factor: fmpq_poly, place: int) -> bool:
    for bits in PRECISIONS:
        with precision(bits):
            root = real_roots(factor)[place]
            open_signs = False
            for side, poly in constraints:
                sign = 0 if (poly % factor).is_zero() else _sign(horner(poly, root))
                if sign is None:
                    open_signs = True
                elif _impossible(side, sign):
                    return True
            if not open_signs:
                return False
    raise Rejected("a sign at a root stays open")


def _sign(value: Any) -> int | None:
    return 1 if value > 0 else -1 if value < 0 else None


def _impossible(side: str, sign: int) -> bool:
    return {"equations": sign != 0, "weak": sign < 0, "strict": sign <= 0}[side]
