"""Groebner bases that remember how each element is combined from the given equations (Buchberger's algorithm).

The cofactors are what makes membership checkable: an element g comes with polynomials p_i and g = sum p_i * e_i.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, product
from typing import Any

from flint import fmpq, fmpq_mat

from numerics.budget import Budget
from verify.algebra.ring import Poly, Ring

Cofactors = dict[int, Poly]

MAX_TERMS = 4000
"""Elements with more terms than this end the computation."""


class TooLarge(Exception):
    """The basis grows beyond what is worth computing."""


@dataclass(frozen=True)
class Element:
    """A member of the ideal with its cofactors; ``lead`` is its leading exponent vector."""

    poly: Poly
    cofactors: Cofactors
    lead: tuple[int, ...]


def element(poly: Poly, cofactors: Cofactors) -> Element:
    """Return a member scaled to leading coefficient one."""
    lead = poly.leading_coefficient()
    scaled = {number: cofactor / lead for number, cofactor in cofactors.items() if not cofactor.is_zero()}
    return Element(poly / lead, scaled, tuple(int(e) for e in poly.monoms()[0]))


def _minus(left: Cofactors, factor: Poly, right: Cofactors) -> Cofactors:
    out = dict(left)
    for number, cofactor in right.items():
        out[number] = out[number] - factor * cofactor if number in out else -(factor * cofactor)
    return out


def reduce(poly: Poly, cofactors: Cofactors, basis: Sequence[Element]) -> tuple[Poly, Cofactors]:
    """Return the normal form of ``poly`` with cofactors such that ``poly - sum(cofactors*equations)`` is unchanged."""
    changed = True
    while changed and not poly.is_zero():
        changed = False
        for member in basis:
            quotient, rest = divmod(poly, member.poly)
            if not quotient.is_zero():
                poly, cofactors, changed = rest, _minus(cofactors, quotient, member.cofactors), True
                if poly.is_zero():
                    break
    return poly, cofactors


@dataclass(frozen=True)
class Basis:
    """A reduced Groebner basis (degree reverse lexicographic) with cofactors."""

    ring: Ring
    elements: tuple[Element, ...]

    @property
    def is_unit(self) -> bool:
        """Whether the ideal is the whole ring."""
        return any(member.poly.is_constant() for member in self.elements)

    def normal_form(self, poly: Poly) -> Poly:
        """Return the remainder of ``poly``."""
        return reduce(poly, {}, self.elements)[0]

    def normal_form_with_cofactors(self, poly: Poly) -> tuple[Poly, Cofactors]:
        """Return (r, c) with ``poly = r + sum c_i * e_i``."""
        rest, cofactors = reduce(poly, {}, self.elements)
        return rest, {number: -cofactor for number, cofactor in cofactors.items()}

    def occurring(self) -> list[int]:
        """Return the places of the generators that occur in the basis."""
        degrees = [member.poly.degrees() for member in self.elements]
        return [place for place in range(len(self.ring.gens)) if any(d[place] > 0 for d in degrees)]

    def standard_monomials(
        self, limit: int = 200, *, among: Sequence[int] | None = None
    ) -> list[tuple[int, ...]] | None:
        """Return the monomials outside the leading ideal when they are finitely many and at most ``limit``.

        ``among``: only monomials in these generators, for an ideal in which no other occurs.
        """
        n = len(self.ring.gens)
        leads = [member.lead[:n] for member in self.elements]
        bounds = []
        for place in range(n):
            if among is not None and place not in among:
                bounds.append(1)
                continue
            pure = [lead[place] for lead in leads if sum(lead) == lead[place] and lead[place]]
            if not pure:
                return None
            bounds.append(min(pure))
        found = []
        size = 1
        for bound in bounds:
            size *= bound
        if size > 50 * limit:
            return None
        for exponents in product(*(range(bound) for bound in bounds)):
            if not any(all(a <= b for a, b in zip(lead, exponents, strict=True)) for lead in leads):
                found.append(exponents)
        return found if len(found) <= limit else None


def groebner(ring: Ring, equations: Sequence[Poly], budget: Budget, start: Basis | None = None) -> Basis:
    """Return the reduced basis of the ideal of ``equations``; ``start`` is a basis of the first few of them.

    Raises:
        TooLarge: elements become too long.
        OutOfTime: the budget is used up.
    """
    basis: list[Element] = list(start.elements) if start else []
    ties = count()
    pairs: list[tuple[int, int, int, int]] = []
    incoming = [(equation, {number: ring.one}) for number, equation in enumerate(equations) if not equation.is_zero()]
    for poly, cofactors in sorted(incoming, key=lambda item: (item[0].total_degree(), len(item[0]))):
        _insert(poly, cofactors, basis, pairs, ties, budget)
    while pairs:
        budget.check()
        _, _, i, j = heapq.heappop(pairs)
        spoly = _s_polynomial(ring, basis[i], basis[j])
        if spoly is not None:
            _insert(*spoly, basis, pairs, ties, budget)
        if basis and basis[-1].poly.is_constant():
            return Basis(ring, (basis[-1],))
    return Basis(ring, _interreduced(basis, budget))


def _insert(poly: Poly, cofactors: Cofactors, basis: list[Element], pairs: Any, ties: Any, budget: Budget) -> None:
    rest, cofactors = reduce(poly, cofactors, basis)
    if rest.is_zero():
        return
    if len(rest) > MAX_TERMS:
        raise TooLarge
    budget.check()
    new = element(rest, cofactors)
    basis.append(new)
    place = len(basis) - 1
    for other in range(place):
        common = tuple(map(max, new.lead, basis[other].lead))
        if sum(common) == sum(new.lead) + sum(basis[other].lead):
            continue  # coprime leading monomials: the S-polynomial reduces to zero
        heapq.heappush(pairs, (sum(common), next(ties), other, place))


def _s_polynomial(ring: Ring, a: Element, b: Element) -> tuple[Poly, Cofactors] | None:
    common = tuple(map(max, a.lead, b.lead))
    left = ring.ctx.from_dict({tuple(x - y for x, y in zip(common, a.lead, strict=True)): fmpq(1)})
    right = ring.ctx.from_dict({tuple(x - y for x, y in zip(common, b.lead, strict=True)): fmpq(1)})
    poly = left * a.poly - right * b.poly
    if poly.is_zero():
        return None
    return poly, _minus({n: left * c for n, c in a.cofactors.items()}, right, b.cofactors)


def _interreduced(basis: list[Element], budget: Budget) -> tuple[Element, ...]:
    kept: list[Element] = []
    for place, member in enumerate(basis):
        others = [*basis[place + 1 :], *kept]
        if not any(all(a <= b for a, b in zip(o.lead, member.lead, strict=True)) for o in others):
            kept.append(member)
    out: list[Element] = []
    for place, member in enumerate(kept):
        budget.check()
        others = [*out, *kept[place + 1 :]]
        out.append(element(*reduce(member.poly, member.cofactors, others)))
    return tuple(out)


# --- finite quotient rings ----------------------------------------------------------------------------------------


def minimal_polynomial(basis: Basis, poly: Poly, monomials: Sequence[tuple[int, ...]]) -> list[fmpq]:
    """Return the coefficients (constant first) of the monic minimal polynomial of ``poly`` modulo the ideal."""
    powers = [basis.normal_form(basis.ring.one)]
    while True:
        relation = linear_relation([_vector(p, monomials) for p in powers])
        if relation is not None:
            return [c / relation[-1] for c in relation]
        powers.append(basis.normal_form(powers[-1] * poly))


def express(
    basis: Basis, target: Poly, form: Poly, degree: int, monomials: Sequence[tuple[int, ...]]
) -> list[fmpq] | None:
    """Return coefficients of a polynomial in ``form``, of degree below ``degree``, that equals ``target``, or None."""
    powers = [basis.normal_form(basis.ring.one)]
    for _ in range(degree - 1):
        powers.append(basis.normal_form(powers[-1] * form))
    vectors = [_vector(p, monomials) for p in powers]
    relation = linear_relation([*vectors, _vector(basis.normal_form(target), monomials)])
    if relation is None or relation[-1] == 0:
        return None
    return [-c / relation[-1] for c in relation[:-1]]


def _vector(poly: Poly, monomials: Sequence[tuple[int, ...]]) -> list[fmpq]:
    data = {
        tuple(int(e) for e in key)[: len(monomials[0])] if monomials else (): c for key, c in poly.to_dict().items()
    }
    return [data.get(m, fmpq(0)) for m in monomials]


def linear_relation(vectors: Sequence[Sequence[fmpq]]) -> list[fmpq] | None:
    """Return coefficients, the last nonzero, of a vanishing combination in which the last vector takes part."""
    columns = fmpq_mat([list(row) for row in zip(*vectors, strict=True)]) if vectors[0] else None
    if columns is None:
        return None
    reduced, rank = columns.rref()
    pivots = []
    for row in range(rank):
        pivots.append(next(j for j in range(len(vectors)) if reduced[row, j] != 0))
    last = len(vectors) - 1
    if last in pivots:
        return None
    relation = [fmpq(0)] * len(vectors)
    relation[last] = fmpq(1)
    for row, pivot in enumerate(pivots):
        relation[pivot] = -reduced[row, last]
    return relation
