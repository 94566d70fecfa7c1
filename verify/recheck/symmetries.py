"""Affine symmetries of an objective: vector fields v(x) = A x + b with v . gradient = 0 at every point.

The objective is constant along the flow of such a field, and the flow carries critical points to critical points. That
the product with the gradient is zero is shown by exact expansion in the algebraic reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, arb_mat

from verify.algebra.reading import growing, read
from verify.algebra.ring import Generator, Ring, Terms
from verify.algebra.signs import Facts
from verify.certificate import fraction, member, sequence
from verify.claim import Claim
from verify.errors import Rejected, Undecidable
from verify.expr.ball import as_ball, ball_between, rational
from verify.expr.evaluate import Poison
from verify.recheck.enclosures import Box
from verify.system import derivatives, parameter_env


@dataclass(frozen=True)
class Field:
    """v(x) = A x + b: rows of A, and b, one entry per parameter entry."""

    matrix: tuple[tuple[Fraction, ...], ...]
    offset: tuple[Fraction, ...]

    @property
    def moved(self) -> frozenset[int]:
        """Numbers of the entries that the field moves, or by which it depends on the point."""
        rows = {i for i, row in enumerate(self.matrix) if any(row) or self.offset[i]}
        return frozenset(rows | {j for row in self.matrix for j, value in enumerate(row) if value})

    @property
    def rescales(self) -> bool:
        """Whether every entry is only multiplied by a factor of its own."""
        rows = enumerate(self.matrix)
        return not any(self.offset) and not any(value for i, row in rows for j, value in enumerate(row) if i != j)

    def over(self, box: Box, place: int) -> Any:
        """Return a ball around one component over a box."""
        total = as_ball(rational(self.offset[place]))
        for factor, low, high in zip(self.matrix[place], box.low, box.high, strict=True):
            if factor:
                total = total + arb(rational(factor)) * ball_between(low, high)
        return total

    def to_json(self) -> dict[str, Any]:
        """Return the field as a certificate holds it."""
        return {"matrix": [[str(v) for v in row] for row in self.matrix], "offset": [str(v) for v in self.offset]}


def field_from(data: Any, size: int) -> Field:
    """Return a field of ``size`` components.

    Raises:
        Rejected: the data are not one.
    """
    matrix = tuple(tuple(fraction(value) for value in sequence(row)) for row in sequence(member(data, "matrix")))
    offset = tuple(fraction(value) for value in sequence(member(data, "offset")))
    if len(matrix) != size or len(offset) != size or any(len(row) != size for row in matrix):
        raise Rejected("a symmetry needs one row per parameter entry")
    return Field(matrix, offset)


def require_symmetry(claim: Claim, field: Field) -> None:
    """Require that the objective of a claim is constant along a field.

    Raises:
        Rejected: it is not.
        Undecidable: the gradient is not one formula everywhere.
    """
    if claim.objective is None:
        raise Rejected("there is no objective")
    slopes = derivatives(claim.objective, tuple(claim.symbols))[0]
    names = claim.entry_names

    def work(ring: Any) -> bool:
        values, demands = read(slopes, parameter_env(claim), ring, Facts())
        if any(isinstance(value[0], Poison) for value in values) or demands.touched_zero:
            raise Undecidable("the gradient is not one formula everywhere")
        components = [_component(field, place, names) for place in range(len(names))]
        products = [
            ring.mul(value[0], ring.quotient(ring.poly(terms), ring.one))
            for value, terms in zip(values, components, strict=True)
        ]
        return bool(ring.sum(products).num.is_zero())

    # Nothing is assumed of the entries: boxes of families may reach beyond the domain.
    if not growing(work, Ring([Generator(name, "real") for name in names])):
        raise Rejected("a vector field is not a symmetry of the objective")


def _component(field: Field, place: int, names: Sequence[str]) -> Terms:
    row = zip(field.matrix[place], names, strict=True)
    terms: list[Any] = [(value, ((name, 1),)) for value, name in row if value]
    if field.offset[place]:
        terms.append((field.offset[place], ()))
    return tuple(terms)


def transversal(fields: Sequence[Field], places: Sequence[int], box: Box) -> bool:
    """Return whether the components ``places`` of as many fields are shown to be independent all over a box."""
    size = len(places)
    matrix = arb_mat([[field.over(box, place) for field in fields] for place in places])
    middle = arb_mat([[arb(matrix[i, j].mid()) for j in range(size)] for i in range(size)])
    try:
        inverse = middle.inv()
    except ZeroDivisionError:
        return False
    exact = arb_mat([[arb(inverse[i, j].mid()) for j in range(size)] for i in range(size)])
    determinant = (exact * matrix).det()
    return bool(determinant.is_finite() and (determinant > 0 or determinant < 0))


# --- names ------------------------------------------------------------------------------------------------------


def name_of(field: Field, claim: Claim) -> str:
    """Return what a symmetry does, in words, by the block structure of its matrix."""
    names, matrix = claim.entry_names, field.matrix
    size = range(len(names))
    if not any(any(row) for row in matrix):
        return f"shift along ({', '.join(_multiple(v, n) for v, n in zip(field.offset, names, strict=True) if v)})"
    if any(field.offset):
        return "affine motion of " + ", ".join(names[i] for i in sorted(field.moved))
    if not any(matrix[i][j] for i in size for j in size if i != j):
        return _rescaling([matrix[i][i] for i in size], names)
    turning = all(matrix[i][j] == -matrix[j][i] for i in size for j in size)
    if turning and len(field.moved) == 2:
        return f"rotation in ({', '.join(names[i] for i in sorted(field.moved))})"
    if turning:
        return "rotation of (" + ", ".join(names[i] for i in sorted(field.moved)) + ")"
    return _change_of_basis(field, claim)


def _rescaling(factors: Sequence[Fraction], names: Sequence[str]) -> str:
    kept = [(value, name) for value, name in zip(factors, names, strict=True) if value]
    if len({abs(value) for value, _ in kept}) == 1 and len({value > 0 for value, _ in kept}) == 2:
        up, down = ([name for value, name in kept if (value > 0) == side] for side in (True, False))
        return f"rescaling of {_joined(up)} against {_joined(down)}"
    return "rescaling with exponents " + ", ".join(f"{name}: {value}" for value, name in kept)


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else "(" + ", ".join(names) + ")"


def _multiple(value: Fraction, name: str) -> str:
    return name if value == 1 else f"-{name}" if value == -1 else f"{value}*{name}"


def _change_of_basis(field: Field, claim: Claim) -> str:
    owner = [parameter.name for parameter in claim.parameters for _ in parameter.entry_names]
    blocks = {
        (owner[i], owner[j]) for i, row in enumerate(field.matrix) for j, value in enumerate(row) if value
    }  # fmt: skip
    arrays = sorted({name for pair in blocks for name in pair}, key=owner.index)
    if all(a == b for a, b in blocks):
        if len(arrays) == 2:
            return f"change of basis between {arrays[0]} and {arrays[1]}"
        return "change of basis of " + ", ".join(arrays)
    return "linear motion of " + ", ".join(arrays)


__all__ = ["Field", "field_from", "name_of", "require_symmetry", "transversal"]
