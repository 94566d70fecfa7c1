"""Proves that no point contradicts a claim, by algebra and case distinctions.

At each branch, in this order: a constraint that is plainly impossible modulo the equations; an equation that factors
(one branch per factor); rows and minors of positive semidefinite matrices; finitely many real points, each violating
something; a formula's piece that depends on a sign; descent curves at degenerate points; sums of squares; and
finally distinctions by the sign of a variable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from numerics.budget import Budget, OutOfTime
from numerics.ideals import Basis, Element, TooLarge, groebner, minimal_polynomial
from numerics.provers.encode import Tree, cofactor_data, plain_leaf, poly_data
from numerics.provers.exponentials import monotone_steps, tangent_steps, value_steps
from numerics.provers.factors import impossible_by_factors
from numerics.provers.kinks import clarke_steps, derivative_steps, directions, is_kinked
from numerics.provers.products import linear_leaf
from numerics.provers.roots import roots_leaf
from numerics.provers.splits import sign_candidates
from numerics.provers.squares import SquaresSettings, identity_leaf
from verify.algebra.knowledge import known_sign
from verify.algebra.ring import Poly, Terms
from verify.algebra.signs import plain_sign
from verify.bounds import RANGE_PRECISION, generator_ranges
from verify.branch import Branch, constant_terms
from verify.certificate import encode_terms
from verify.claim import GLOBAL, STRICT
from verify.errors import Rejected, Undecidable
from verify.expr.ball import precision
from verify.recheck.emptiness import determinant
from verify.recheck.univariate import is_empty, univariate_constraints
from verify.system import uses_minimality

MAX_DEPTH = 40
"""Deepest case distinction that is tried."""

MAX_SIGN_SPLITS = 4
"""Most distinctions by the sign of a variable on one path."""

HIGH_DIRECTIONS = 8
"""Directions along which Taylor coefficients of order five and six are looked at too."""

SMALL_SQUARES = SquaresSettings(steps=2, max_unknowns=400)
"""Semidefinite programs that take less time than the linear ones."""

MAX_DIRECTIONS = 400
"""Most directions tried for a descent curve at one branch."""


@dataclass
class TreeProver:
    """Searches a tree for one case; remembers what it could not close."""

    budget: Budget
    effort: int = 2
    """0: forced steps only; 1: also descent curves; 2: also semidefinite programs."""
    exhaustive: bool = False  # look at every factor, also after one stayed open
    open_branches: list[str] = field(default_factory=list)
    survivors: list[tuple[Branch, Any]] = field(default_factory=list)
    """Branches with real points that violate nothing: candidates for a counterexample."""

    def prove(self, branch: Branch, depth: int = 0, splits: int = 0) -> Tree | None:
        """Return a closed tree, or None when some branch stays open.

        Raises:
            OutOfTime: the budget is used up.
        """
        self.budget.check()
        if depth > MAX_DEPTH:
            self._open(branch, "too many case distinctions")
            return None
        tree = self._range(branch)
        if tree is not None:
            return tree
        basis = self._basis(branch)
        for attempt in (
            self._plain, self._pending, self._kinked, self._factored, self._eliminated, self._null_row,
        ):  # fmt: skip
            tree = attempt(branch, basis, depth, splits)
            if tree is not None:
                return tree if tree else None
        tree = roots_leaf(branch, basis, self.budget, self.survivors)
        if tree is not None:
            return tree
        for attempt in (
            self._flat, self._signs_of_factors, self._univariate, self._compare, self._minors, self._curve,
            self._monotone, self._values, self._squares, self._tangents, self._sign_split,
        ):  # fmt: skip
            tree = attempt(branch, basis, depth, splits)
            if tree is not None:
                return tree if tree else None
        self._open(branch, "no contradiction found")
        return None

    def _open(self, branch: Branch, reason: str) -> None:
        facts = ", ".join(_spelled(terms, sign) for terms, sign in branch.facts.known.items())
        self.open_branches.append(f"{reason} where {facts}" if facts else reason)

    def _basis(self, branch: Branch) -> Basis:
        ring = branch.system.ring
        try:
            return groebner(ring, branch.system.equations, self.budget.part(0.5, 0.5))
        except (TooLarge, OutOfTime):
            self.budget.check()
            return Basis(ring, ())

    # --- leaves and forced steps; an empty tree means "tried and stayed open" ---

    def _plain(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        ring = branch.system.ring
        for member in basis.elements:
            plain = plain_sign(ring, member.poly)
            if plain is not None and plain[1] and plain[0]:
                negated = {n: -c for n, c in member.cofactors.items()}
                return plain_leaf(ring, ("none", 0), negated)
        for side in ("strict", "weak"):
            for number, poly in enumerate(getattr(branch.system, side)):
                for rest, cofactors in ((poly, {}), basis.normal_form_with_cofactors(poly)):
                    plain = plain_sign(ring, rest)
                    if plain is not None and (plain[0] <= 0 if side == "strict" else plain[1] and plain[0] < 0):
                        return plain_leaf(ring, (side, number), cofactors)
        return None

    def _pending(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        """Decide first what the formula itself asks for."""
        if not branch.system.pending:
            return None
        return self._split(branch, branch.system.pending[0], depth, splits)

    def _kinked(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        """At a kink: one-sided derivatives of minima; one case for each piece at Clarke stationary points."""
        if not is_kinked(branch):
            return None
        steps = derivative_steps(branch)
        if steps:
            child = branch
            for _, side, terms in steps:
                child = child.with_derived(side, terms)
            tree = self.prove(child, depth + 1, splits)
            for velocity, _, _ in reversed(steps):
                tree = tree and {"node": "direction", "velocity": [str(v) for v in velocity], "tree": tree}
            return tree or {}
        for velocity, slopes in clarke_steps(branch):
            trees = []
            for terms in slopes:
                tree = self.prove(branch.with_derived("weak", terms), depth + 1, splits)
                if tree is None:
                    return {}
                trees.append(tree)
            return {"node": "clarke", "velocity": [str(v) for v in velocity], "trees": trees}
        return None

    def _flat(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        """A line through the point on which the objective is constant, against strictness."""
        if branch.claim.every != STRICT or not branch.system.smooth:
            return None
        for velocity in directions(len(branch.claim.entry_names)):
            try:
                slopes = branch.line_slopes(velocity)
            except Undecidable:
                continue
            found = [basis.normal_form_with_cofactors(slope) for slope in slopes]
            if all(rest.is_zero() for rest, _ in found):
                cofactors = [cofactor_data(branch.system.ring, parts) for _, parts in found]
                return {"node": "flat", "velocity": [str(v) for v in velocity], "cofactors": cofactors}
        return None

    def _split(self, branch: Branch, terms: Terms, depth: int, splits: int) -> Tree:
        tree: Tree = {"node": "split", "poly": encode_terms(terms)}
        for key, sign in (("positive", 1), ("negative", -1), ("zero", 0)):
            child = self.prove(branch.with_sign(terms, sign), depth + 1, splits)
            if child is None:
                return {}
            tree[key] = child
        return tree

    def _factored(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        found = [(member, _factors(member.poly)) for member in basis.elements]
        found = [(m, f) for m, f in found if len(f) > 1 or f[0][1] > 1]
        if not found:
            return None
        member, factors = min(found, key=lambda item: (len(_open_factors(branch, item[1])), len(item[0].poly)))
        return self._factor_node(branch, factors, member, depth, splits)

    def _factor_node(
        self, branch: Branch, factors: list[tuple[Poly, int]], member: Element, depth: int, splits: int
    ) -> Tree:
        ring = branch.system.ring
        whole = ring.one
        for factor, power in factors:
            whole *= factor**power
        scale = whole.leading_coefficient() / member.poly.leading_coefficient()
        entries = []
        for factor, power in sorted(factors, key=lambda item: len(item[0])):
            child = self.prove(branch.with_sign(ring.terms(factor), 0), depth + 1, splits)
            if child is None and not self.exhaustive:
                return {}
            entries.append({"poly": poly_data(ring, factor), "power": power, "tree": child})
        if any(entry["tree"] is None for entry in entries):
            return {}
        return {"node": "factor", "factors": entries, "cofactors": cofactor_data(ring, member.cofactors, scale)}

    def _eliminated(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        """With finitely many complex values of the generators that occur: factor one's minimal polynomial."""
        places = basis.occurring()
        monomials = basis.standard_monomials(among=places)
        if not monomials:
            return None
        ring = branch.system.ring
        for gen in (ring.gens[place] for place in places):
            coefficients = minimal_polynomial(basis, gen, monomials)
            poly = ring.zero
            for coefficient in reversed(coefficients):
                poly = poly * gen + ring.ctx.constant(coefficient)
            plain = plain_sign(ring, poly)
            if plain is not None and plain[1]:
                rest, cofactors = basis.normal_form_with_cofactors(poly)
                if rest.is_zero():
                    return plain_leaf(ring, ("none", 0), {n: -c for n, c in cofactors.items()})
            factors = _factors(poly)
            if len(factors) > 1 or factors[0][1] > 1:
                rest, cofactors = basis.normal_form_with_cofactors(poly)
                if rest.is_zero():
                    return self._factor_node(branch, factors, Element(poly, cofactors, ()), depth, splits)
        return None

    def _null_row(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        ring = branch.system.ring
        for number, matrix in enumerate(branch.system.semidefinite):
            for row, entries in enumerate(matrix):
                rest, cofactors = basis.normal_form_with_cofactors(entries[row])
                if not rest.is_zero():
                    continue
                others = [entry for column, entry in enumerate(entries) if column != row]
                if all(basis.normal_form(entry).is_zero() for entry in others):
                    continue
                child = branch
                for entry in others:
                    child = child.with_derived("equations", ring.terms(entry))
                tree = self.prove(child, depth + 1, splits)
                if tree is None:
                    return {}
                return {
                    "node": "null", "matrix": number, "row": row,
                    "cofactors": cofactor_data(ring, cofactors), "tree": tree,
                }  # fmt: skip
        return None

    # --- steps that add what follows ---

    def _minors(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        """Add each principal minor that is not plainly nonnegative; stop at one that is plainly impossible."""
        ring = branch.system.ring
        known = {ring.terms(basis.normal_form(poly)) for poly in (*branch.system.weak, *branch.system.strict)}
        added: list[tuple[int, list[int], Terms]] = []
        for number, matrix in enumerate(branch.system.semidefinite):
            for size in (1, 2, 3):
                if size > len(matrix) or (size == 3 and len(matrix) > 5):
                    continue
                for rows in combinations(range(len(matrix)), size):
                    self.budget.check()
                    value = determinant(ring, [[matrix[i][j] for j in rows] for i in rows])
                    rest = basis.normal_form(value)
                    plain = plain_sign(ring, rest)
                    terms = ring.terms(rest)
                    useless = plain is not None and (
                        plain[0] > 0 or (plain[0] == 0 and not branch.system.definite[number])
                    )
                    if useless or terms in known:
                        continue
                    known.add(terms)
                    added.append((number, list(rows), ring.terms(value)))
                    if plain is not None:
                        return self._minor_nodes(branch, added[-1:], depth, splits)
        return self._minor_nodes(branch, added[:12], depth, splits) if added else None

    def _minor_nodes(self, branch: Branch, added: list[tuple[int, list[int], Terms]], depth: int, splits: int) -> Tree:
        child = branch
        for number, _, terms in added:
            child = child.with_derived("strict" if branch.system.definite[number] else "weak", terms)
        tree = self.prove(child, depth + 1, splits)
        if tree is None:
            return {}
        for number, rows, _ in reversed(added):
            tree = {"node": "minor", "matrix": number, "rows": rows, "tree": tree}
        return tree

    def _curve(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        """Look along straight lines for a Taylor coefficient that restricts the point further."""
        if not (self.effort >= 1 and uses_minimality(branch.claim) and branch.system.smooth and basis.elements):
            return None
        directions = list(self._directions(branch))
        for velocities, highest in [*((d, 4) for d in directions), *((d, 6) for d in directions[:HIGH_DIRECTIONS])]:
            self.budget.check()
            found = self._curve_along(branch, basis, velocities, highest)
            if found is None:
                continue
            order, vanish, last = found
            side = "equations" if order % 2 else "weak"
            tree = self.prove(branch.with_derived(side, last), depth + 1, splits)
            if tree is None:
                return {}
            return {
                "node": "curve", "order": order, "velocities": [[encode_terms(v) for v in part] for part in velocities],
                "vanish": vanish, "tree": tree,
            }  # fmt: skip
        return None

    def _directions(self, branch: Branch) -> Iterator[list[list[Terms]]]:
        """Straight lines with small integer directions; for two parameters also parabolas."""
        size = len(branch.claim.entry_names)
        if size > 8:
            return
        vectors = [v for v in product((0, 1, -1), repeat=size) if any(v) and next(x for x in v if x) > 0]
        vectors.sort(key=lambda v: sum(map(abs, v)), reverse=True)
        for vector in vectors[:MAX_DIRECTIONS]:
            for sign in (1, -1):
                yield [_constant_velocity([sign * x for x in vector])]
        if size == 2:
            for first in vectors:
                for second in product((0, 1, -1, 2, -2), repeat=2):
                    if any(second):
                        yield [_constant_velocity(first), _constant_velocity(second)]

    def _curve_along(
        self, branch: Branch, basis: Basis, velocities: list[list[Terms]], highest: int
    ) -> tuple[int, list[Any], Terms] | None:
        ring = branch.system.ring
        vanish: list[Any] = []
        try:
            coefficients = branch.curve_coefficients(velocities, highest)
        except Undecidable:
            return None
        for order, coefficient in enumerate(coefficients, start=1):
            rest, cofactors = basis.normal_form_with_cofactors(coefficient)
            if rest.is_zero():
                vanish.append(cofactor_data(ring, cofactors))
                continue
            if order == 2:
                return None  # the Hessian has been used
            plain = plain_sign(ring, rest)
            negative = (plain is not None and plain[0] < 0) or known_sign(ring, branch.facts, rest) == -1
            helpful = order % 2 == 1 or negative
            return (order, vanish, ring.terms(coefficient)) if helpful else None
        return None

    def _range(self, branch: Branch) -> Tree | None:
        """A constraint that fails everywhere within the bounds of the generators."""
        system = branch.system
        try:
            with precision(RANGE_PRECISION):
                ranges = generator_ranges(system)
                for side in ("strict", "weak", "equations"):
                    for number, poly in enumerate(getattr(system, side)):
                        value = system.ring.value(poly, ranges)
                        if (value != 0) if side == "equations" else (value <= 0) if side == "strict" else value < 0:
                            return {"node": "range", "constraint": [side, number]}
        except Undecidable:
            return None
        return None

    def _compare(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        """Compare a global minimum with points at which the objective is small."""
        if branch.claim.every != GLOBAL or branch.derived:
            return None
        from numerics.provers.boxes import low_points

        child, used = branch, []
        for point in dict.fromkeys(low_points(branch.claim)):
            try:
                child = child.with_derived("weak", child.system.ring.terms(child.drop_from(point)))
            except Undecidable:
                continue
            used.append(point)
        if not used:
            return None
        tree = self.prove(child, depth + 1, splits)
        if tree is None:
            return {}
        for point in reversed(used):
            tree = {"node": "compare", "point": [str(value) for value in point], "tree": tree}
        return tree

    def _signs_of_factors(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        """A constraint whose factors all have a known sign, against it."""
        return impossible_by_factors(branch, basis)

    def _univariate(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        """Constraints on one generator alone that contradict each other."""
        for place in range(len(branch.system.ring.gens)):
            constraints = univariate_constraints(branch.system, place)
            try:
                if len(constraints) > 1 and is_empty(constraints):
                    return {"node": "univariate", "generator": place}
            except Rejected:
                continue
        return None

    def _values(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        """Enclose exponentials of known numbers, and logarithms."""
        step = next(value_steps(branch, basis), None)
        if step is None:
            return None
        data, terms = step
        tree = self.prove(branch.with_derived("strict", terms), depth + 1, splits)
        return {"node": "value", **data, "tree": tree} if tree is not None else {}

    def _monotone(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        """Carry signs of arguments over to exponentials, and back."""
        ring = branch.system.ring
        step = next(monotone_steps(branch), None)
        if step is None:
            return None
        powers, down, constraint, side, other = step
        tree = self.prove(branch.with_derived(side, ring.terms(other)), depth + 1, splits)
        if tree is None:
            return {}
        return {"node": "monotone", "powers": powers, "down": down, "constraint": list(constraint), "tree": tree}

    # --- the last resorts ---

    def _tangents(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        """Add tangent and Pade bounds of the exponential, then look for squares once more."""
        if self.effort < 2:
            return None
        added = tangent_steps(branch)
        if not added:
            return None
        child = branch
        for _, _, terms in added:
            child = child.with_derived("weak", terms)
        settings = SquaresSettings(max_constraints=18)
        tree = linear_leaf(child, self._basis(child), self.budget.part(0.3, 0.5)) or identity_leaf(
            child, self._basis(child), self.budget.part(0.5, 1.0), settings
        )
        if tree is None:
            return None
        for powers, order, _ in reversed(added):
            tree = {"node": "tangent", "order": order, "powers": powers, "tree": tree}
        return tree

    def _squares(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        if self.effort < 2:
            return None
        tree = identity_leaf(branch, basis, self.budget.part(0.1, 0.5), SMALL_SQUARES)
        tree = tree or linear_leaf(branch, basis, self.budget.part(0.3, 0.5))
        return tree or identity_leaf(branch, basis, self.budget.part(0.5, 1.0), SquaresSettings())

    def _sign_split(self, branch: Branch, basis: Basis, depth: int, splits: int) -> Tree | None:
        if splits >= MAX_SIGN_SPLITS:
            return None
        for terms in sign_candidates(branch, basis):
            return self._split(branch, terms, depth, splits + 1)
        return None


def _constant_velocity(vector: Sequence[int]) -> list[Terms]:
    return [constant_terms(Fraction(x)) for x in vector]


def _factors(poly: Poly) -> list[tuple[Poly, int]]:
    return [(factor, int(power)) for factor, power in poly.factor()[1]]


def _open_factors(branch: Branch, factors: list[tuple[Poly, int]]) -> list[Poly]:
    ring = branch.system.ring
    out = []
    for factor, _ in factors:
        plain = plain_sign(ring, factor)
        if plain is None or not plain[1]:
            out.append(factor)
    return out


def _spelled(terms: Terms, sign: int) -> str:
    from verify.algebra.reading import spell

    return spell((terms, ((Fraction(1), ()),))) + {1: " > 0", 0: " = 0", -1: " < 0"}[sign]
