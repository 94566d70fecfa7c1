"""Steps at kinks: one-sided derivatives of minima, and the pieces that meet at a Clarke stationary point."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from verify.algebra.ring import Terms
from verify.algebra.signs import plain_sign, primitive
from verify.branch import Branch
from verify.claim import CLARKE
from verify.errors import Undecidable
from verify.expr.derive import kinks

MAX_DIRECTIONS = 40
"""Most directions that are tried."""

Direction = list[Fraction]


def is_kinked(branch: Branch) -> bool:
    """Return whether the objective may have a kink at the points of the branch."""
    return branch.claim.objective is not None and not branch.system.smooth and bool(kinks(branch.claim.objective))


def directions(size: int) -> Iterator[Direction]:
    """Yield unit directions and their negatives first, then, in few dimensions, sums of them."""
    for place in range(size):
        for sign in (1, -1):
            yield [Fraction(sign * (i == place)) for i in range(size)]
    if size <= 3:
        for vector in product((0, 1, -1), repeat=size):
            if sum(map(abs, vector)) > 1:
                yield [Fraction(x) for x in vector]


def derivative_steps(branch: Branch) -> list[tuple[Direction, str, Terms]]:
    """Return (direction, side, constraint) for one-sided derivatives that say something new."""
    ring = branch.system.ring
    known = {primitive(ring, branch.poly(terms)) for _, terms in branch.derived}
    out: list[tuple[Direction, str, Terms]] = []
    for count, velocity in enumerate(directions(len(branch.claim.entry_names))):
        if count == MAX_DIRECTIONS:
            break
        try:
            side, slope = branch.direction(velocity)
        except Undecidable:
            continue
        plain = plain_sign(ring, slope)
        useless = slope.is_zero() or (side == "weak" and plain is not None and plain[0] >= 0)
        if useless or primitive(ring, slope) in known:
            continue
        known.add(primitive(ring, slope))
        step = (velocity, side, ring.terms(slope))
        if plain is not None and plain[1]:
            return [step]  # impossible
        out.append(step)
    return out


def clarke_steps(branch: Branch) -> Iterator[tuple[Direction, list[Terms]]]:
    """Yield (direction, one constraint per piece) where every piece says something new."""
    ring = branch.system.ring
    if branch.claim.every != CLARKE:
        return
    known = {primitive(ring, branch.poly(terms)) for _, terms in branch.derived}
    for count, velocity in enumerate(directions(len(branch.claim.entry_names))):
        if count == MAX_DIRECTIONS:
            return
        try:
            slopes = branch.clarke_slopes(velocity)
        except Undecidable:
            continue
        plain = [plain_sign(ring, slope) for slope in slopes]
        if any(sign is not None and sign[0] >= 0 for sign in plain):
            continue  # one piece allows everything
        if any(primitive(ring, slope) in known for slope in slopes):
            continue
        yield velocity, [ring.terms(slope) for slope in slopes]
