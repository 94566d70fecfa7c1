"""Points of a witness: exact ones (rational or algebraic), and boxes that hold exactly one stationary point.

Both offer the same questions: the value of a condition, gradient and Hessian entries, and proved signs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from flint import arb, arb_mat, fmpq, fmpq_poly

from verify.algebra.directional import Directional, Ray, jumps
from verify.algebra.reading import AlgebraDomain, growing
from verify.algebra.ring import Generator, Poly, Quotient, Ring
from verify.algebra.signs import Facts
from verify.certificate import fraction, member, natural, sequence
from verify.claim import Claim
from verify.errors import Rejected, Undecidable
from verify.expr.ball import Balls, precision, rational
from verify.expr.derive import kinks
from verify.expr.evaluate import Domain, evaluate, evaluate_scalar
from verify.expr.node import REAL, Expr
from verify.expr.parse import parse
from verify.recheck.inertia import is_positive_definite, is_positive_semidefinite
from verify.recheck.roots import real_roots
from verify.system import derivatives

PRECISIONS = (64, 128, 256, 512, 1024)
"""Working precisions tried until a sign is decided, in bits."""

ALGEBRAIC = "algebraic number"
"""Name of the generator of the number field."""

KRAWCZYK_PRECISION = 256

MAX_COORDINATE = 2000
"""Longest expression of one coordinate, in characters."""


class ExactDomain(AlgebraDomain):
    """Numbers built from rationals, one algebraic number, and functions of them; signs by zero test, then by balls."""

    def __init__(self, ring: Ring, modulus: fmpq_poly | None, root: int) -> None:
        super().__init__(ring, Facts())
        self.modulus = modulus
        self.root = root
        self.used_balls = False

    def reduced(self, poly: Poly) -> Poly:
        """Return a polynomial modulo the minimal polynomial of the algebraic number."""
        if self.modulus is None:
            return poly
        alpha = self.ring.gens[self.ring.position[ALGEBRAIC]]
        relation = self.ring.zero
        for coefficient in reversed(self.modulus.coeffs()):
            relation = relation * alpha + self.ring.ctx.constant(coefficient)
        return divmod(poly, relation)[1]

    def _tidy(self, value: Quotient) -> Quotient:
        return Quotient(self.reduced(value.num), value.den, value.demands) if self.modulus is not None else value

    def add(self, a: Quotient, b: Quotient) -> Quotient:
        return self._tidy(super().add(a, b))

    def sub(self, a: Quotient, b: Quotient) -> Quotient:
        return self._tidy(super().sub(a, b))

    def mul(self, a: Quotient, b: Quotient) -> Quotient:
        return self._tidy(super().mul(a, b))

    def power(self, a: Quotient, n: int) -> Quotient:
        return self._tidy(super().power(a, n))

    def div(self, a: Quotient, b: Quotient) -> Quotient:
        if self.sign(b) == 0:
            raise Undecidable("a denominator is zero")
        return self._tidy(self.ring.div(a, b))

    def log(self, a: Quotient) -> Quotient:
        if self.sign(a) <= 0:
            raise Undecidable("a logarithm of a number that is not positive")
        return super().log(a)

    def sqrt(self, a: Quotient) -> Quotient:
        if self.sign(a) < 0:
            raise Undecidable("a square root of a negative number")
        return super().sqrt(a)

    def _poly_sign(self, poly: Poly) -> int:
        poly = self.reduced(poly)
        if poly.is_zero():
            return 0
        if poly.is_constant():
            return 1 if poly.leading_coefficient() > 0 else -1
        self.used_balls = True
        for bits in PRECISIONS:
            with precision(bits):
                value = self.enclosure(poly)
                if value > 0:
                    return 1
                if value < 0:
                    return -1
        raise Undecidable("a sign is not decided: the value may be zero")

    def enclosure(self, poly: Poly) -> Any:
        """Return a ball around the value of a polynomial."""
        parameters = {}
        if self.modulus is not None:
            parameters[ALGEBRAIC] = real_roots(self.modulus)[self.root]
        return self.ring.value(poly, self.ring.enclose(parameters))

    def ball(self, value: Quotient) -> Any:
        """Return a ball around a value, or the rational itself."""
        if value.num.is_constant() and value.den.is_constant():
            return self._rational(value.num) / self._rational(value.den)
        return self.enclosure(value.num) / self.enclosure(value.den)

    def quotient_value(self, value: Quotient) -> fmpq | None:
        """Return a value that is a rational number, else None."""
        num, den = self.reduced(value.num), self.reduced(value.den)
        if not (num.is_constant() and den.is_constant()):
            return None
        return self._rational(num) / self._rational(den)

    def _rational(self, poly: Poly) -> fmpq:
        return fmpq(0) if poly.is_zero() else poly.leading_coefficient()


class Point:
    """A point (or a box around the one that is meant) of a claim's parameter space."""

    claim: Claim
    uses_balls = True

    def scalars(self, roots: Sequence[Expr]) -> tuple[Domain, list[Any]]:
        """Return scalar expressions at the point, with the domain that decides their signs."""
        raise NotImplementedError

    def holds(self, condition: Expr) -> bool:
        """Return whether a condition is true at the point.

        Raises:
            Undecidable: neither true nor false is proved, or it is undefined.
        """
        return bool(self.scalars([condition])[1][0])

    def require_smooth(self) -> None:
        """Raise Undecidable unless the objective is defined and a fixed smooth formula near the point."""
        objective = self._objective()
        self.scalars([objective])
        for kink in kinks(objective):
            domain, values = self.arrays([kink])
            if any(domain.sign(value) == 0 for value in values[0]):
                raise Undecidable("the objective has a kink at the point")

    def arrays(self, roots: Sequence[Expr]) -> tuple[Domain, list[list[Any]]]:
        """Return array expressions at the point, with the domain that decides their signs."""
        raise NotImplementedError

    def limiting_gradient(self, direction: Sequence[Fraction]) -> tuple[Domain, list[Any]]:
        """Return the limit of the gradient entries along a ray from the point on which the objective is smooth.

        Raises:
            Undecidable: the objective may jump at the point, or the ray runs along a kink.
        """
        raise Undecidable("limiting gradients are taken at exact points")

    def gradient(self) -> tuple[Domain, list[Any]]:
        """Return the gradient entries of the objective."""
        return self.scalars(derivatives(self._objective(), tuple(self.claim.symbols))[0])

    def hessian(self) -> tuple[Domain, list[list[Any]]]:
        """Return the Hessian of the objective."""
        rows = derivatives(self._objective(), tuple(self.claim.symbols))[1]
        size = len(rows)
        domain, flat = self.scalars([entry for row in rows for entry in row])
        return domain, [flat[i * size : (i + 1) * size] for i in range(size)]

    def _objective(self) -> Expr:
        if self.claim.objective is None:
            raise Rejected("the claim has no objective")
        return self.claim.objective


Coordinate = fmpq_poly | Expr
"""A rational (constant polynomial), a polynomial in the algebraic number, or a constant expression like 1/tanh(1)."""


class ExactPoint(Point):
    """A point whose entries are rational, polynomials in one real algebraic number, or constant expressions."""

    def __init__(
        self, claim: Claim, coordinates: Mapping[str, Coordinate], modulus: fmpq_poly | None, root: int
    ) -> None:
        self.claim = claim
        self.coordinates = coordinates
        self.modulus = modulus
        self.root = root
        self.uses_balls = False

    def arrays(self, roots: Sequence[Expr]) -> tuple[Domain, list[list[Any]]]:
        def work(ring: Ring) -> tuple[ExactDomain, list[list[Any]]]:
            domain = ExactDomain(ring, self.modulus, self.root)
            env = {
                parameter.name: [self._entry(domain, name) for name in parameter.entry_names]
                for parameter in self.claim.parameters
            }
            return domain, evaluate(roots, env, domain)

        start = Ring([Generator(ALGEBRAIC, "real")] if self.modulus is not None else [])
        try:
            domain, values = growing(work, start)
        except Undecidable:
            if self.modulus is not None or any(isinstance(image, Expr) for image in self.coordinates.values()):
                raise
            return self._in_balls(roots)
        self.uses_balls = self.uses_balls or domain.used_balls
        return domain, values

    def limiting_gradient(self, direction: Sequence[Fraction]) -> tuple[Domain, list[Any]]:
        objective = self._objective()
        self.scalars([objective])
        for jump in jumps(objective):
            domain, values = self.arrays([jump])
            if any(domain.sign(value) == 0 for value in values[0]):
                raise Undecidable("the objective may jump at the point")
        slopes = derivatives(objective, tuple(self.claim.symbols))[0]
        pace = dict(zip(self.claim.entry_names, direction, strict=True))
        # A kink that the ray stays on to first order would leave the objective's smoothness along it open.
        watched = kinks(objective)

        def work(ring: Ring) -> tuple[ExactDomain, list[Any]]:
            domain = ExactDomain(ring, self.modulus, self.root)
            env = {
                parameter.name: [Ray(self._entry(domain, n), domain.constant(pace[n])) for n in parameter.entry_names]
                for parameter in self.claim.parameters
            }
            rays = Directional(domain, limits=True)
            *sides, found = [*evaluate(watched, env, rays), evaluate(slopes, env, rays)]
            if any(rays.sign(side) == 0 for row in sides for side in row):
                raise Undecidable("the ray runs along a kink")
            return domain, [value[0].value for value in found]

        start = Ring([Generator(ALGEBRAIC, "real")] if self.modulus is not None else [])
        domain, values = growing(work, start)
        self.uses_balls = self.uses_balls or domain.used_balls
        return domain, values

    def _in_balls(self, roots: Sequence[Expr]) -> tuple[Domain, list[list[Any]]]:
        """Evaluate at a rational point in balls, more and more precisely, where exact algebra has no answer."""
        entries = {name: image[0] for name, image in self.coordinates.items()}
        env = {p.name: [entries[name] for name in p.entry_names] for p in self.claim.parameters}
        self.uses_balls = True
        for bits in PRECISIONS:
            try:
                with precision(bits):
                    return Balls(), evaluate(roots, env, Balls())
            except Undecidable:
                if bits == PRECISIONS[-1]:
                    raise
        raise AssertionError("unreachable")

    def _entry(self, domain: ExactDomain, name: str) -> Quotient:
        image = self.coordinates[name]
        if isinstance(image, Expr):
            value: Quotient = evaluate_scalar(image, {}, domain)
            return value
        if self.modulus is None:
            return domain.constant(Fraction(int(image[0].p), int(image[0].q)))
        alpha = domain.ring.generator(ALGEBRAIC)
        total = domain.constant(Fraction(0))
        for coefficient in reversed(image.coeffs()):
            constant = domain.constant(Fraction(int(coefficient.p), int(coefficient.q)))
            total = domain.add(domain.mul(total, alpha), constant)
        return total

    def scalars(self, roots: Sequence[Expr]) -> tuple[Domain, list[Any]]:
        domain, values = self.arrays(roots)
        return domain, [value[0] for value in values]


class BoxPoint(Point):
    """The one stationary point (or stationary point of a slice) inside a box, known by Krawczyk's test."""

    def __init__(self, claim: Claim, center: Mapping[str, fmpq], radius: fmpq, fixed: Sequence[int]) -> None:
        self.claim = claim
        names = claim.entry_names
        self.free = [place for place in range(len(names)) if place not in fixed]
        self.box: list[Any] = [center[name] for name in names]
        with precision(KRAWCZYK_PRECISION):
            for place in self.free:
                self.box[place] = arb(center[names[place]], radius)
            self._contract([center[name] for name in names])

    def _env(self, values: Sequence[Any]) -> dict[str, list[Any]]:
        env, start = {}, 0
        for parameter in self.claim.parameters:
            count = len(parameter.entry_names)
            env[parameter.name] = list(values[start : start + count])
            start += count
        return env

    def _contract(self, center: list[Any]) -> None:
        """Krawczyk: c - Y*g(c) + (1 - Y*H(X))*(X - c) inside the interior of X proves a unique zero of g in X."""
        self.require_smooth()
        slopes, rows = derivatives(self._objective(), tuple(self.claim.symbols))
        free = self.free
        balls = Balls()
        at_center = [v[0] for v in evaluate([slopes[i] for i in free], self._env(center), balls)]
        over_box = [[v[0] for v in evaluate([rows[i][j] for j in free], self._env(self.box), balls)] for i in free]
        hessian = arb_mat([[arb(entry) for entry in row] for row in over_box])
        middle = arb_mat([[arb(arb(entry).mid()) for entry in row] for row in over_box])
        try:
            inverse = middle.inv()
        except ZeroDivisionError:
            raise Undecidable("the Hessian is singular at the middle of the box") from None
        approximate = arb_mat([[arb(inverse[i, j].mid()) for j in range(len(free))] for i in range(len(free))])
        step = approximate * arb_mat([[arb(value)] for value in at_center])
        rest = arb_mat(len(free), len(free), [int(i == j) for i in range(len(free)) for j in range(len(free))])
        rest = rest - approximate * hessian
        offset = arb_mat([[arb(self.box[place]) - center[place]] for place in free])
        moved = rest * offset
        for row, place in enumerate(free):
            image = center[place] - step[row, 0] + moved[row, 0]
            if not self.box[place].contains_interior(image):
                raise Rejected("Krawczyk's test does not show a stationary point in the box")
            self.box[place] = image

    def arrays(self, roots: Sequence[Expr]) -> tuple[Domain, list[list[Any]]]:
        with precision(KRAWCZYK_PRECISION):
            return Balls(), evaluate(roots, self._env(self.box), Balls())

    def scalars(self, roots: Sequence[Expr]) -> tuple[Domain, list[Any]]:
        domain, values = self.arrays(roots)
        return domain, [value[0] for value in values]


def open_point(claim: Claim, data: Any) -> Point:
    """Return the point that certificate data describe.

    Raises:
        Rejected: the data are incomplete or Krawczyk's test fails.
    """
    names = claim.entry_names
    if "center" in data:
        center = {name: rational(fraction(member(data["center"], name))) for name in names}
        fixed = [natural(place) for place in sequence(member(data, "fixed"))]
        radius = rational(fraction(member(data, "radius")))
        if not radius > 0 or any(place >= len(names) for place in fixed):
            raise Rejected("not a box")
        return BoxPoint(claim, center, radius, fixed)
    coordinates = member(data, "coordinates")
    if "modulus" not in data:
        return ExactPoint(claim, {name: _coordinate(member(coordinates, name)) for name in names}, None, 0)
    modulus = fmpq_poly([rational(fraction(c)) for c in sequence(data["modulus"])])
    if modulus.degree() < 1:
        raise Rejected("the modulus is constant")
    root = natural(member(data, "root"))
    with precision(PRECISIONS[0]):
        if root >= len(real_roots(modulus)):
            raise Rejected("there is no such real root")
    images = {name: fmpq_poly([rational(fraction(c)) for c in sequence(member(coordinates, name))]) for name in names}
    return ExactPoint(claim, images, modulus, root)


def _coordinate(text: Any) -> Coordinate:
    """Return a rational, or else the constant expression that a text of the claim language means."""
    try:
        return fmpq_poly([rational(fraction(text))])
    except Rejected:
        if not isinstance(text, str) or len(text) > MAX_COORDINATE:
            raise
    expression = parse(text, {})
    if expression.kind != REAL or expression.shape != ():
        raise Rejected(f"{text!r} is not a number")
    return expression


def positive_definite(point: Point, places: Sequence[int]) -> bool:
    """Return whether the Hessian restricted to some coordinates is proved positive definite."""
    domain, rows = point.hessian()
    with precision(KRAWCZYK_PRECISION):
        return is_positive_definite([[rows[i][j] for j in places] for i in places], domain)


def positive_semidefinite(point: Point) -> bool:
    """Return whether the Hessian is proved positive semidefinite."""
    domain, rows = point.hessian()
    return is_positive_semidefinite(rows, domain)
