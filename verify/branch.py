"""One branch of a case distinction: the system of a case, with everything assumed on the way down.

Provers walk branches to find a contradiction, the checker walks the same branches to verify it; both see the same
constraints in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from verify.algebra.directional import jumps
from verify.algebra.kinked import directional_slope, pieces
from verify.algebra.knowledge import monotone_consequences, signed
from verify.algebra.reading import Grow, growing, read
from verify.algebra.ring import Generator, Poly, Ring, Terms
from verify.algebra.signs import Facts
from verify.claim import CLARKE, GLOBAL, SECOND_ORDER, STATIONARY, STRICT, Claim
from verify.errors import Undecidable
from verify.expr import build
from verify.expr.ball import Balls, rational
from verify.expr.derive import kinks
from verify.expr.evaluate import evaluate_scalar
from verify.expr.node import Expr
from verify.expr.substitute import curve_coefficients, substitute
from verify.logic import Case
from verify.system import System, build_system, derivatives, parameter_env, ungranted, unsettled, uses_minimality

MAX_CURVE_ORDER = 8
"""Highest order of a Taylor coefficient along a curve."""

LINE = "line parameter"
"""Generator of the parameter t along a line."""

Velocity = Sequence[Terms]
"""One polynomial per parameter entry."""


@dataclass(frozen=True)
class Branch:
    """A case of a claim with the facts and derived constraints of one path of the tree."""

    claim: Claim
    case: Case
    facts: Facts
    system: System
    derived: tuple[tuple[str, Terms], ...] = ()

    @staticmethod
    def root(claim: Claim, case: Case) -> Branch:
        """Return the branch without any facts."""
        facts = Facts()
        return Branch(claim, case, facts, build_system(claim, case, facts))

    def with_sign(self, terms: Terms, sign: int) -> Branch:
        """Return the part of the branch on which a polynomial has this sign.

        Raises:
            Undecidable: the polynomial mentions a generator that the branch does not have.
        """
        poly = self.poly(terms)
        facts = self.facts.having(self.system.ring, poly, sign)
        if self.system.pending:
            system = build_system(self.claim, self.case, facts)
            branch = replace(self, facts=facts, system=system)
            for side, derived in self.derived:
                branch = replace(branch, system=_appended(branch.system, side, branch.poly(derived)))
            return branch
        system = _appended(self.system, "equations" if sign == 0 else "strict", poly if sign == 0 else poly * sign)
        for side, consequence in monotone_consequences(system.ring, facts, self.facts):
            system = _appended(system, side, consequence)
        return replace(self, facts=facts, system=system)

    def with_derived(self, side: str, terms: Terms) -> Branch:
        """Return the branch with one more constraint (``equations`` or ``weak``) that follows from it."""
        system = _appended(self.system, side, self.poly(terms))
        return replace(self, system=system, derived=(*self.derived, (side, terms)))

    def poly(self, terms: Terms) -> Poly:
        """Return ring-free terms as a polynomial of this branch's ring."""
        try:
            return self.system.ring.poly(terms)
        except KeyError as missing:
            raise Undecidable(f"there is no generator {missing} here") from None

    def curve_coefficients(self, velocities: Sequence[Velocity], order: int) -> list[Poly]:
        """Return numerators of the Taylor coefficients 1..order of the objective along a curve through the point.

        The curve is x + t*v_1 + t^2*v_2 + ...; every coefficient is multiplied by the same positive denominator sign,
        so that signs are kept.

        Raises:
            Undecidable: the objective is not known to be smooth here, or its points are not local minima.
        """
        claim = self.claim
        if not uses_minimality(claim) or claim.objective is None:
            raise Undecidable("the claim is not about local minima")
        if not 1 <= order <= MAX_CURVE_ORDER or not 1 <= len(velocities) <= order:
            raise Undecidable(f"a curve of order {order}")
        if not self.system.smooth:
            raise Undecidable("the objective is not known to be smooth here")
        env = parameter_env(claim)
        symbols = []
        for number, velocity in enumerate(velocities, start=1):
            symbols.append(self._velocity_symbols(number, velocity, env))
        roots = curve_coefficients(claim.objective, claim.symbols, symbols, order)
        try:
            values, demands = read(roots, env, self.system.ring, self.facts)
        except Grow:
            raise Undecidable("the curve needs more generators") from None
        if demands.touched_zero or ungranted(claim, self.system.ring, self.facts, demands):
            raise Undecidable("the objective is not smooth here")
        out = []
        for (value,) in values:
            if not hasattr(value, "num"):
                raise Undecidable("a Taylor coefficient is not known here")
            out.append(signed(self.system.ring, value))
        return out

    def direction(self, velocity: Sequence[Fraction]) -> tuple[str, Poly]:
        """Return what a one-sided derivative says about the point: it is nonnegative (weak), or zero (equations).

        It is nonnegative at a local minimum, and zero where the objective is differentiable with zero gradient.

        Raises:
            Undecidable: another kind of claim, a jump, or a piece that is not known.
        """
        claim = self.claim
        differentiable = claim.every in (STATIONARY, SECOND_ORDER) and claim.within is None
        if claim.objective is None or not (differentiable or uses_minimality(claim)):
            raise Undecidable("a derivative says nothing about these points")
        env = parameter_env(claim)
        paces = self._by_parameter(velocity)
        try:
            value, demands = directional_slope(claim.objective, env, paces, self.system.ring, self.facts)
        except Grow:
            raise Undecidable("the derivative needs more generators") from None
        if unsettled(claim, self.system.ring, self.facts, demands, jumps(claim.objective)):
            raise Undecidable("the objective is not known to be continuous here")
        return "equations" if differentiable else "weak", signed(self.system.ring, value)

    def line_slopes(self, velocity: Sequence[Fraction]) -> list[Poly]:
        """Return polynomials that, if all are zero at the point, make the objective constant on a line through it.

        They are the coefficients (in what depends on t) of the numerator of the slope at x + t*v. Where the slope is
        zero as a formula there are none.

        Raises:
            Undecidable: the objective is not known to be smooth, or has kinks elsewhere on the line.
        """
        claim, ring = self.claim, self.system.ring
        if claim.every != STRICT or claim.objective is None or not self.system.smooth or not any(velocity):
            raise Undecidable("flat lines contradict strict local minima only")
        slopes = derivatives(claim.objective, tuple(claim.symbols))[0]
        paces = [pace for row in self._by_parameter(velocity).values() for pace in row]

        def slope_in(wider: Ring, env: Any) -> Poly:
            values, demands = read(slopes, env, wider, self.facts)
            if demands.touched_zero or any(not hasattr(value, "num") for (value,) in values):
                raise Undecidable("a slope is not known here")
            return wider.sum([wider.mul(wider.constant(p), v) for p, (v,) in zip(paces, values, strict=True)]).num

        env = parameter_env(claim)
        try:
            if slope_in(ring, env).is_zero():
                return []
        except Grow:
            raise Undecidable("the slope needs more generators") from None
        if kinks(claim.objective):
            raise Undecidable("the line may meet a kink")
        moving: dict[str, list[Terms]] = {}
        for name, row in self._by_parameter(velocity).items():
            steps = [((pace, ((LINE, 1),)),) if pace else () for pace in row]
            moving[name] = [(*terms, *step) for terms, step in zip(env[name], steps, strict=True)]

        def work(wider: Ring) -> list[Poly]:
            if wider.generators[: len(ring.generators)] != ring.generators:
                raise Undecidable("the line needs finer generators")
            return _coefficients_over(ring, wider, slope_in(wider, moving))

        return growing(work, ring.extended(Generator(LINE, "real")))

    def clarke_slopes(self, velocity: Sequence[Fraction]) -> list[Poly]:
        """Return polynomials of which at least one is nonnegative at a Clarke stationary point.

        They are the slopes along a direction of all pieces that may meet at the point: zero is a convex combination
        of their gradients.

        Raises:
            Undecidable: another kind of claim, a jump, or a piece that is not known.
        """
        claim, ring = self.claim, self.system.ring
        if claim.every != CLARKE or claim.objective is None:
            raise Undecidable("the claim is not about Clarke stationary points")
        paces = [pace for row in self._by_parameter(velocity).values() for pace in row]
        slopes = derivatives(claim.objective, tuple(claim.symbols))[0]
        out = []
        try:
            for values, demands in pieces(slopes, parameter_env(claim), ring, self.facts):
                if unsettled(claim, ring, self.facts, demands, jumps(claim.objective)):
                    raise Undecidable("the objective is not known to be continuous here")
                parts = (ring.mul(ring.constant(pace), value) for pace, value in zip(paces, values, strict=True))
                out.append(signed(ring, ring.sum(list(parts))))
        except Grow:
            raise Undecidable("the gradient needs more generators") from None
        return out

    def _by_parameter(self, velocity: Sequence[Fraction]) -> dict[str, list[Fraction]]:
        if len(velocity) != len(self.claim.entry_names):
            raise Undecidable("a velocity does not have one entry per parameter")
        out, start = {}, 0
        for parameter in self.claim.parameters:
            out[parameter.name] = list(velocity[start : start + parameter.symbol.size])
            start += parameter.symbol.size
        return out

    def drop_from(self, point: Sequence[Fraction]) -> Poly:
        """Return a polynomial that is nonnegative because no point of the claim is higher than ``point``.

        It has the sign of F(point) - F(x), for a rational point of the domain of a claim about global minima.

        Raises:
            Undecidable: another kind of claim, a point outside the domain, or a value that needs new generators.
        """
        claim = self.claim
        if claim.every != GLOBAL or claim.objective is None:
            raise Undecidable("the claim is not about global minima")
        if len(point) != len(claim.entry_names) or not _in_domain(claim, point):
            raise Undecidable("the point is not in the domain")
        _require_value(claim, point)
        constants, start = {}, 0
        for parameter in claim.parameters:
            size = parameter.symbol.size
            constants[parameter.name] = build.constant(list(point[start : start + size]), parameter.shape)
            start += size
        drop = build.sub(substitute(claim.objective, constants), claim.objective)
        try:
            ((value,),), demands = read([drop], parameter_env(claim), self.system.ring, self.facts)
        except Grow:
            raise Undecidable("the value at the point needs more generators") from None
        if not hasattr(value, "num") or demands.positive or demands.nonnegative or demands.nonzero:
            raise Undecidable("the drop is not known here")
        return signed(self.system.ring, value)

    def _velocity_symbols(self, number: int, velocity: Velocity, env: dict[str, list[Terms]]) -> list[Expr]:
        if len(velocity) != len(self.claim.entry_names):
            raise Undecidable("a velocity does not have one entry per parameter")
        out, start = [], 0
        for parameter in self.claim.parameters:
            symbol = build.symbol(f"velocity {number} of {parameter.name}", parameter.shape)
            env[str(symbol.attrs)] = list(velocity[start : start + symbol.size])
            start += symbol.size
            out.append(symbol)
        return out


def _require_value(claim: Claim, point: Sequence[Fraction]) -> None:
    """Raise Undecidable unless the objective is defined at a rational point."""
    env, start = {}, 0
    for parameter in claim.parameters:
        size = parameter.symbol.size
        env[parameter.name] = [rational(value) for value in point[start : start + size]]
        start += size
    if claim.objective is not None:
        evaluate_scalar(claim.objective, env, Balls())


def _in_domain(claim: Claim, point: Sequence[Fraction]) -> bool:
    limits = [p for p in claim.parameters for _ in p.entry_names]
    return all(
        (p.low is None or (value > p.low if p.open_low else value >= p.low)) and (p.high is None or value <= p.high)
        for p, value in zip(limits, point, strict=True)
    )


def _coefficients_over(ring: Ring, wider: Ring, poly: Poly) -> list[Poly]:
    """Return the coefficients of a polynomial of the wider ring in the generators that the ring does not have."""
    size = len(ring.names)
    found: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
    for exponents, coefficient in poly.to_dict().items():
        powers = tuple(int(e) for e in exponents)
        found.setdefault(powers[size:], {})[powers[:size]] = coefficient
    return [ring.ctx.from_dict(found[key]) for key in sorted(found)]


def _appended(system: System, side: str, poly: Poly) -> System:
    extended: dict[str, Any] = {side: (*getattr(system, side), poly)}
    return replace(system, **extended)


def constant_terms(value: Fraction) -> Terms:
    """Return a number as a ring-free polynomial."""
    return ((value, ()),) if value else ()
