"""Polynomials whose sign is worth a case distinction when nothing else closes a branch."""

from __future__ import annotations

from collections.abc import Iterator

from numerics.ideals import Basis
from verify.algebra.ring import Poly, Terms
from verify.algebra.signs import plain_sign
from verify.branch import Branch


def sign_candidates(branch: Branch, basis: Basis) -> Iterator[Terms]:
    """Yield factors of the arguments of exponentials and variables, those that occur most often first.

    A variable that is nonnegative may still be zero or not, which decides whether products with it are strict.
    """
    ring = branch.system.ring
    polys = [member.poly for member in basis.elements] + list(branch.system.strict) + list(branch.system.weak)
    counts: dict[int, int] = {}
    for poly in polys:
        for place, degree in enumerate(poly.degrees()[: len(ring.gens)]):
            counts[place] = counts.get(place, 0) + (degree > 0)
    choices: list[Poly] = []
    for place in sorted(counts, key=lambda p: -counts[p]):
        generator = ring.generators[place]
        if generator.kind == "exp":
            choices += [factor for factor, _ in ring.argument(generator).num.factor()[1]]
        elif generator.kind in ("real", "nonnegative") and counts[place]:
            choices.append(ring.gens[place])
    for poly in choices:
        plain = plain_sign(ring, poly)
        unknown = branch.facts.lookup(ring, poly) is None and (plain is None or not plain[1])
        if unknown and not poly.is_constant() and not basis.normal_form(poly).is_constant():
            yield ring.terms(poly)
