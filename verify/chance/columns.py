"""Scalar operations carried out on columns: one Python list per scalar, one place per outcome.

A column whose values are rational by construction holds plain integers over one common denominator, which is known
before anything is computed (:class:`Kind`); everything else holds FLINT rationals, balls, truth values, or
:class:`~verify.expr.evaluate.Poison` where there is no value. Nothing is rounded but in balls, outward.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from math import lcm
from typing import Any

from flint import fmpq

from verify.chance import TooLarge
from verify.chance.graph import BALLS, COMPARISONS, Node, function, guarded
from verify.chance.program import FOLDS, ROWS, Linear, Program
from verify.expr.evaluate import Poison

Column = Sequence[Any]

MAX_BITS = 1 << 14
"""Longest number that may arise, in bits."""


@dataclass(frozen=True)
class Kind:
    """What a column holds.

    Attributes:
        form: ``integer`` (numerators over ``denominator``), ``truth`` (only True and False), or ``any``.
        largest: bound on the absolute value of the numerators (form ``integer``).
        bits: bound on the length of the numbers, 0 if none is rational.
    """

    form: str
    denominator: int = 1
    largest: int = 0
    bits: int = 0


TRUTH = Kind("truth", bits=1)
BALL = Kind("any")


def integers_of(denominator: int, largest: int) -> Kind:
    """Return the kind of numerators up to ``largest``.

    Raises:
        TooLarge: the numbers are too long.
    """
    bits = denominator.bit_length() + largest.bit_length()
    if bits > MAX_BITS:
        raise TooLarge("the exact numbers become too long")
    return Kind("integer", denominator, largest, bits)


def _anything(bits: int) -> Kind:
    if bits > MAX_BITS:
        raise TooLarge("the exact numbers become too long")
    return Kind("any", bits=bits)


def constant_kind(value: Any) -> Kind:
    """Return the kind of a column that holds one constant."""
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, fmpq):
        return integers_of(int(value.q), abs(int(value.p)))
    return BALL


def encoded(value: Any, kind: Kind) -> Any:
    """Return a value as a column of this kind holds it."""
    return int(value * kind.denominator) if kind.form == "integer" else value


def decoded(value: Any, kind: Kind) -> Any:
    """Return the number that an entry of a column of this kind means."""
    return fmpq(value, kind.denominator) if kind.form == "integer" else value


def _loose(column: Iterable[Any], kind: Kind) -> Iterable[Any]:
    """Return a column's values as rationals, balls and truth values."""
    if kind.form != "integer":
        return column
    denominator = kind.denominator
    return (fmpq(value, denominator) for value in column)


def _rescaled(column: Iterable[int], factor: int) -> Iterable[int]:
    return column if factor == 1 else map(operator.mul, column, repeat(factor))


class Runs(Sequence[int]):
    """A column in which each of a few values stands ``length`` times in a row."""

    def __init__(self, values: Sequence[int], length: int) -> None:
        self.values = values
        self.length = length

    def __len__(self) -> int:
        return len(self.values) * self.length

    def __iter__(self) -> Iterator[int]:
        return self.multiplied(1)

    def __getitem__(self, place: Any) -> Any:
        return list(self)[place]

    def multiplied(self, factor: int) -> Iterator[int]:
        """Iterate over the column times a number."""
        return chain.from_iterable(repeat(factor * value, self.length) for value in self.values)


class Operation:
    """One node of a program, ready to act on columns.

    A folding operation takes its arguments one at a time by :meth:`fold`; any other by :meth:`apply`. Constant
    arguments are built in and are not passed.
    """

    def __init__(self, node: Node, args: Sequence[Node], kinds: Sequence[Kind]) -> None:
        self.node = node
        self.kinds = list(kinds)
        self.constants = [
            encoded(arg.data, kind) if arg.op == "const" else None for arg, kind in zip(args, kinds, strict=True)
        ]
        self.is_constant = [arg.op == "const" for arg in args]
        self.folds = node.op in FOLDS
        exact = all(kind.form == "integer" for kind in kinds)
        if node.op == "linear":
            self.kind = self._linear_kind(node.data, exact)
        elif node.op == "choose":
            self.kind = self._choice_kind()
        else:
            self.kind = self._kind(exact)

    # kinds

    def _linear_kind(self, data: Linear, exact: bool) -> Kind:
        if not exact:
            self.factors: list[Any] = list(data.coefficients)
            self.start: Any = data.constant
            rational = [(c, kind) for c, kind in zip(data.coefficients, self.kinds, strict=True) if kind.bits]
            return _anything(_bits(data.constant) + sum(_bits(c) + kind.bits + 1 for c, kind in rational))
        scaled = [c / kind.denominator for c, kind in zip(data.coefficients, self.kinds, strict=True)]
        denominator = _common_denominator([data.constant, *scaled])
        self.factors = [int(c * denominator) for c in scaled]
        self.start = int(data.constant * denominator)
        largest = abs(self.start) + sum(abs(f) * kind.largest for f, kind in zip(self.factors, self.kinds, strict=True))
        return integers_of(denominator, largest)

    def _choice_kind(self) -> Kind:
        condition, *branches = self.kinds
        if condition.form == "truth" and all(kind.form == "integer" for kind in branches):
            return self._common(branches)
        return _anything(max(kind.bits for kind in branches))

    def _common(self, kinds: Sequence[Kind]) -> Kind:
        """Return the kind of columns brought to one denominator, and note the factors that do it."""
        denominator = lcm(*(kind.denominator for kind in kinds))
        self.factors = [denominator // kind.denominator for kind in kinds]
        return integers_of(denominator, max(f * kind.largest for f, kind in zip(self.factors, kinds, strict=True)))

    def _kind(self, exact: bool) -> Kind:
        op, kinds = self.node.op, self.kinds
        if op in ("and", "or", "not"):
            return TRUTH if all(kind.form == "truth" for kind in kinds) else BALL
        if exact and op in _EXACT:
            return self._exact_kind(op)
        if op in COMPARISONS:
            return BALL
        bits = [kind.bits for kind in kinds]
        if op != "sign" and 0 in bits:  # a ball and a rational give a ball
            return BALL
        if op in ("mul", "div", *ROWS):
            return _anything(sum(bits))
        if op == "pow":
            return _anything(bits[0] * abs(self.node.data))
        return _anything(max(1, *bits) if op in ("maximum", "abs", "relu", "sqrt", "item") else 1)

    def _exact_kind(self, op: str) -> Kind:
        first = self.kinds[0]
        if op in COMPARISONS:
            self._common(self.kinds)
            return TRUTH
        if op == "maximum":
            return self._common(self.kinds)
        if op == "sign":
            return integers_of(1, 1)
        if op == "mul":
            second = self.kinds[1]
            return integers_of(first.denominator * second.denominator, first.largest * second.largest)
        if op == "pow":
            if first.bits * self.node.data > MAX_BITS:
                raise TooLarge("the exact numbers become too long")
            return integers_of(first.denominator**self.node.data, first.largest**self.node.data)
        return first

    # columns

    def apply(self, columns: Sequence[Column | None], size: int) -> Column:
        """Return the operation's column; ``columns`` has None in place of constants."""
        given: list[Any] = [
            repeat(constant, size) if column is None else column
            for column, constant in zip(columns, self.constants, strict=True)
        ]
        if self.folds:
            out: Column | None = None
            for place, column in enumerate(given):
                out = self.fold(out, place, column)
            assert out is not None
            return out
        if self.node.op == "choose":
            return self._choose(given)
        if all(kind.form == "integer" for kind in self.kinds) and self.node.op in _EXACT:
            return self._exactly(given)
        if self.kind.form == "truth":  # not
            return list(map(operator.not_, given[0]))
        loose = [_loose(column, kind) for column, kind in zip(given, self.kinds, strict=True)]
        operation = function(self.node.op, self.node.data)
        return [guarded(operation, row) for row in zip(*loose, strict=True)]

    def _exactly(self, given: Sequence[Iterable[int]]) -> Column:
        op = self.node.op
        if op in COMPARISONS:
            left, right = (_rescaled(column, factor) for column, factor in zip(given, self.factors, strict=True))
            return list(map(getattr(operator, op), left, right))
        if op == "mul":
            return list(map(operator.mul, *given))
        if op == "pow":
            return list(map(pow, given[0], repeat(self.node.data)))
        if op == "abs":
            return list(map(abs, given[0]))
        if op == "relu":
            return [value if value > 0 else 0 for value in given[0]]
        return [(value > 0) - (value < 0) for value in given[0]]  # sign

    def _choose(self, given: Sequence[Iterable[Any]]) -> Column:
        condition, *branches = given
        if self.kind.form == "integer":
            parts = [_rescaled(column, factor) for column, factor in zip(branches, self.factors, strict=True)]
        else:
            parts = [_loose(column, kind) for column, kind in zip(branches, self.kinds[1:], strict=True)]
        return [(c if type(c) is Poison else a if c else b) for c, a, b in zip(condition, *parts, strict=True)]

    def constant_start(self) -> Column | None:
        """Return the one-place column that a fold starts from once constants are taken in; None if there is none."""
        out: Column | None = None
        for place, (constant, known) in enumerate(zip(self.constants, self.is_constant, strict=True)):
            if known:
                out = self.fold(out, place, [constant])
        return out

    def fold(self, so_far: Column | None, place: int, column: Iterable[Any]) -> Column:
        """Return the partial result after taking in argument number ``place``; ``so_far`` is None at first."""
        op = self.node.op
        if op == "linear":
            return (
                self._add_integers(so_far, place, column)
                if self.kind.form == "integer"
                else self._add(so_far, place, column)
            )
        if self.kind.form == "integer":
            return self._larger(so_far, _rescaled(column, self.factors[place]))
        if self.kind.form == "truth":
            joined = operator.and_ if op == "and" else operator.or_
            return list(column) if so_far is None else list(map(joined, so_far, column))
        loose = _loose(column, self.kinds[place])
        if so_far is None:
            return list(loose)
        operation = function(op)
        return [guarded(operation, row) for row in zip(so_far, loose, strict=True)]

    def _add_integers(self, so_far: Column | None, place: int, column: Iterable[int]) -> Column:
        factor = self.factors[place]
        if so_far is None:
            start = self.start
            return [start + factor * value for value in column]
        if isinstance(column, Runs):
            return list(map(operator.add, so_far, column.multiplied(factor)))
        if factor == 1:
            return list(map(operator.add, so_far, column))
        if factor == -1:
            return list(map(operator.sub, so_far, column))
        return [old + factor * value for old, value in zip(so_far, column, strict=True)]

    def _add(self, so_far: Column | None, place: int, column: Iterable[Any]) -> Column:
        factor = self.factors[place]
        before = repeat(self.start) if so_far is None else so_far
        loose = _loose(column, self.kinds[place])

        def joined(old: Any, value: Any) -> Any:
            return BALLS.add(old, factor * value)

        return [guarded(joined, row) for row in zip(before, loose, strict=False)]

    @staticmethod
    def _larger(so_far: Column | None, column: Iterable[int]) -> Column:
        if so_far is None:
            return list(column)
        return [old if old >= new else new for old, new in zip(so_far, column, strict=True)]


_EXACT = frozenset(("mul", "pow", "abs", "relu", "sign", "maximum", *COMPARISONS))
"""Operations that keep integers over a common denominator."""


def _common_denominator(values: Iterable[fmpq]) -> int:
    out = 1
    for value in values:
        out = lcm(out, int(value.q))
        if out.bit_length() > MAX_BITS:
            raise TooLarge("the exact numbers become too long")
    return out


def _bits(value: fmpq) -> int:
    return int(value.p).bit_length() + int(value.q).bit_length()


def operations(program: Program, entry_kind: Callable[[int], Kind]) -> list[Operation | None]:
    """Return the operations of a program, None for constants and entries.

    Args:
        program: the scalar operations.
        entry_kind: the kind of the column of a random entry, by its number.

    Raises:
        TooLarge: some number could become longer than :data:`MAX_BITS`.
    """
    kinds: list[Kind] = []
    out: list[Operation | None] = []
    for node in program.nodes:
        if node.op in ("const", "entry"):
            kinds.append(constant_kind(node.data) if node.op == "const" else entry_kind(node.data))
            out.append(None)
            continue
        operation = Operation(node, [program.nodes[arg] for arg in node.args], [kinds[arg] for arg in node.args])
        kinds.append(operation.kind)
        out.append(operation)
    return out
