"""Checks that no point contradicts a claim: one tree of case distinctions per case, closed at every leaf.

Nodes of a tree (JSON objects with a ``node``):

``split``      a polynomial is positive, zero or negative: three subtrees.
``factor``     a product of polynomials lies in the ideal of the equations: one of the factors vanishes.
``curve``      the objective's first nonzero Taylor coefficient along a curve is nonnegative and of even order.
``direction``  a one-sided derivative is nonnegative at a minimum, zero at a differentiable stationary point.
``flat``       the objective is constant on a line through the point, which is no strict minimum then.
``clarke``     the slope along a direction of one of the pieces that meet is nonnegative: one subtree per piece.
``compare``    the objective is not higher than at a listed point of the domain (global minima).
``minor``      a principal minor of a semidefinite matrix is nonnegative.
``null``       a row of a semidefinite matrix vanishes with its diagonal entry.
``monotone``   a combination of logarithms and the matching difference of products have the same sign.
``tangent``    exp(A) >= 1 + A, or the Pade bound of exp, for a combination of arguments.
``bisect``     a generator is at most, or at least, a rational: two subtrees.
``range``      one constraint fails for all values of the generators within their bounds.
``value``      an exponential lies on the known side of exp(c), or its argument on that of log(c).
``univariate`` the constraints on one generator alone have no common solution.
``plain``      one constraint, modulo the equations, contradicts the signs of the generators term by term.
``identity``   a sum of a positive product and nonnegative expressions equals a member of the ideal.
``roots``      the equations leave finitely many real points, and each violates a constraint by a margin.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import fmpq_poly

from verify.algebra.exponential import difference, exponential_pairs, pade, tangent
from verify.algebra.knowledge import signed
from verify.algebra.ring import Poly, Ring, apply, enclosing_rationals
from verify.algebra.signs import plain_sign
from verify.bounds import RANGE_PRECISION, range_of
from verify.branch import Branch
from verify.certificate import decode_terms, fraction, member, natural, pair, sequence
from verify.claim import Claim
from verify.errors import Rejected
from verify.expr.ball import precision, rational
from verify.recheck.roots import horner, real_roots
from verify.recheck.univariate import is_empty, univariate_constraints
from verify.system import PROVED, VACUOUS, goal_cases

MAX_DEPTH = 200
"""Deepest tree that is accepted."""

MAX_MINOR = 4
"""Largest principal minor that is expanded."""

VALUE_PRECISION = 128
"""Bits used to enclose exponentials and logarithms of rationals."""

TINY = Fraction(1, 1 << 60)
"""Added to such enclosures, so that the derived bound is strict."""

MAX_PRODUCT = 4_000_000
"""Largest number of term products in one multiplication of a certificate's polynomials."""

ROOT_PRECISION = 256
"""Bits used to enclose algebraic numbers."""


def check(claim: Claim, verdict: str, evidence: Any) -> None:
    """Accept trees that exclude every case of the goal.

    Raises:
        Rejected: a tree does not close.
    """
    if verdict not in (PROVED, VACUOUS):
        raise Rejected(f"emptiness does not show {verdict!r}")
    if claim.bound is not None:
        raise Rejected("a probability claim is not decided by emptiness")
    trees = sequence(member(evidence, "cases"))
    cases = goal_cases(claim, verdict)
    if len(trees) != len(cases):
        raise Rejected(f"{len(trees)} trees for {len(cases)} cases")
    for case, tree in zip(cases, trees, strict=True):
        check_tree(Branch.root(claim, case), tree, 0)


def check_tree(branch: Branch, tree: Any, depth: int) -> None:
    """Accept a tree that shows that a branch is empty.

    Raises:
        Rejected: it does not.
    """
    if depth > MAX_DEPTH:
        raise Rejected("the tree is too deep")
    node = member(tree, "node")
    if node not in _NODES:
        raise Rejected(f"unknown node {node!r}")
    _NODES[node](branch, tree, depth + 1)


def _poly(branch: Branch, data: Any) -> Poly:
    return branch.poly(decode_terms(data))


def _split(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    terms = decode_terms(member(tree, "poly"))
    for key, sign in (("positive", 1), ("zero", 0), ("negative", -1)):
        check_tree(branch.with_sign(terms, sign), member(tree, key), depth)


def _factor(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    product = branch.system.ring.one
    children = []
    for entry in sequence(member(tree, "factors")):
        terms = decode_terms(member(entry, "poly"))
        product = _bounded_power(product, branch.poly(terms), natural(member(entry, "power"), 20))
        children.append((terms, member(entry, "tree")))
    if not (product - ideal_member(branch, member(tree, "cofactors"))).is_zero():
        raise Rejected("a product is not in the ideal as stated")
    for terms, subtree in children:
        check_tree(branch.with_sign(terms, 0), subtree, depth)


def _bounded_power(product: Poly, factor: Poly, power: int) -> Poly:
    """Return ``product * factor**power``, refusing to build very long polynomials."""
    for _ in range(power):
        if len(product) * len(factor) > MAX_PRODUCT:
            raise Rejected("a product of polynomials is too long")
        product = product * factor
    return product


def ideal_member(branch: Branch, data: Any) -> Poly:
    """Return the combination of the branch's equations with the given cofactors."""
    total = branch.system.ring.zero
    for entry in sequence(data):
        number, cofactor = pair(entry)
        total += _poly(branch, cofactor) * branch.system.equations[natural(number)]
    return total


def _curve(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    order = natural(member(tree, "order"), 20)
    velocities = [[decode_terms(entry) for entry in sequence(part)] for part in sequence(member(tree, "velocities"))]
    *vanishing, last = branch.curve_coefficients(velocities, order)
    cofactors = sequence(member(tree, "vanish"))
    if len(cofactors) != len(vanishing):
        raise Rejected("a curve needs a proof for each lower coefficient")
    for poly, data in zip(vanishing, cofactors, strict=True):
        if not (poly - ideal_member(branch, data)).is_zero():
            raise Rejected("a lower coefficient along the curve does not vanish as stated")
    side = "equations" if order % 2 else "weak"
    check_tree(branch.with_derived(side, branch.system.ring.terms(last)), member(tree, "tree"), depth)


def _direction(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    side, slope = branch.direction([fraction(value) for value in sequence(member(tree, "velocity"))])
    check_tree(branch.with_derived(side, branch.system.ring.terms(slope)), member(tree, "tree"), depth)


def _flat(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    slopes = branch.line_slopes([fraction(value) for value in sequence(member(tree, "velocity"))])
    cofactors = sequence(member(tree, "cofactors"))
    if len(cofactors) != len(slopes):
        raise Rejected("a coefficient of the slope along the line needs a proof each")
    for slope, data in zip(slopes, cofactors, strict=True):
        if not (slope - ideal_member(branch, data)).is_zero():
            raise Rejected("the slope along the line does not vanish as stated")


def _clarke(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    slopes = branch.clarke_slopes([fraction(value) for value in sequence(member(tree, "velocity"))])
    trees = sequence(member(tree, "trees"))
    if len(trees) != len(slopes):
        raise Rejected(f"{len(trees)} trees for {len(slopes)} pieces")
    for slope, subtree in zip(slopes, trees, strict=True):
        check_tree(branch.with_derived("weak", branch.system.ring.terms(slope)), subtree, depth)


def _compare(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    """A global minimum is not higher than any point of the domain."""
    drop = branch.drop_from([fraction(value) for value in sequence(member(tree, "point"))])
    check_tree(branch.with_derived("weak", branch.system.ring.terms(drop)), member(tree, "tree"), depth)


def _plain(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    """A constraint plus a member of the ideal has terms that all agree in sign, against the constraint."""
    side, poly = _constraint(branch, member(tree, "constraint"))
    plain = plain_sign(branch.system.ring, poly + ideal_member(branch, member(tree, "ideal")))
    if plain is None:
        raise Rejected("the signs of the terms differ")
    sign, strict = plain
    impossible = {"equations": strict and sign != 0, "weak": strict and sign < 0, "strict": sign <= 0}
    if not impossible[side]:
        raise Rejected("the constraint is not plainly impossible")


def _constraint(branch: Branch, data: Any) -> tuple[str, Poly]:
    """Return a constraint by its list and number; the list ``none`` is the equation 0 = 0."""
    side, number = pair(data)
    if side == "none":
        return "equations", branch.system.ring.zero
    if side not in ("equations", "weak", "strict"):
        raise Rejected(f"unknown constraints {side!r}")
    return side, getattr(branch.system, side)[natural(number)]


def _minor(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    """A principal minor of a positive semidefinite matrix is nonnegative."""
    matrix = branch.system.semidefinite[natural(member(tree, "matrix"))]
    rows = [natural(row) for row in sequence(member(tree, "rows"))]
    if len(set(rows)) != len(rows) or len(rows) > MAX_MINOR:
        raise Rejected("not a principal minor")
    value = determinant(branch.system.ring, [[matrix[i][j] for j in rows] for i in rows])
    side = "strict" if rows and branch.system.definite[natural(member(tree, "matrix"))] else "weak"
    check_tree(branch.with_derived(side, branch.system.ring.terms(value)), member(tree, "tree"), depth)


def determinant(ring: Any, rows: list[list[Poly]]) -> Poly:
    """Return a small determinant by expansion along the first row."""
    if not rows:
        return ring.one
    total = ring.zero
    for j, entry in enumerate(rows[0]):
        if not entry.is_zero():
            minor = determinant(ring, [row[:j] + row[j + 1 :] for row in rows[1:]])
            total += entry * minor * (-1) ** j
    return total


def _powers(data: Any) -> dict[int, int]:
    out: dict[int, int] = {}
    for entry in sequence(data):
        place, power = pair(entry)
        if isinstance(power, bool) or not isinstance(power, int):
            raise Rejected("a power is not an integer")
        out[natural(place)] = power
    return out


def _monotone(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    """From the sign of A = sum k_i a_i to that of V - 1, or (``down``) back."""
    ring = branch.system.ring
    quotients = difference(ring, branch.system.lawful, _powers(member(tree, "powers")))
    given, other = (signed(ring, quotient) for quotient in quotients)
    if member(tree, "down") is True:
        given, other = other, given
    side, premise = _constraint(branch, member(tree, "constraint"))
    if side == "equations" and premise.is_zero():
        plain = plain_sign(ring, given)
        if plain is None or plain[0] <= 0:
            raise Rejected("the premise does not have a plain sign")
        side = "strict" if plain[1] else "weak"
    else:
        _require_multiple(given, premise)
    check_tree(branch.with_derived(side, ring.terms(other)), member(tree, "tree"), depth)


def _require_multiple(poly: Poly, of: Poly) -> None:
    """Require ``poly`` to be a positive rational multiple of ``of``."""
    if poly.is_zero() or of.is_zero():
        raise Rejected("the premise is trivial")
    ratio = poly.leading_coefficient() / of.leading_coefficient()
    if not ratio > 0 or not (poly - of * ratio).is_zero():
        raise Rejected("the premise is not the stated constraint")


def _tangent(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    ring = branch.system.ring
    bound = {"first": tangent, "pade": pade}[member(tree, "order")](
        ring, branch.system.lawful, _powers(member(tree, "powers"))
    )
    check_tree(branch.with_derived("weak", ring.terms(signed(ring, bound))), member(tree, "tree"), depth)


def _value(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    """From a >= c to v >= exp(c), from v >= c > 0 to a >= log(c), or the reverse sides; bounds are rounded outward."""
    ring = branch.system.ring
    pairs = exponential_pairs(ring, branch.system.lawful)
    place = natural(member(tree, "pair"), len(pairs) - 1)
    argument, grown = pairs[place]
    down = member(tree, "down") is True
    given, other = (grown, argument) if down else (argument, grown)
    upper = member(tree, "upper") is True
    at = fraction(member(tree, "at"))
    excess = ring.sub(given, ring.constant(at))
    premise = signed(ring, ring.neg(excess) if upper else excess)
    side, poly = _constraint(branch, member(tree, "constraint"))
    poly = poly + ideal_member(branch, member(tree, "ideal"))
    if side == "equations" and not poly.is_zero():
        ratio = premise.leading_coefficient() / poly.leading_coefficient()
        poly = poly if ratio > 0 else -poly
    _require_multiple(premise, poly)
    if down and at <= 0:
        raise Rejected("a logarithm of a number that is not positive")
    with precision(VALUE_PRECISION):
        image = apply("log" if down else "exp", rational(at))
        low, high = enclosing_rationals(image)
    bound = ring.constant(high + TINY if upper else low - TINY)
    gap = ring.sub(bound, other) if upper else ring.sub(other, bound)
    check_tree(branch.with_derived("strict", ring.terms(signed(ring, gap))), member(tree, "tree"), depth)


def _univariate(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    generator = natural(member(tree, "generator"), len(branch.system.ring.gens) - 1)
    if not is_empty(univariate_constraints(branch.system, generator)):
        raise Rejected("some number meets all constraints on the generator")


def _bisect(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    ring = branch.system.ring
    x = ring.gens[natural(member(tree, "generator"), len(ring.gens) - 1)]
    at = rational(fraction(member(tree, "at")))
    check_tree(branch.with_derived("weak", ring.terms(at - x)), member(tree, "low"), depth)
    check_tree(branch.with_derived("weak", ring.terms(x - at)), member(tree, "high"), depth)


def _range(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    side, poly = _constraint(branch, member(tree, "constraint"))
    with precision(RANGE_PRECISION):
        value = range_of(branch.system, poly)
    impossible = {"equations": value != 0, "weak": value < 0, "strict": value <= 0}
    if not impossible[side]:
        raise Rejected("the constraint may hold within the bounds")


def _null(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    """Where a diagonal entry of a positive semidefinite matrix vanishes, so does its whole row."""
    matrix = branch.system.semidefinite[natural(member(tree, "matrix"))]
    row = natural(member(tree, "row"))
    if not (matrix[row][row] - ideal_member(branch, member(tree, "cofactors"))).is_zero():
        raise Rejected("the diagonal entry does not vanish as stated")
    for column, entry in enumerate(matrix[row]):
        if column != row:
            branch = branch.with_derived("equations", branch.system.ring.terms(entry))
    check_tree(branch, member(tree, "tree"), depth)


def _identity(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    """(positive product) + sums of squares * constraints + squares in the matrices + ideal member = 0."""
    ring = branch.system.ring
    positive = rational(fraction(member(tree, "scale")))
    if not positive > 0:
        raise Rejected("the scale is not positive")
    total = ring.ctx.constant(positive)
    for number in sequence(member(tree, "positive")):
        total *= branch.system.strict[natural(number)]
    for entry in sequence(member(tree, "squares")):
        total += _weight(branch, member(entry, "times")) * _squares(branch, member(entry, "of"))
    for entry in sequence(member(tree, "forms")):
        matrix = branch.system.semidefinite[natural(member(entry, "matrix"))]
        total += _weight(branch, member(entry, "times")) * _forms(branch, matrix, member(entry, "vectors"))
    if not (total + ideal_member(branch, member(tree, "ideal"))).is_zero():
        raise Rejected("the identity does not hold")


def _weight(branch: Branch, data: Any) -> Poly:
    """Return a product of weak and strict constraints."""
    product = branch.system.ring.one
    for entry in sequence(data):
        side, number = pair(entry)
        if side not in ("weak", "strict"):
            raise Rejected(f"unknown constraints {side!r}")
        product *= getattr(branch.system, side)[natural(number)]
    return product


def _squares(branch: Branch, data: Any) -> Poly:
    total = branch.system.ring.zero
    for entry in sequence(data):
        weight, root = pair(entry)
        poly = _poly(branch, root)
        total += _nonnegative(weight) * _bounded_power(poly, poly, 1)
    return total


def _nonnegative(data: Any) -> Any:
    value = rational(fraction(data))
    if value < 0:
        raise Rejected("a weight is negative")
    return value


def _forms(branch: Branch, matrix: Any, data: Any) -> Poly:
    total = branch.system.ring.zero
    for entry in sequence(data):
        weight, vector = pair(entry)
        polys = [_poly(branch, part) for part in sequence(vector)]
        if len(polys) != len(matrix):
            raise Rejected("a vector does not fit its matrix")
        form = branch.system.ring.zero
        for row, left in zip(matrix, polys, strict=True):
            for value, right in zip(row, polys, strict=True):
                form += left * value * right
        total += _nonnegative(weight) * form
    return total


def _roots(branch: Branch, tree: Mapping[str, Any], depth: int) -> None:
    """A univariate polynomial in one linear form, and every generator a polynomial in that form, modulo the ideal."""
    ring = branch.system.ring
    form = _poly(branch, member(tree, "form"))
    modulus = fmpq_poly([rational(fraction(c)) for c in sequence(member(tree, "modulus"))])
    if modulus.degree() < 1:
        raise Rejected("the modulus is constant")
    if not (compose(ring, modulus, form) - ideal_member(branch, member(tree, "cofactors"))).is_zero():
        raise Rejected("the modulus is not in the ideal as stated")
    images = []
    coordinates = sequence(member(tree, "coordinates"))
    if len(coordinates) != len(ring.gens):
        raise Rejected("a coordinate is missing")
    for gen, entry in zip(ring.gens, coordinates, strict=True):
        image = fmpq_poly([rational(fraction(c)) for c in sequence(member(entry, "image"))])
        if not (gen - compose(ring, image, form) - ideal_member(branch, member(entry, "cofactors"))).is_zero():
            raise Rejected("a coordinate is not as stated modulo the ideal")
        images.append(image)
    with precision(ROOT_PRECISION):
        roots = real_roots(modulus)
        reasons = sequence(member(tree, "reasons"))
        if len(reasons) != len(roots):
            raise Rejected(f"{len(reasons)} reasons for {len(roots)} real roots")
        for root, reason in zip(roots, reasons, strict=True):
            _violated(branch, [horner(image, root) for image in images], reason)


def compose(ring: Ring, poly: fmpq_poly, form: Poly) -> Poly:
    """Return a rational polynomial at a polynomial of the ring."""
    total = ring.zero
    for coefficient in reversed(poly.coeffs()):
        total = _bounded_power(total, form, 1) + ring.ctx.constant(coefficient)
    return total


def _violated(branch: Branch, values: list[Any], reason: Any) -> None:
    side, number = pair(member(reason, "constraint"))
    ring = branch.system.ring
    if side == "semidefinite":
        matrix = branch.system.semidefinite[natural(number)]
        vector = [rational(fraction(c)) for c in sequence(member(reason, "vector"))]
        if len(vector) != len(matrix):
            raise Rejected("a vector does not fit its matrix")
        form = sum(
            (a * ring.value(entry, values) * b for row, a in zip(matrix, vector, strict=True)
             for entry, b in zip(row, vector, strict=True)), rational(0),
        )  # fmt: skip
        if not form < 0:
            raise Rejected("the form is not negative at a root")
        return
    if side not in ("equations", "weak", "strict"):
        raise Rejected(f"unknown constraints {side!r}")
    value = ring.value(getattr(branch.system, side)[natural(number)], values)
    broken = {"equations": value != 0, "weak": value < 0, "strict": value <= 0}
    if not broken[side]:
        raise Rejected("the constraint is not violated at a root")


_NODES = {
    "split": _split,
    "factor": _factor,
    "curve": _curve,
    "direction": _direction,
    "clarke": _clarke,
    "flat": _flat,
    "compare": _compare,
    "minor": _minor,
    "null": _null,
    "monotone": _monotone,
    "tangent": _tangent,
    "bisect": _bisect,
    "value": _value,
    "univariate": _univariate,
    "range": _range,
    "plain": _plain,
    "identity": _identity,
    "roots": _roots,
}
