"""Contradictions that factoring one constraint shows: every factor has a known sign, against the constraint."""

from __future__ import annotations

from typing import Any

from numerics.ideals import Basis
from numerics.provers.encode import Tree, cofactor_data, poly_data
from verify.algebra.ring import Poly
from verify.algebra.signs import primitive
from verify.branch import Branch


def impossible_by_factors(branch: Branch, basis: Basis) -> Tree | None:
    """Return an ``identity`` leaf for the first constraint that is plainly impossible once it is factored."""
    ring, system = branch.system.ring, branch.system
    strict: dict[Any, tuple[int, int]] = {}
    for number, poly in enumerate(system.strict):
        terms, factor = primitive(ring, poly)
        strict.setdefault(terms, (number, factor))
    for side in ("strict", "weak"):
        for number, poly in enumerate(getattr(system, side)):
            rest, cofactors = basis.normal_form_with_cofactors(poly)
            if rest.is_zero() or rest.is_constant():
                continue
            found = _signed_factors(branch, rest, strict)
            if found is None or found[0] >= 0 or (side == "weak" and not found[2].is_constant()):
                continue
            return _leaf(branch, (side, number), found, cofactors)
    return None


def _signed_factors(branch: Branch, poly: Poly, strict: Any) -> tuple[int, list[int], Poly] | None:
    """Return (sign, strict constraints, q) with ``poly`` a multiple of that sign of their product times q**2."""
    ring = branch.system.ring
    constant, factors = poly.factor()
    sign = 1 if constant > 0 else -1
    used, root = [], ring.one
    for factor, power in factors:
        terms, orientation = primitive(ring, factor)
        if terms in strict:
            number, own = strict[terms]
            used += [number] * int(power)
            sign *= (orientation * own) ** int(power)
        elif power % 2 == 0:
            root *= factor ** (int(power) // 2)
        else:
            return None
    return sign, used, root


def _leaf(branch: Branch, constraint: tuple[str, int], found: tuple[int, list[int], Poly], cofactors: Any) -> Tree:
    """constraint + c * q**2 * (product of strict constraints) is in the ideal, c > 0."""
    ring, system = branch.system.ring, branch.system
    side, number = constraint
    _, used, root = found
    product = root * root
    for place in used:
        product *= system.strict[place]
    poly = getattr(system, side)[number]
    rest = poly
    for place, cofactor in cofactors.items():
        rest = rest - cofactor * system.equations[place]
    scale = -(rest.leading_coefficient() / product.leading_coefficient())
    times = [["strict", place] for place in used]
    if side == "strict":
        squares = [{"times": times, "of": [[str(scale), poly_data(ring, root)]]}]
        positive, factor = [number], "1"
    else:
        squares = [{"times": [["weak", number]], "of": [["1", poly_data(ring, ring.one)]]}]
        positive, factor = used, str(scale * root.leading_coefficient() ** 2)
    return {
        "node": "identity", "scale": factor, "positive": positive, "squares": squares, "forms": [],
        "ideal": cofactor_data(ring, cofactors, -1),
    }  # fmt: skip
