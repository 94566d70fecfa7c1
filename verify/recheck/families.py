"""Checks flat families of critical points: orbits of continuous symmetries, piece by piece.

Let v_1..v_k be symmetries of the objective F (:mod:`verify.recheck.symmetries`). In a box, call k of the inputs *along*
and the others *across*. Two things are shown all over the box:

* the components along of v_1..v_k form an invertible matrix. So where the derivatives across are zero, the derivatives
  along are zero too, and critical points are the zeros of the derivatives across;
* these zeros are a graph over the inputs along (:mod:`verify.recheck.batch.family`), along which the second derivatives
  across are nonsingular.

So the critical points in the box are one connected surface of dimension k, on which F is constant, and the kernel of
the Hessian is its tangent space: at a critical point, the Hessian maps each v_i to zero. The number of negative
curvatures is constant on it. Pieces that share a critical point belong to one family.

A family of which every symmetry is a rescaling needs one *swept* piece, a box of the slice on which the inputs along
have given values that are not zero. Where the objective is defined and smooth everywhere, rescalings carry critical
points to critical points; so those that they carry into the box (:mod:`verify.recheck.batch.sweep`) are one orbit.

Where parameters were solved for, the fields must leave them alone; then all of this holds for the function of the
other parameters that is left, and the derivative by the solved ones is zero besides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import arb, fmpq

from verify.certificate import fraction, member, natural, sequence
from verify.errors import Rejected
from verify.expr.ball import Balls, precision
from verify.expr.tape import Tape
from verify.recheck.enclosures import Box
from verify.recheck.jets import run
from verify.recheck.newton import balls, hessian_at, inertia
from verify.recheck.symmetries import Field, field_from, name_of, require_symmetry, transversal

if TYPE_CHECKING:
    from verify.recheck.batch.contract import Contractor
    from verify.recheck.batch.sweep import Sweep
    from verify.recheck.landscape import Checker

MINIMA, SADDLES, MAXIMA = "flat family of minima", "flat family of saddles", "flat family of maxima"

KEYS = {"dimension", "symmetries", "at", "value", "index", "kind", "inside", "boxes"}

TOTAL = frozenset((
    "input", "form", "mul", "pow", "exp", "tanh", "sigmoid", "softplus", "erf", "sin", "cos", "inverse_sqrt_pi",
))  # fmt: skip
"""Steps that are defined and smooth for all arguments."""

BITS = 256
"""Working precision at points of families."""


@dataclass(frozen=True)
class Piece:
    """A box of the inputs that are left, in which the critical points are one graph.

    Attributes:
        along: numbers of the parameter entries over which it is a graph.
        fields: numbers of the symmetries.
        swept: whether it stands for all that rescalings carry into it.
        tight: a box of all entries around one of its points, without width in the entries along.
    """

    low: tuple[Fraction, ...]
    high: tuple[Fraction, ...]
    along: tuple[int, ...]
    fields: tuple[int, ...]
    swept: bool
    family: int
    tight: Box

    def surrounds(self, box: Box, inputs: Sequence[int]) -> bool:
        """Return whether a box of all entries lies in this one."""
        return all(
            a <= fraction_of(box.low[n]) and fraction_of(box.high[n]) <= b
            for n, a, b in zip(inputs, self.low, self.high, strict=True)
        )

    def may_hold(self, box: Box, inputs: Sequence[int]) -> bool:
        """Return whether what the piece stands for may meet a box of all entries."""
        for n, a, b in zip(inputs, self.low, self.high, strict=True):
            low, high = fraction_of(box.low[n]), fraction_of(box.high[n])
            if not self.swept and (high < a or b < low):
                return False
            if self.swept and n in self.along and (high <= 0 if a > 0 else low >= 0):
                return False
        return True


def _tight(data: Any) -> Box:
    from verify.recheck.landscape import around

    return around(sequence(member(data, "at")), sequence(member(data, "within")))


def fraction_of(value: fmpq) -> Fraction:
    """Return an exact number as a Python fraction."""
    return Fraction(int(value.p), int(value.q))


def is_total(tape: Tape) -> bool:
    """Return whether all steps are defined and smooth for all arguments."""
    return all(step.op in TOTAL and (step.op != "pow" or step.data >= 0) for step in tape.steps)


def kind_of_family(dimension: int, index: int, size: int) -> str:
    """Return the kind of a family in a space of ``size`` parameter entries."""
    return MINIMA if index == 0 else MAXIMA if index == size - dimension else SADDLES


@dataclass
class Families:
    """Checks the families of one list.

    Args:
        checker: knows the objective.
        inputs: numbers of the parameter entries that were not solved for.
    """

    checker: Checker
    inputs: Sequence[int]
    fields: list[Field] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    roots: dict[int, Piece] = field(default_factory=dict)
    sweeps: dict[int, Sweep] = field(default_factory=dict)
    """By number of their piece."""

    def check(self, listed: Sequence[Any], evidence: Any, contractor: Contractor) -> tuple[Any, list[Sweep]]:
        """Return boxes (n, 2, N) and sweeps in which all critical points belong to listed families.

        Raises:
            Rejected: a family is not as stated.
            Undecidable: a sign stays open.
        """
        size = len(self.checker.problem.entry_names)
        for data in sequence(member(evidence, "symmetries")):
            self.fields.append(field_from(data, size))
            require_symmetry(self.checker.problem, self.fields[-1])
        for data in sequence(member(evidence, "pieces")):
            piece = self._piece(data, len(listed))
            self._join(piece, data)
            self.pieces.append(piece)
        if set(self.roots) != set(range(len(listed))):
            raise Rejected("a listed family has no first piece")
        with precision(BITS):
            for number, entry in enumerate(listed):
                self._entry(entry, number, self.roots[number])
            for number, box in enumerate(self.checker.tight):
                if self.checker.singular[number] and number not in self.checker.kinked:
                    self._require_apart(box, listed)
        return self._graphs(contractor)

    # --- pieces ---

    def _piece(self, data: Any, families: int) -> Piece:
        low, high = (tuple(fraction(end) for end in sequence(member(data, key))) for key in ("low", "high"))
        along, fields = (tuple(natural(n) for n in sequence(member(data, key))) for key in ("along", "fields"))
        owner = natural(member(data, "family"))
        swept = member(data, "swept")
        flat = set(along) if swept is True else set()
        if not isinstance(swept, bool) or len(low) != len(self.inputs) or len(high) != len(self.inputs):
            raise Rejected("a piece of a family is not a box")
        if any(a >= b if n not in flat else a != b for n, a, b in zip(self.inputs, low, high, strict=True)):
            raise Rejected("a piece of a family is not a box with interior, or swept from a box of a slice")
        if len(set(along)) != len(along) or not set(along) < set(self.inputs) or not along:
            raise Rejected("the coordinates along a family are not some of the inputs")
        if len(fields) != len(along) or len(set(fields)) != len(fields) or max(fields) >= len(self.fields):
            raise Rejected("a family needs as many symmetries as it has dimensions")
        if owner >= families:
            raise Rejected("a piece belongs to no listed family")
        fixed = set(range(len(self.checker.problem.entry_names))) - set(self.inputs)
        if any(self.fields[number].moved & fixed for number in fields):
            raise Rejected("a symmetry moves a parameter that was solved for")
        piece = Piece(low, high, along, fields, swept, owner, _tight(data))
        if len(piece.tight.low) != len(self.checker.problem.entry_names):
            raise Rejected("a point of a family needs a center and a radius per parameter entry")
        self._require_located(piece)
        with precision(BITS):
            if not transversal([self.fields[n] for n in fields], along, self._hull(piece)):
                raise Rejected("the symmetries are not shown to be independent in a box")
        return piece

    def _hull(self, piece: Piece) -> Box:
        """Return the box with all entries; those that were solved for do not matter to the fields."""
        low, high = [fmpq(0)] * len(piece.tight.low), [fmpq(0)] * len(piece.tight.low)
        for n, a, b in zip(self.inputs, piece.low, piece.high, strict=True):
            low[n], high[n] = fmpq(a.numerator, a.denominator), fmpq(b.numerator, b.denominator)
        return Box(tuple(low), tuple(high))

    def _require_located(self, piece: Piece) -> None:
        """Require that the tight box holds a critical point, and lies in the piece."""
        box = piece.tight
        if any(box.low[n] != box.high[n] for n in piece.along):
            raise Rejected("a point of a family is not fixed along it")
        if not piece.surrounds(box, self.inputs):
            raise Rejected("a point of a family is outside its box")
        if box.low == box.high:
            self.checker.exact_zero(box)
            return
        across = [n for n in range(len(box.low)) if n not in piece.along]
        with precision(BITS):
            images = self.checker.slopes.unique(box, across)
            for image, n in zip(images, across, strict=True):
                if not (arb(box.low[n]) <= image and image <= arb(box.high[n])):
                    raise Rejected("a point of a family is not where it should be")

    def _join(self, piece: Piece, data: Any) -> None:
        """Require that a piece is the first of its family, or shares a critical point with an earlier one."""
        link = member(data, "link")
        if link is None:
            if piece.family in self.roots:
                raise Rejected("two pieces of a family are not connected")
            self.roots[piece.family] = piece
            return
        if natural(link) >= len(self.pieces) or self.pieces[link].family != piece.family:
            raise Rejected("a piece is not linked to an earlier one of its family")
        if not self.pieces[link].surrounds(piece.tight, self.inputs):
            raise Rejected("two pieces are not shown to share a point")
        if len(self.pieces[link].along) != len(piece.along):
            raise Rejected("pieces of a family have different dimensions")

    def _graphs(self, contractor: Contractor) -> tuple[Any, list[Sweep]]:
        from verify.recheck.batch.family import graphs

        boxes = contractor.boxes([list(zip(piece.low, piece.high, strict=True)) for piece in self.pieces])
        number = {n: place for place, n in enumerate(self.inputs)}
        for along in {piece.along for piece in self.pieces}:
            which = [k for k, piece in enumerate(self.pieces) if piece.along == along]
            across = [place for n, place in number.items() if n not in along]
            if not graphs(contractor, boxes[:, :, which], across).all():
                raise Rejected("the critical points in a box are not shown to be one graph")
        fixed = [k for k, piece in enumerate(self.pieces) if not piece.swept]
        self.sweeps = {k: self._sweep(piece, boxes[:, :, k]) for k, piece in enumerate(self.pieces) if piece.swept}
        return boxes[:, :, fixed], list(self.sweeps.values())

    def holds(self, number: int, box: Box) -> bool:
        """Return whether a critical point that lies in a box of all entries is shown to be in a family."""
        from verify.recheck.batch.contract import outward

        for k, piece in enumerate(self.pieces):
            if piece.family == number and not piece.swept and piece.surrounds(box, self.inputs):
                return True
            if piece.family == number and piece.swept:
                ends = [
                    (outward(fraction_of(box.low[n]))[0], outward(fraction_of(box.high[n]))[1]) for n in self.inputs
                ]
                if self.sweeps[k].boxed(ends):
                    return True
        return False

    def _sweep(self, piece: Piece, ends: Any) -> Sweep:
        from verify.recheck.batch.sweep import Sweep, powers

        if not is_total(self.checker.slopes.tape):
            raise Rejected("the objective may be undefined or have kinks somewhere")
        fields = [self.fields[n] for n in piece.fields]
        if not all(one.rescales for one in fields):
            raise Rejected("a symmetry of a swept family is no rescaling")
        along = tuple(list(self.inputs).index(n) for n in piece.along)
        exponents = powers([[one.matrix[n][n] for n in self.inputs] for one in fields], along)
        if exponents is None:
            raise Rejected("the exponents of a swept family are not small whole numbers")
        return Sweep(ends, along, exponents)

    # --- what is listed ---

    def _entry(self, data: Any, number: int, root: Piece) -> None:
        if not isinstance(data, Mapping) or set(data) != KEYS:
            raise Rejected("a family needs " + ", ".join(sorted(KEYS)))
        own = [piece for piece in self.pieces if piece.family == number]
        names = sorted({name_of(self.fields[n], self.checker.problem) for piece in own for n in piece.fields})
        if natural(data["dimension"]) != len(root.along) or natural(data["boxes"]) != len(own):
            raise Rejected("the dimension or the number of boxes of a family is not as stated")
        if list(sequence(data["symmetries"])) != names:
            raise Rejected("the symmetries of a family are not as stated")
        if self.checker.place_of(data) != root.tight:
            raise Rejected("a family is not listed with a point of its first piece")
        index = index_of(self.checker, root.tight, root.along)
        size = len(self.checker.problem.entry_names)
        if natural(data["index"]) != index or data["kind"] != kind_of_family(len(root.along), index, size):
            raise Rejected("a family is not of the stated kind")
        self.checker.require_inside(root.tight, data["inside"])
        self.checker.require_value(root.tight, data["value"])

    def _require_apart(self, box: Box, listed: Sequence[Any]) -> None:
        """Require that a degenerate point that is listed by itself is on no family, where the inertia is constant."""
        negative, zero, _ = self.checker.inertia_in(box)
        for piece in self.pieces:
            same = (negative, zero) == (listed[piece.family]["index"], len(piece.along))
            if same and piece.may_hold(box, self.inputs):
                raise Rejected("a point that is listed by itself may lie on a family")


def index_of(checker: Checker, box: Box, along: Sequence[int]) -> int:
    """Return the number of negative curvatures at a point of a family, known to lie in a box.

    Raises:
        Rejected: the kernel of the Hessian is larger than the tangent space of the family.
        Undecidable: a sign stays open.
    """
    if box.low == box.high:
        negative, zero, _ = checker.inertia_in(box)
        if zero != len(along):
            raise Rejected("the Hessian at a point of a family has another kernel")
        return negative
    over = run(checker.slopes.tape, balls(box), second=True)
    if over is None:
        raise Rejected("the objective is not smooth at a point of a family")
    rows = hessian_at(over)
    across = [n for n in range(len(rows)) if n not in along]
    negative, zero, _ = inertia([[rows[i][j] for j in across] for i in across], Balls())
    if zero:
        raise Rejected("the Hessian across a family is singular")
    return negative


__all__ = ["Families", "Piece", "index_of", "is_total", "kind_of_family"]
