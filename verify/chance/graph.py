"""An array expression unrolled into scalar operations on random entries.

:class:`Recorder` is a :class:`~verify.expr.evaluate.Domain` whose scalars are node numbers: evaluating an expression
over it writes down every scalar operation once. Operations on constants are carried out with FLINT's rationals and
balls at once; one that has no value becomes a constant :class:`~verify.expr.evaluate.Poison`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

from flint import fmpq

from verify.chance import TooLarge
from verify.errors import Undecidable
from verify.expr.ball import Balls, rational
from verify.expr.evaluate import Domain, Poison, evaluate_partially
from verify.expr.node import Expr, topological

MAX_SCALARS = 1 << 18
"""Most scalar operations an expression may unroll into."""

PARTIAL = frozenset(("div", "log", "sqrt", "step"))
"""Operations that are not defined for all real arguments."""

BALLS = Balls()


@dataclass(frozen=True)
class Node:
    """One scalar operation on earlier nodes.

    Attributes:
        op: ``const`` (``data`` is the value), ``entry`` (``data`` is its number), or an operation of :func:`function`.
        total: whether the value is defined for all real entries.
    """

    op: str
    args: tuple[int, ...] = ()
    data: Any = None
    total: bool = True


_BINARY: dict[str, Callable[..., Any]] = {
    "add": BALLS.add, "mul": BALLS.mul, "div": BALLS.div, "maximum": BALLS.maximum,
}  # fmt: skip
_UNARY: dict[str, Callable[..., Any]] = {
    "exp": BALLS.exp, "log": BALLS.log, "sqrt": BALLS.sqrt, "tanh": BALLS.tanh, "sigmoid": BALLS.sigmoid,
    "softplus": BALLS.softplus, "erf": BALLS.erf, "sin": BALLS.sin, "cos": BALLS.cos, "abs": BALLS.absolute,
    "relu": BALLS.relu, "sign": BALLS.signum, "step": BALLS.step,
}  # fmt: skip
COMPARISONS = ("lt", "le", "eq", "ne")
LOGICAL = ("and", "or", "not")


def function(op: str, data: Any = None) -> Callable[..., Any]:
    """Return an operation on rationals and balls; it raises :class:`Undecidable` where it has no answer."""
    if op in _BINARY:
        return _BINARY[op]
    if op in _UNARY:
        return _UNARY[op]
    if op in COMPARISONS:
        return lambda a, b: BALLS.compare(op, a, b)
    if op in LOGICAL:
        return lambda *row: BALLS.logical(op, *row)
    return {
        "sum": lambda *row: BALLS.sum(row),
        "pow": lambda a: BALLS.power(a, data),
        "softmax": lambda *row: tuple(BALLS.softmax(row)),
        "sparsemax": lambda *row: tuple(BALLS.sparsemax(row)),
        "margins": lambda *row: tuple(BALLS.margins(row)),
        "logsumexp": lambda *row: BALLS.logsumexp(row),
        "item": lambda row: row[data],
    }[op]


def guarded(operation: Callable[..., Any], row: Sequence[Any]) -> Any:
    """Return the operation's value, or :class:`Poison` where an argument or the value is missing."""
    for entry in row:
        if type(entry) is Poison:
            return entry
    try:
        return operation(*row)
    except Undecidable as reason:
        return Poison(reason)


class Recorder(Domain):
    """Writes scalar operations down; equal operations are one node."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._known: dict[Any, int] = {}

    def entry(self, number: int) -> int:
        """Return the node of a random entry."""
        return self._append(Node("entry", (), number), ("entry", number))

    def fixed(self, value: Any) -> int:
        """Return the node of a constant rational, ball, truth value, tuple of those, or Poison."""
        key = ("const", int(value.p), int(value.q)) if isinstance(value, fmpq) else None
        return self._append(Node("const", (), value, type(value) is not Poison), key)

    def _append(self, node: Node, key: Any) -> int:
        if key is not None and key in self._known:
            return self._known[key]
        if len(self.nodes) >= 4 * MAX_SCALARS:
            raise TooLarge("the expression unrolls into too many scalar operations")
        self.nodes.append(node)
        if key is not None:
            self._known[key] = len(self.nodes) - 1
        return len(self.nodes) - 1

    def _value(self, node: int) -> Any:
        """Return the value of a constant node, else None."""
        return self.nodes[node].data if self.nodes[node].op == "const" else None

    def _record(self, op: str, args: tuple[int, ...], data: Any = None) -> int:
        if all(self.nodes[arg].op == "const" for arg in args):
            return self.fixed(guarded(function(op, data), [self.nodes[arg].data for arg in args]))
        total = op not in PARTIAL and all(self.nodes[arg].total for arg in args)
        return self._append(Node(op, args, data, total), (op, args, data))

    # Domain

    def constant(self, value: Fraction) -> int:
        return self.fixed(rational(value))

    def sign(self, a: int) -> int:
        raise Undecidable("this function cannot be unrolled")

    def add(self, a: int, b: int) -> int:
        return self.sum((a, b))

    def sum(self, values: Sequence[int]) -> int:
        kept = tuple(value for value in values if not _is(self._value(value), 0))
        if len(kept) < 2:
            return kept[0] if kept else self.fixed(fmpq(0))
        return self._record("sum", kept)

    def sub(self, a: int, b: int) -> int:
        return self.add(a, self.mul(self.fixed(fmpq(-1)), b))

    def mul(self, a: int, b: int) -> int:
        for one, other in ((a, b), (b, a)):
            value = self._value(one)
            if _is(value, 1):
                return other
            if _is(value, 0) and self.nodes[other].total:
                return one
        return self._record("mul", (min(a, b), max(a, b)))

    def div(self, a: int, b: int) -> int:
        return self._record("div", (a, b))

    def power(self, a: int, n: int) -> int:
        return self._record("pow", (a,), n)

    def exp(self, a: int) -> int:
        return self._record("exp", (a,))

    def log(self, a: int) -> int:
        return self._record("log", (a,))

    def sqrt(self, a: int) -> int:
        return self._record("sqrt", (a,))

    def sin(self, a: int) -> int:
        return self._record("sin", (a,))

    def cos(self, a: int) -> int:
        return self._record("cos", (a,))

    def erf(self, a: int) -> int:
        return self._record("erf", (a,))

    def tanh(self, a: int) -> int:
        return self._record("tanh", (a,))

    def sigmoid(self, a: int) -> int:
        return self._record("sigmoid", (a,))

    def softplus(self, a: int) -> int:
        return self._record("softplus", (a,))

    def inverse_sqrt_pi(self) -> int:
        return self.fixed(BALLS.inverse_sqrt_pi())

    def absolute(self, a: int) -> int:
        return self._record("abs", (a,))

    def relu(self, a: int) -> int:
        return self._record("relu", (a,))

    def step(self, a: int) -> int:
        return self._record("step", (a,))

    def signum(self, a: int) -> int:
        return self._record("sign", (a,))

    def maximum(self, a: int, b: int) -> int:
        return a if a == b else self._record("maximum", (a, b))

    def compare(self, relation: str, a: int, b: int) -> int:
        return self._record(relation, (a, b))

    def logical(self, op: str, *conditions: int) -> int:
        return self._record(op, conditions)

    def choose(self, condition: int, a: int | Poison, b: int | Poison) -> int:
        a, b = (self.fixed(part) if isinstance(part, Poison) else part for part in (a, b))
        known = self._value(condition)
        if known is not None:
            return condition if isinstance(known, Poison) else a if known else b
        total = all(self.nodes[arg].total for arg in (condition, a, b))
        return self._append(Node("choose", (condition, a, b), None, total), ("choose", condition, a, b))

    def _row(self, op: str, row: Sequence[int]) -> list[int]:
        whole = self._record(op, tuple(row))
        return [self._record("item", (whole,), place) for place in range(len(row))]

    def softmax(self, row: Sequence[int]) -> list[int]:
        return self._row("softmax", row)

    def sparsemax(self, row: Sequence[int]) -> list[int]:
        return self._row("sparsemax", row)

    def margins(self, row: Sequence[int]) -> list[int]:
        return self._row("margins", row)

    def logsumexp(self, row: Sequence[int]) -> int:
        return self._record("logsumexp", tuple(row))


def _is(value: Any, number: int) -> bool:
    return isinstance(value, fmpq) and value == number


@dataclass(frozen=True)
class Graph:
    """The unrolled operations of one scalar expression; ``root`` is the number of its node."""

    nodes: tuple[Node, ...]
    root: int


def unroll(root: Expr, numbers: Mapping[str, Sequence[int]]) -> Graph:
    """Return the scalar operations of a scalar expression.

    Args:
        root: a scalar number or condition.
        numbers: for every symbol the numbers of its entries, row-major.

    Raises:
        TooLarge: more than :data:`MAX_SCALARS` operations.
        Undecidable: an operation that has no scalar form.
    """
    if unrolled_size(root) > MAX_SCALARS:
        raise TooLarge("the expression unrolls into too many scalar operations")
    recorder = Recorder()
    env = {name: [recorder.entry(number) for number in places] for name, places in numbers.items()}
    value = evaluate_partially([root], env, recorder)[0][0]
    if isinstance(value, Poison):
        raise value.reason
    return Graph(tuple(recorder.nodes), value)


def unrolled_size(root: Expr) -> int:
    """Return an upper bound on the scalar operations that an expression unrolls into."""
    count = 0
    for node in topological(root):
        count += node.size + sum(arg.size for arg in node.args)
        if node.op == "matmul":
            count += prod(node.shape) * node.args[0].shape[-1]
    return count
