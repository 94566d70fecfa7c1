"""Steps that relate exponentials to their arguments: monotonicity, tangents, Pade bounds."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import lcm
from typing import Any

from flint import fmpq, fmpq_mat

from numerics.ideals import Basis
from numerics.provers.encode import cofactor_data
from verify.algebra.exponential import MAX_POWER, difference, exponential_pairs, pade, tangent
from verify.algebra.knowledge import signed
from verify.algebra.ring import Poly, Ring, Terms, apply, enclosing_rationals, fraction_of
from verify.algebra.signs import plain_sign
from verify.branch import Branch
from verify.expr.ball import precision, rational
from verify.recheck.emptiness import TINY, VALUE_PRECISION

Powers = list[list[int]]
Step = tuple[Powers, bool, tuple[str, int], str, Poly]

MAX_PAIRS = 8
"""Most exponential pairs among which differences are considered."""


def monotone_steps(branch: Branch) -> Iterator[Step]:
    """Yield derivations (powers, down, premise, side, conclusion) that say something new about the branch."""
    ring = branch.system.ring
    lawful = branch.system.lawful
    pairs = exponential_pairs(ring, lawful)
    if not pairs:
        return
    known = {_normal(ring, poly) for side in ("equations", "weak", "strict") for poly in getattr(branch.system, side)}
    for powers in _simple_powers(len(pairs)):
        argument, values = (signed(ring, q) for q in difference(ring, lawful, dict(powers)))
        plain = plain_sign(ring, values)
        if plain is not None and plain[1] and plain[0] > 0 and _normal(ring, argument) not in known:
            yield _listed(powers), True, ("none", 0), "strict", argument
        elif not values.is_constant():
            yield from _downward(branch, powers, argument, values, known)
    for side in ("equations", "strict", "weak"):
        for number, poly in enumerate(getattr(branch.system, side)):
            found = _as_combination(ring, pairs, poly)
            if found is None:
                continue
            _, values = (signed(ring, q) for q in difference(ring, lawful, found))
            plain = plain_sign(ring, values)
            if _normal(ring, values) not in known and not (plain is not None and plain[0] > 0):
                yield [[k, v] for k, v in sorted(found.items())], False, (side, number), side, values


def _downward(branch: Branch, powers: Any, argument: Poly, values: Poly, known: set[Terms]) -> Iterator[Step]:
    """From a constraint on products of values to the same one on the combination of their arguments."""
    ring = branch.system.ring
    wanted = _normal(ring, values)
    for side in ("equations", "strict", "weak"):
        for number, poly in enumerate(getattr(branch.system, side)):
            if _normal(ring, poly) == wanted and _normal(ring, argument) not in known and not argument.is_zero():
                yield _listed(powers), True, (side, number), side, argument


def _listed(powers: Any) -> Powers:
    return [[place, power] for place, power in powers]


def _simple_powers(count: int) -> Iterator[tuple[tuple[int, int], ...]]:
    count = min(count, MAX_PAIRS)
    for i in range(count):
        yield ((i, 1),)
        yield ((i, -1),)
    for i, j in combinations(range(count), 2):
        yield ((i, 1), (j, -1))
        yield ((i, -1), (j, 1))


def _normal(ring: Ring, poly: Poly) -> Terms:
    return ring.terms(poly / abs(poly.leading_coefficient())) if not poly.is_zero() else ()


def _as_combination(ring: Ring, pairs: Any, poly: Poly) -> dict[int, int] | None:
    """Return integers k with ``poly`` a positive multiple of sum k_i a_i, if the a_i are polynomials that span it."""
    arguments = [a.num if a.den.is_constant() else None for a, _ in pairs]
    places = [i for i, a in enumerate(arguments) if a is not None]
    monomials = sorted({m for i in places for m in _keys(arguments[i])} | set(_keys(poly)))
    if poly.is_constant() or not places or not set(_keys(poly)) <= {m for i in places for m in _keys(arguments[i])}:
        return None
    matrix = fmpq_mat([[_coefficient(arguments[i], m) for i in places] + [_coefficient(poly, m)] for m in monomials])
    reduced, rank = matrix.rref()
    solution = [fmpq(0)] * len(places)
    for row in range(rank):
        pivot = next(j for j in range(len(places) + 1) if reduced[row, j] != 0)
        if pivot == len(places):
            return None
        solution[pivot] = reduced[row, len(places)]
    fractions = [Fraction(int(c.p), int(c.q)) for c in solution]
    scale = lcm(*(f.denominator for f in fractions))
    powers = {place: int(f * scale) for place, f in zip(places, fractions, strict=True) if f}
    return powers if powers and max(abs(v) for v in powers.values()) <= MAX_POWER else None


def _keys(poly: Poly) -> list[tuple[int, ...]]:
    return [tuple(int(e) for e in key) for key in poly.to_dict()]


def _coefficient(poly: Poly, key: tuple[int, ...]) -> fmpq:
    return next((c for k, c in poly.to_dict().items() if tuple(int(e) for e in k) == key), fmpq(0))


def tangent_steps(branch: Branch) -> list[tuple[Powers, str, Terms]]:
    """Return tangent and Pade bounds (powers, order, bound) for single exponentials and their ratios."""
    ring = branch.system.ring
    out = []
    lawful = branch.system.lawful
    for powers in _simple_powers(len(exponential_pairs(ring, lawful))):
        for order, bound in (("first", tangent), ("pade", pade)):
            if order == "pade" and powers[0][1] < 0:
                continue  # the bound is the same for the reciprocal
            poly = signed(ring, bound(ring, lawful, dict(powers)))
            plain = plain_sign(ring, poly)
            if plain is None or plain[0] < 0:
                out.append((_listed(powers), order, ring.terms(poly)))
    return out[:16]


def value_steps(branch: Branch, basis: Basis) -> Iterator[tuple[dict[str, Any], Terms]]:
    """Yield (data, bound) for exponential pairs of which one side equals, or is bounded by, a rational number."""
    ring = branch.system.ring
    known = {_normal(ring, poly) for poly in branch.system.strict}
    for place, pair in enumerate(exponential_pairs(ring, branch.system.lawful)):
        for down, given in ((False, pair[0]), (True, pair[1])):
            other = pair[0] if down else pair[1]
            for at, upper, constraint, cofactors in _limits(branch, basis, given):
                if down and at <= 0:
                    continue
                bound = _image(at, down=down, upper=upper)
                gap = ring.sub(ring.constant(bound), other) if upper else ring.sub(other, ring.constant(bound))
                poly = signed(ring, gap)
                plain = plain_sign(ring, poly)
                if _normal(ring, poly) in known or (plain is not None and plain[0] > 0):
                    continue
                data = {
                    "pair": place, "down": down, "upper": upper, "at": str(at), "constraint": list(constraint),
                    "ideal": cofactor_data(ring, cofactors, -1),
                }  # fmt: skip
                yield data, ring.terms(poly)


def _limits(
    branch: Branch, basis: Basis, given: Any
) -> Iterator[tuple[Fraction, bool, tuple[str, int], dict[int, Poly]]]:
    """Yield (number, upper, constraint, cofactors) for numbers that a quantity equals, or is bounded by."""
    ring = branch.system.ring
    rest, cofactors = basis.normal_form_with_cofactors(given.num)
    if given.is_polynomial and (rest.is_constant() or rest.is_zero()):
        if not given.num.is_constant():
            value = fraction_of(rest)
            for upper in (False, True):
                yield value, upper, ("none", 0), cofactors if not upper else {k: -c for k, c in cofactors.items()}
        return
    derived = {_normal(ring, branch.poly(terms)) for _, terms in branch.derived}
    for side in ("strict", "weak"):
        for number, poly in enumerate(getattr(branch.system, side)):
            if _normal(ring, poly) in derived:
                continue  # a bound of a bound says nothing new
            for upper in (False, True):
                sign = -1 if upper else 1
                target = signed(ring, given) * sign
                ratio = poly.leading_coefficient() / target.leading_coefficient() if not target.is_zero() else fmpq(0)
                if not ratio > 0 or not given.is_polynomial:
                    continue
                offset = poly / ratio - target
                if offset.is_constant():
                    yield -sign * fraction_of(offset), upper, (side, number), {}


def _image(at: Fraction, *, down: bool, upper: bool) -> Fraction:
    with precision(VALUE_PRECISION):
        low, high = enclosing_rationals(apply("log" if down else "exp", rational(at)))
    return high + TINY if upper else low - TINY
