"""What a claim says about a point that would contradict it: polynomial equations and inequalities.

A claim is true when, for every case of "hypotheses hold and the conclusion fails", the system of that case has no
solution. :func:`build_system` derives the system of one case from the claim. It may leave hypotheses out (a formula
whose piece is not known yet); proving the rest unsolvable is then still a proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import fmpq

from verify.algebra.knowledge import known_sign, lawful_generators, monotone_consequences, signed
from verify.algebra.reading import Demands, Grow, NeedsSign, growing, read
from verify.algebra.ring import Generator, Poly, Quotient, Ring, Terms, apply, enclosing_rationals, fraction_of
from verify.algebra.signs import Facts, plain_sign
from verify.claim import CLARKE, GLOBAL, LOCAL, POINT, SECOND_ORDER, STATIONARY, STRICT, Claim
from verify.errors import Undecidable
from verify.expr.ball import precision
from verify.expr.derive import gradient_entries, hessian_entries, kinks
from verify.expr.evaluate import Poison
from verify.expr.node import Expr
from verify.logic import Case, EigenvalueBound, Literal, cases, conjoin, eigenvalue_bound, undefined_cases

PROVED = "proved"
VACUOUS = "vacuous"

Matrix = tuple[tuple[Poly, ...], ...]


@dataclass(frozen=True)
class System:
    """Conditions on the generators of a ring: equations (= 0), weak (>= 0), strict (> 0), positive semidefinite.

    Attributes:
        definite: for each semidefinite matrix, whether it is even positive definite.
        pending: polynomials whose sign would let more of the claim be read.
        notes: hypotheses that could not be read at all, with the reason.
        lawful: for each generator, whether its argument is known to lie in the domain of its function. Elsewhere the
            function has no value; the generator then stands for some number about which nothing is assumed.
        smooth: whether the objective is known to be a fixed smooth formula near every point of the branch.
    """

    ring: Ring
    equations: tuple[Poly, ...]
    weak: tuple[Poly, ...]
    strict: tuple[Poly, ...]
    semidefinite: tuple[Matrix, ...] = ()
    definite: tuple[bool, ...] = ()
    pending: tuple[Terms, ...] = ()
    notes: tuple[str, ...] = ()
    smooth: bool = False
    lawful: tuple[bool, ...] = ()


def goal_cases(claim: Claim, goal: str) -> list[Case]:
    """Return the cases to exclude: hypotheses only (goal ``vacuous``), or with the conclusion failing (``proved``).

    The second list also holds the cases in which the conclusion is undefined.
    """
    hypotheses = conjoin([cases(condition) for _, condition in claim.assumptions])
    if goal == VACUOUS:
        return hypotheses
    if claim.satisfies is None:
        raise ValueError(f"claim {claim.id!r} has no conclusion")
    failing = cases(claim.satisfies, negate=True) + undefined_cases(claim.satisfies)
    return conjoin([hypotheses, failing])


def uses_stationarity(claim: Claim) -> bool:
    """Whether every point of the claim has zero gradient where the objective is smooth."""
    if claim.every in (STATIONARY, CLARKE, SECOND_ORDER, LOCAL, STRICT):
        return claim.within is None
    return claim.every == GLOBAL and is_open(claim)


def uses_curvature(claim: Claim) -> bool:
    """Whether every point of the claim has a positive semidefinite Hessian where the objective is smooth."""
    return claim.every in (SECOND_ORDER, LOCAL, STRICT) or (claim.every == GLOBAL and is_open(claim))


def uses_minimality(claim: Claim) -> bool:
    """Whether every point of the claim is a local minimum of the unconstrained objective."""
    return claim.every in (LOCAL, STRICT) or (claim.every == GLOBAL and is_open(claim))


def is_open(claim: Claim) -> bool:
    """Whether the domain is an open set."""
    return all(p.high is None and (p.low is None or p.open_low) for p in claim.parameters)


def parameter_ring(claim: Claim) -> Ring:
    """Return the ring of the claim's parameter entries."""
    return Ring([Generator(name, p.kind) for p in map(_Kinded, claim.parameters) for name in p.names])


@dataclass(frozen=True)
class _Kinded:
    parameter: Any

    @property
    def names(self) -> list[str]:
        return self.parameter.entry_names

    @property
    def kind(self) -> str:
        low = self.parameter.low
        if low is None or low < 0:
            return "real"
        return "positive" if low > 0 or self.parameter.open_low else "nonnegative"


def parameter_env(claim: Claim) -> dict[str, list[Terms]]:
    """Return each parameter's entries as ring-free polynomials."""
    return {p.name: [((Fraction(1), ((name, 1),)),) for name in p.entry_names] for p in claim.parameters}


@lru_cache(maxsize=64)
def derivatives(objective: Expr, arrays: tuple[Expr, ...]) -> tuple[list[Expr], list[list[Expr]]]:
    """Return gradient entries and Hessian rows of an objective as scalar expressions."""
    return gradient_entries(objective, arrays), hessian_entries(objective, arrays)


def build_system(claim: Claim, case: Case, facts: Facts, extra: Sequence[Generator] = ()) -> System:
    """Return the system of one case under the facts of a branch.

    Raises:
        Undecidable: too many generators.
    """
    ring = parameter_ring(claim)
    for generator in extra:
        ring = ring.extended(generator)
    return growing(lambda current: _Builder(claim, current, facts).system(case), ring)


@dataclass
class _Builder:
    """Collects the constraints of one case in one ring."""

    claim: Claim
    ring: Ring
    facts: Facts
    equations: list[Poly] = field(default_factory=list)
    weak: list[Poly] = field(default_factory=list)
    strict: list[Poly] = field(default_factory=list)
    semidefinite: list[Matrix] = field(default_factory=list)
    definite: list[bool] = field(default_factory=list)
    pending: list[Terms] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    smooth: bool = False

    def system(self, case: Case) -> System:
        self._domain()
        for number, literal in enumerate(case):
            self._literal(literal, number)
        self._objective()
        self._facts()
        lawful = lawful_generators(self.ring, self.facts, self.weak, self.strict)
        self._generators(lawful)
        return System(
            self.ring, tuple(self.equations), tuple(self.weak), tuple(self.strict), tuple(self.semidefinite),
            tuple(self.definite), tuple(dict.fromkeys(self.pending)), tuple(dict.fromkeys(self.notes)), self.smooth,
            lawful,
        )  # fmt: skip

    # --- reading ---

    def _read(self, roots: Sequence[Expr]) -> list[Quotient | None]:
        """Read scalar expressions as the user wrote them; None where that is not possible.

        A point at which they are undefined meets no hypothesis, so their demands become constraints.
        """
        values, demands = read(roots, parameter_env(self.claim), self.ring, self.facts)
        self._demands(demands)
        return [self._known(value[0]) for value in values]

    def _read_derivatives(self, roots: Sequence[Expr]) -> list[Quotient] | None:
        """Read derivatives of the objective; None unless they are valid at every point of the branch.

        A derivative's formula may be undefined where the objective is well behaved, or is a minimum on a kink. So
        what it demands must follow from the objective being defined, from generators or from facts; it never
        becomes a constraint.
        """
        values, demands = read(roots, parameter_env(self.claim), self.ring, self.facts)
        missing = ungranted(self.claim, self.ring, self.facts, demands)
        unknown = (terms for terms in missing if terms)
        self.pending += [terms for terms in unknown if self.facts.lookup(self.ring, self.ring.poly(terms)) is None]
        known = [self._known(value[0]) for value in values]
        if demands.touched_zero or missing or any(value is None for value in known):
            return None
        return [value for value in known if value is not None]

    def _known(self, value: Any) -> Quotient | None:
        if not isinstance(value, Poison):
            return value
        if isinstance(value.reason, NeedsSign):
            self.pending.append(value.reason.terms)
        else:
            self.notes.append(str(value.reason))
        return None

    def _demands(self, demands: Demands) -> None:
        for quotient in demands.positive:
            self.strict.append(signed(self.ring, quotient))
        for quotient in demands.nonnegative:
            self.weak.append(signed(self.ring, quotient))
        for poly in demands.nonzero:
            self.strict.append(poly * poly)

    # --- parts ---

    def _domain(self) -> None:
        for parameter in self.claim.parameters:
            for name in parameter.entry_names:
                x = self.ring.gens[self.ring.position[name]]
                if parameter.low is not None:
                    side = self.strict if parameter.open_low else self.weak
                    side.append(x - _fmpq(parameter.low))
                if parameter.high is not None:
                    self.weak.append(_fmpq(parameter.high) - x)

    def _literal(self, literal: Literal, number: int) -> None:
        bound = eigenvalue_bound(literal)
        if bound is not None:
            self._eigenvalue(bound, number)
            return
        if self.claim.mentions_derivatives:
            found = self._read_derivatives([literal.value])
            value = found[0] if found else None
        else:
            (value,) = self._read([literal.value])
        if value is not None:
            self._constraint(literal.relation, value)

    def _constraint(self, relation: str, value: Quotient) -> None:
        if relation == "==":
            self.equations.append(value.num)
        elif relation == "!=":
            self.strict.append(value.num * value.num)
        elif relation in ("<", "<="):
            (self.strict if relation == "<" else self.weak).append(-signed(self.ring, value))
        else:
            (self.strict if relation == ">" else self.weak).append(signed(self.ring, value))

    def _eigenvalue(self, bound: EigenvalueBound, number: int) -> None:
        """An outer bound (smallest >= b, largest <= b) is a matrix inequality; an inner one has a unit vector."""
        size = bound.matrix.shape[0]
        scalars = [bound.matrix[i, j] for i in range(size) for j in range(size)]
        values = self._read_derivatives([bound.bound, *scalars])
        if values is None:
            return
        threshold, *flat = values
        rows = [flat[i * size : (i + 1) * size] for i in range(size)]
        sign = 1 if bound.smallest else -1
        outer = (">", ">=") if bound.smallest else ("<", "<=")
        inner = ("<", "<=") if bound.smallest else (">", ">=")
        if bound.relation in (*outer, "=="):
            self._semidefinite(self._shifted(rows, threshold, sign), definite=len(bound.relation) == 1)
        if bound.relation in (*inner, "=="):
            self._unit_vector(rows, threshold, sign, strict=len(bound.relation) == 1, number=number)

    def _shifted(self, rows: list[list[Quotient]], threshold: Quotient, sign: int) -> list[list[Quotient]]:
        ring, factor = self.ring, self.ring.constant(sign)
        return [
            [ring.mul(factor, ring.sub(entry, threshold) if i == j else entry) for j, entry in enumerate(row)]
            for i, row in enumerate(rows)
        ]

    def _unit_vector(
        self, rows: list[list[Quotient]], threshold: Quotient, sign: int, *, strict: bool, number: int
    ) -> None:
        names = [f"unit vector {number}[{i}]" for i in range(len(rows))]
        for name in names:
            if name not in self.ring.position:
                raise Grow(self.ring.extended(Generator(name, "real")))
        ring = self.ring
        v = [ring.generator(name) for name in names]
        form = ring.sum([ring.mul(ring.mul(v[i], v[j]), e) for i, row in enumerate(rows) for j, e in enumerate(row)])
        self.equations.append(ring.sum([ring.mul(x, x) for x in v]).num - 1)
        gap = ring.mul(ring.constant(sign), ring.sub(threshold, form))
        (self.strict if strict else self.weak).append(signed(self.ring, gap))

    def _semidefinite(self, rows: list[list[Quotient]], *, definite: bool = False) -> None:
        """Clear denominators by a factor that is positive where everything is defined."""
        common = self.ring.one
        for row in rows:
            for entry in row:
                shared = common.gcd(entry.den)
                common = divmod(common * entry.den, shared)[0]
        plain = plain_sign(self.ring, common)
        factor = common * plain[0] if plain is not None and plain[1] else common * common
        self.definite.append(definite)
        self.semidefinite.append(
            tuple(tuple(divmod(factor * entry.num, entry.den)[0] for entry in row) for row in rows)
        )

    def _objective(self) -> None:
        claim = self.claim
        if claim.objective is None or claim.every == POINT:
            return
        slopes, curvatures = derivatives(claim.objective, tuple(claim.symbols))
        self._read([claim.objective])
        needs_gradient = uses_stationarity(claim) or claim.within is not None
        if not needs_gradient:
            return
        known = self._read_derivatives(slopes)
        if known is None:
            return
        self.smooth = True
        if claim.within is not None:
            square = self.ring.sum([self.ring.mul(value, value) for value in known])
            self._constraint("<=", self.ring.sub(square, self.ring.constant(claim.within**2)))
            return
        self.equations.extend(value.num for value in known if not value.num.is_zero())
        if uses_curvature(claim):
            self._hessian(curvatures)

    def _hessian(self, rows: list[list[Expr]]) -> None:
        flat = self._read_derivatives([entry for row in rows for entry in row])
        if flat is None:
            return
        size = len(rows)
        self._semidefinite([flat[i * size : (i + 1) * size] for i in range(size)])

    def _facts(self) -> None:
        for terms, sign in self.facts.known.items():
            try:
                poly = self.ring.poly(terms)
            except KeyError as missing:
                self.notes.append(f"a fact mentions {missing}")
                continue
            if sign == 0:
                self.equations.append(poly)
            else:
                self.strict.append(poly * sign)

    # --- what generators mean ---

    def _generators(self, lawful: Sequence[bool]) -> None:
        for place, generator in enumerate(self.ring.generators):
            x = self.ring.gens[place]
            if generator.kind in ("exp", "inverse_sqrt_pi"):
                self.strict.append(x)
            elif generator.kind == "sqrt" and lawful[place]:
                argument = self.ring.argument(generator)
                self.weak.append(x)
                self.equations.append(x * x * argument.den - argument.num)
            elif generator.kind == "erf":
                self.strict += [1 - x, 1 + x]
            elif generator.kind == "sin":
                cosine = self.ring.gens[self.ring.position["cos" + generator.name[3:]]]
                self.equations.append(x * x + cosine * cosine - 1)
            self._constant_bounds(generator, x)
        self._monotone()

    def _constant_bounds(self, generator: Generator, x: Poly) -> None:
        """A function of a number is a number: enclose it."""
        if generator.argument is None or any(powers for part in generator.argument for _, powers in part):
            return
        argument = self.ring.argument(generator)
        number = fraction_of(argument.num) / fraction_of(argument.den)
        try:
            with precision(128):
                low, high = enclosing_rationals(apply(generator.kind, _fmpq(number)))
        except Undecidable:
            return
        self.strict += [x - _fmpq(low - Fraction(1, 1 << 60)), _fmpq(high + Fraction(1, 1 << 60)) - x]

    def _monotone(self) -> None:
        for side, consequence in monotone_consequences(self.ring, self.facts, None):
            getattr(self, side).append(consequence)

    def _sign_of(self, poly: Poly) -> int | None:
        return known_sign(self.ring, self.facts, poly)


def ungranted(claim: Claim, ring: Ring, facts: Facts, demands: Demands) -> list[Terms]:
    """Return polynomials that must be nonzero for the derivatives of the objective to be valid, and may vanish.

    These are what the derivative's formula divides by, and the kinks of the objective itself.
    """
    return unsettled(claim, ring, facts, demands, [] if claim.objective is None else kinks(claim.objective))


def unsettled(claim: Claim, ring: Ring, facts: Facts, demands: Demands, watched: Sequence[Expr]) -> list[Terms]:
    """Return polynomials that may vanish: what a reading demands beyond the objective itself, and watched arrays."""
    if claim.objective is None:
        return []
    env = parameter_env(claim)
    _, own = read([claim.objective], env, ring, facts)
    granted = {ring.terms(factor) for poly in (*own.nonzero, *_parts(own.positive)) for factor in _factors(poly)}
    demanded = [*demands.nonzero, *_parts(demands.positive), *_parts(demands.nonnegative)]
    missing: list[Terms] = []
    for kink in _kink_entries(watched, env, ring, facts):
        if isinstance(kink, Quotient):
            demanded += [kink.num, kink.den]
        else:
            missing.append(kink)
    for poly in demanded:
        if poly.is_zero():
            missing.append(())
        for factor in _factors(poly):
            if ring.terms(factor) not in granted and known_sign(ring, facts, factor) in (None, 0):
                missing.append(ring.terms(factor))
    return missing


def _kink_entries(watched: Sequence[Expr], env: Any, ring: Ring, facts: Facts) -> list[Quotient | Terms]:
    """Return the entries of arrays; ring-free terms stand for one whose own formula needs that sign."""
    values, _ = read(watched, env, ring, facts)
    out: list[Quotient | Terms] = []
    for value in (entry for array in values for entry in array):
        if isinstance(value, Poison):
            out.append(value.reason.terms if isinstance(value.reason, NeedsSign) else ())
        else:
            out.append(value)
    return out


def _parts(quotients: Sequence[Quotient]) -> list[Poly]:
    return [part for quotient in quotients for part in (quotient.num, quotient.den)]


def _factors(poly: Poly) -> list[Poly]:
    if poly.is_zero():
        return []
    return [factor for factor, _ in poly.factor()[1]]


def _fmpq(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)
