"""Checks that a point meets every hypothesis of a claim and violates its conclusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from verify.algebra.reading import growing, read
from verify.algebra.signs import Facts
from verify.certificate import decode_terms, fraction, member, natural, sequence
from verify.claim import CLARKE, GLOBAL, LOCAL, POINT, SECOND_ORDER, STATIONARY, STRICT, Claim, Parameter
from verify.errors import Rejected, Undecidable
from verify.expr import build
from verify.expr.evaluate import Domain, Poison
from verify.expr.node import Expr
from verify.recheck import emptiness
from verify.recheck.curvature import holds
from verify.recheck.inertia import determinant_sign
from verify.recheck.points import BoxPoint, Point, open_point, positive_definite, positive_semidefinite
from verify.system import PROVED, derivatives, parameter_env, parameter_ring

REFUTED = "refuted"


def check(claim: Claim, verdict: str, evidence: Any) -> None:
    """Accept a counterexample.

    Raises:
        Rejected: the point does not refute the claim.
        Undecidable: a sign stays open.
    """
    if verdict != REFUTED:
        raise Rejected(f"a witness does not show {verdict!r}")
    examine(claim, evidence)


def examine(claim: Claim, evidence: Any) -> Point:
    """Return the witness of a refutation after checking it; it knows whether balls were needed.

    Raises:
        Rejected: the point does not refute the claim.
        Undecidable: a sign stays open.
    """
    if claim.bound is not None or claim.satisfies is None:
        raise Rejected("a witness does not refute a probability claim")
    point = open_point(claim, member(evidence, "point"))
    _require_domain(claim, point)
    if claim.objective is not None:
        point.scalars([claim.objective])  # a derivative may be defined where the objective is not
    for name, condition in claim.assumptions:
        if not _holds(claim, point, condition):
            raise Rejected(f"the assumption {name!r} fails at the witness")
    if _holds(claim, point, claim.satisfies):
        raise Rejected("the conclusion holds at the witness")
    if claim.every not in _REQUIREMENTS:
        raise Rejected(f"witnesses of 'every {claim.every}' are not checked by this version")
    _REQUIREMENTS[claim.every](claim, point, evidence)
    return point


def _holds(claim: Claim, point: Point, condition: Expr) -> bool:
    if claim.mentions_derivatives:
        point.require_smooth()
    return holds(point, condition)


def _require_domain(claim: Claim, point: Point) -> None:
    for parameter in claim.parameters:
        for place in range(parameter.symbol.size):
            entry = build.gather(parameter.symbol, [place], ())
            if not all(point.holds(condition) for condition in _bounds(parameter, entry)):
                raise Rejected(f"the witness leaves the domain of {parameter.name!r}")


def _bounds(parameter: Parameter, entry: Expr) -> list[Expr]:
    out = []
    if parameter.low is not None:
        out.append(build.compare(">" if parameter.open_low else ">=", entry, build.number(parameter.low)))
    if parameter.high is not None:
        out.append(build.compare("<=", entry, build.number(parameter.high)))
    return out


# --- what kind of point it is -------------------------------------------------------------------------------------


def _anything(claim: Claim, point: Point, evidence: Any) -> None:
    """An inequality over a domain: the domain was checked."""


def _stationary(claim: Claim, point: Point, evidence: Any) -> None:
    point.require_smooth()
    if claim.within is not None:
        domain, slopes = point.gradient()
        square = domain.sum([domain.mul(value, value) for value in slopes])
        if domain.sign(domain.sub(square, domain.constant(claim.within**2))) > 0:
            raise Rejected("the gradient is longer than allowed")
        return
    _zero_gradient(claim, point, evidence)


def _clarke(claim: Claim, point: Point, evidence: Any) -> None:
    """Zero is a convex combination of limiting gradients, or the gradient where the objective is smooth."""
    if "clarke" not in evidence:
        _stationary(claim, point, evidence)
        return
    data = evidence["clarke"]
    weights = [fraction(weight) for weight in sequence(member(data, "weights"))]
    directions = [[fraction(x) for x in sequence(row)] for row in sequence(member(data, "directions"))]
    if any(weight < 0 for weight in weights) or sum(weights) != 1 or len(weights) != len(directions):
        raise Rejected("the weights are not those of a convex combination")
    if any(len(row) != len(claim.entry_names) for row in directions):
        raise Rejected("a direction does not have one entry per parameter entry")
    total: list[Any] = [Fraction(0)] * len(claim.entry_names)
    for weight, row in zip(weights, directions, strict=True):
        domain, slopes = point.limiting_gradient(row)
        values = [rational_of(domain, slope) for slope in slopes]
        total = [a + weight * b for a, b in zip(total, values, strict=True)]
    if any(total):
        raise Rejected("the combination of limiting gradients is not zero")


def rational_of(domain: Any, value: Any) -> Fraction:
    """Return an exact scalar that is a rational number.

    Raises:
        Undecidable: it is not.
    """
    found = domain.quotient_value(value) if hasattr(domain, "quotient_value") else None
    if found is None:
        raise Undecidable("a limiting gradient is not rational")
    return Fraction(int(found.p), int(found.q))


def _zero_gradient(claim: Claim, point: Point, evidence: Any) -> list[int]:
    """Require a zero gradient; return the coordinates across the directions along which the objective is constant."""
    point.require_smooth()
    across = _slice(claim, point, evidence)
    if isinstance(point, BoxPoint):
        if across != point.free:
            raise Rejected("the box and the symmetries do not fit")
        return across  # the box holds a zero of these components; symmetry gives the others
    domain, slopes = point.gradient()
    if any(domain.sign(slopes[place]) != 0 for place in across):
        raise Rejected("the gradient is not zero at the witness")
    return across


def _slice(claim: Claim, point: Point, evidence: Any) -> list[int]:
    """Check the symmetries: vector fields v with v . gradient = 0 identically, transversal to the fixed coordinates.

    The objective is constant along the flow of such a field. Where the matrix of their fixed components is
    invertible, the flows carry a neighbourhood of the point onto the slice through it. So a zero gradient, or a
    minimum, within the slice is one in the whole space.
    """
    fields = [[decode_terms(entry) for entry in sequence(field)] for field in sequence(member(evidence, "symmetries"))]
    fixed = [natural(place) for place in sequence(member(evidence, "fixed"))]
    count = len(claim.entry_names)
    if len(fields) != len(fixed) or len(set(fixed)) != len(fixed) or any(place >= count for place in fixed):
        raise Rejected("the symmetries do not fit the fixed coordinates")
    for field in fields:
        _require_symmetry(claim, field)
    if fields:
        domain, matrix = _components(claim, point, fields, fixed)
        if determinant_sign(matrix, domain) == 0:
            raise Rejected("the symmetries are not transversal to the slice")
    return [place for place in range(count) if place not in fixed]


def _require_symmetry(claim: Claim, field: Sequence[Any]) -> None:
    if claim.objective is None or len(field) != len(claim.entry_names):
        raise Rejected("a symmetry needs one component per parameter entry")
    slopes = derivatives(claim.objective, tuple(claim.symbols))[0]

    def work(ring: Any) -> bool:
        values, demands = read(slopes, parameter_env(claim), ring, Facts())
        if any(isinstance(value[0], Poison) for value in values) or demands.touched_zero:
            raise Undecidable("the gradient is not one formula everywhere")
        products = [
            ring.mul(value[0], ring.quotient(ring.poly(v), ring.one)) for value, v in zip(values, field, strict=True)
        ]
        return bool(ring.sum(products).num.is_zero())

    if not growing(work, parameter_ring(claim)):
        raise Rejected("a vector field is not a symmetry of the objective")


def _components(claim: Claim, point: Point, fields: Any, fixed: Sequence[int]) -> tuple[Domain, list[list[Any]]]:
    entries = {
        name: build.gather(parameter.symbol, [place], ())
        for parameter in claim.parameters
        for place, name in enumerate(parameter.entry_names)
    }
    wanted = [_expression(field[place], entries) for field in fields for place in fixed]
    domain, values = point.scalars(wanted)
    size = len(fixed)
    return domain, [values[i * size : (i + 1) * size] for i in range(size)]


def _expression(terms: Any, entries: dict[str, Expr]) -> Expr:
    total = build.number(0)
    for coefficient, powers in terms:
        term = build.number(coefficient)
        for name, exponent in powers:
            term = build.mul(term, build.integer_power(entries[name], exponent))
        total = build.add(total, term)
    return total


def _second_order(claim: Claim, point: Point, evidence: Any) -> None:
    across = _zero_gradient(claim, point, evidence)
    if positive_definite(point, across):
        return
    if isinstance(point, BoxPoint) or not positive_semidefinite(point):
        raise Rejected("the Hessian is not shown to be positive semidefinite")


def _local(claim: Claim, point: Point, evidence: Any) -> None:
    if "lower_bound" in evidence:
        _require_lower_bound(claim, point, evidence["lower_bound"], strict=claim.every == STRICT)
        return
    across = _zero_gradient(claim, point, evidence)
    if claim.every == STRICT and len(across) != len(claim.entry_names):
        raise Rejected("a minimum along which the objective is constant is not strict")
    if not positive_definite(point, across):
        raise Rejected("the Hessian is not shown to be positive definite")


def _global(claim: Claim, point: Point, evidence: Any) -> None:
    _require_lower_bound(claim, point, member(evidence, "lower_bound"), strict=False)


def _require_lower_bound(claim: Claim, point: Point, data: Any, *, strict: bool) -> None:
    """Check a proof that the objective is at least (elsewhere more than) its value at the point, nearby or globally."""
    value = fraction(member(data, "value"))
    objective = claim.objective
    if objective is None or not point.holds(build.compare("==", objective, build.number(value))):
        raise Rejected("the objective does not have the stated value at the witness")
    radius = fraction(data["radius"]) if "radius" in data and claim.every != GLOBAL else None
    if radius is not None and radius <= 0:
        raise Rejected("the neighbourhood is empty")
    center = _rational_coordinates(claim, point) if radius is not None or strict else None
    everywhere = claim.every != GLOBAL and radius is None
    bound = lower_bound_claim(claim, value, center, radius, strict=strict, everywhere=everywhere)
    emptiness.check(bound, PROVED, data)


def _rational_coordinates(claim: Claim, point: Point) -> list[Fraction]:
    coordinates = getattr(point, "coordinates", None)
    entries = None if coordinates is None else [coordinates[name] for name in claim.entry_names]
    if entries is None or point.modulus is not None or any(isinstance(e, Expr) for e in entries):  # type: ignore[attr-defined]
        raise Rejected("a neighbourhood needs a rational point")
    return [Fraction(int(entry[0].p), int(entry[0].q)) for entry in entries]


def lower_bound_claim(
    claim: Claim, value: Fraction, center: Sequence[Fraction] | None, radius: Fraction | None, *, strict: bool,
    everywhere: bool = False,
) -> Claim:  # fmt: skip
    """Return the claim that the objective is at least ``value`` (more, away from ``center``) near ``center``.

    Without ``radius`` the domain is that of the claim, or the whole space (``everywhere``); with it, the box of that
    radius in the whole space.
    """
    if claim.objective is None:
        raise Rejected("the claim has no objective")
    parameters = claim.parameters
    if radius is not None or everywhere:
        parameters = tuple(Parameter(p.name, p.shape) for p in parameters)
    assumptions: list[tuple[str, Expr]] = []
    if center is not None:
        entries = [build.gather(p.symbol, [place], ()) for p in parameters for place in range(p.symbol.size)]
        offsets = [build.sub(entry, build.number(c)) for entry, c in zip(entries, center, strict=True)]
        if radius is not None:
            for offset in offsets:
                assumptions.append(("near", build.compare("<=", offset, build.number(radius))))
                assumptions.append(("near", build.compare(">=", offset, build.number(-radius))))
        if strict:
            distance = build.number(0)
            for offset in offsets:
                distance = build.add(distance, build.integer_power(offset, 2))
            assumptions.append(("apart", build.compare(">", distance, build.number(0))))
    conclusion = build.compare(">" if strict else ">=", claim.objective, build.number(value))
    return replace(
        claim, every=POINT, within=None, parameters=parameters, objective=None, assumptions=tuple(assumptions),
        satisfies=conclusion, data={"id": claim.id, "claim": {}},
    )  # fmt: skip


_REQUIREMENTS = {
    POINT: _anything,
    STATIONARY: _stationary,
    CLARKE: _clarke,
    SECOND_ORDER: _second_order,
    LOCAL: _local,
    STRICT: _local,
    GLOBAL: _global,
}
