"""One interpreter for every exact reading: an expression is evaluated over a domain of scalars.

A :class:`Domain` says how its scalars are added, multiplied, exponentiated and compared; this module says what arrays
mean. Rational numbers, balls, polynomials with exponentials, and SymPy expressions are domains. A scalar that cannot
be computed (a pole, an undecided sign) becomes :class:`Poison`, and is an error only if the result depends on it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import prod
from typing import Any

from verify.errors import Undecidable
from verify.expr.build import broadcast_positions
from verify.expr.node import Expr, Shape, topological

MAX_SPARSEMAX = 12
"""Longest row whose sparsemax is evaluated by enumerating supports."""


class Poison:
    """A scalar that could not be computed, with the reason."""

    __slots__ = ("reason",)

    def __init__(self, reason: Undecidable) -> None:
        self.reason = reason


class Domain(ABC):
    """Arithmetic of one kind of scalar. Methods raise :class:`Undecidable` where they have no answer."""

    @abstractmethod
    def constant(self, value: Fraction) -> Any:
        """Return an exact number as a scalar."""

    @abstractmethod
    def sign(self, a: Any) -> int:
        """Return -1, 0 or 1, proved."""

    @abstractmethod
    def add(self, a: Any, b: Any) -> Any: ...

    @abstractmethod
    def mul(self, a: Any, b: Any) -> Any: ...

    @abstractmethod
    def div(self, a: Any, b: Any) -> Any: ...

    @abstractmethod
    def power(self, a: Any, n: int) -> Any: ...

    @abstractmethod
    def exp(self, a: Any) -> Any: ...

    @abstractmethod
    def log(self, a: Any) -> Any: ...

    @abstractmethod
    def sqrt(self, a: Any) -> Any: ...

    @abstractmethod
    def sin(self, a: Any) -> Any: ...

    @abstractmethod
    def cos(self, a: Any) -> Any: ...

    @abstractmethod
    def erf(self, a: Any) -> Any: ...

    @abstractmethod
    def inverse_sqrt_pi(self) -> Any: ...

    # What follows has a definition in terms of the above; a domain may do better.

    def sub(self, a: Any, b: Any) -> Any:
        return self.add(a, self.mul(self.constant(Fraction(-1)), b))

    def tanh(self, a: Any) -> Any:
        two = self.constant(Fraction(2))
        return self.sub(self.mul(two, self.sigmoid(self.mul(two, a))), self.constant(Fraction(1)))

    def sigmoid(self, a: Any) -> Any:
        grown = self.exp(a)
        return self.div(grown, self.add(self.constant(Fraction(1)), grown))

    def softplus(self, a: Any) -> Any:
        return self.log(self.add(self.constant(Fraction(1)), self.exp(a)))

    def absolute(self, a: Any) -> Any:
        return a if self.sign(a) >= 0 else self.mul(self.constant(Fraction(-1)), a)

    def relu(self, a: Any) -> Any:
        return a if self.sign(a) > 0 else self.constant(Fraction(0))

    def maximum(self, a: Any, b: Any) -> Any:
        return a if self.sign(self.sub(a, b)) >= 0 else b

    def softmax(self, row: Sequence[Any]) -> list[Any]:
        grown = [self.exp(entry) for entry in row]
        whole = self.sum(grown)
        return [self.div(entry, whole) for entry in grown]

    def logsumexp(self, row: Sequence[Any]) -> Any:
        return self.log(self.sum([self.exp(entry) for entry in row]))

    def margins(self, row: Sequence[Any]) -> list[Any]:
        """Return the distance of each entry from the sparsemax threshold, by finding the support."""
        for support in supports(len(row)):
            threshold = self.threshold(row, support)
            margins = [self.sub(entry, threshold) for entry in row]
            if all((self.sign(m) > 0) == (j in support) for j, m in enumerate(margins)):
                return margins
        raise Undecidable("the support of sparsemax is not decided")

    def threshold(self, row: Sequence[Any], support: Sequence[int]) -> Any:
        whole = self.sub(self.sum([row[j] for j in support]), self.constant(Fraction(1)))
        return self.mul(self.constant(Fraction(1, len(support))), whole)

    def sparsemax(self, row: Sequence[Any]) -> list[Any]:
        return [self.relu(margin) for margin in self.margins(row)]

    def sum(self, values: Sequence[Any]) -> Any:
        out = values[0]
        for value in values[1:]:
            out = self.add(out, value)
        return out

    def dot(self, left: Sequence[Any], right: Sequence[Any]) -> Any:
        return self.sum([self.mul(a, b) for a, b in zip(left, right, strict=True)])

    def step(self, a: Any) -> Any:
        sign = self.sign(a)
        if sign == 0:
            raise Undecidable("the derivative is taken on a kink")
        return self.constant(Fraction(int(sign > 0)))

    def signum(self, a: Any) -> Any:
        return self.constant(Fraction(self.sign(a)))

    def compare(self, relation: str, a: Any, b: Any) -> Any:
        """Return whether ``a`` is less than (lt), at most (le), equal to (eq) or unequal to (ne) ``b``."""
        sign = self.sign(self.sub(a, b))
        return {"lt": sign < 0, "le": sign <= 0, "eq": sign == 0, "ne": sign != 0}[relation]

    def logical(self, op: str, *conditions: Any) -> Any:
        """Return ``and``, ``or`` or ``not`` of conditions."""
        return {"and": all, "or": any, "not": lambda row: not row[0]}[op](conditions)

    def choose(self, condition: Any, a: Any, b: Any) -> Any:
        """Return ``a`` where the condition holds, else ``b``; either may be :class:`Poison`."""
        return a if condition else b


def supports(length: int) -> list[tuple[int, ...]]:
    """Return every nonempty subset of positions, small ones first.

    Raises:
        Undecidable: more than :data:`MAX_SPARSEMAX` positions.
    """
    if length > MAX_SPARSEMAX:
        raise Undecidable(f"sparsemax over {length} entries")
    return [subset for size in range(1, length + 1) for subset in combinations(range(length), size)]


def evaluate(roots: Sequence[Expr], env: Mapping[str, Sequence[Any]], domain: Domain) -> list[list[Any]]:
    """Return the entries (row-major) of each expression; ``env`` gives the entries of each symbol.

    Raises:
        Undecidable: a result depends on a scalar that could not be computed.
    """
    values = evaluate_partially(roots, env, domain)
    for value in values:
        for entry in value:
            if isinstance(entry, Poison):
                raise entry.reason
    return values


def evaluate_partially(roots: Sequence[Expr], env: Mapping[str, Sequence[Any]], domain: Domain) -> list[list[Any]]:
    """Like :func:`evaluate`, but entries that could not be computed stay in the result as :class:`Poison`."""
    values: dict[int, list[Any]] = {}
    for node in topological(*roots):
        values[id(node)] = _node(node, [values[id(arg)] for arg in node.args], env, domain)
    return [values[id(root)] for root in roots]


def evaluate_scalar(root: Expr, env: Mapping[str, Sequence[Any]], domain: Domain) -> Any:
    """Return the value of a scalar expression."""
    return evaluate([root], env, domain)[0][0]


def _node(node: Expr, args: list[list[Any]], env: Mapping[str, Sequence[Any]], domain: Domain) -> list[Any]:
    if node.op == "const":
        return [domain.constant(entry) for entry in node.entries()]
    if node.op == "symbol":
        return list(env[str(node.attrs)])
    if node.op == "inverse_sqrt_pi":
        return [domain.inverse_sqrt_pi()]
    if node.op == "where":
        return [_where(domain, *row) for row in zip(*args, strict=True)]
    if node.op in _SCALAR:
        function = _SCALAR[node.op](node, domain)
        return [_guarded(function, row) for row in zip(*args, strict=True)]
    return _STRUCTURAL[node.op](node, args, domain)


def _guarded(function: Callable[..., Any], row: Sequence[Any]) -> Any:
    for entry in row:
        if isinstance(entry, Poison):
            return entry
    try:
        return function(*row)
    except Undecidable as reason:
        return Poison(reason)


def _where(domain: Domain, condition: Any, a: Any, b: Any) -> Any:
    return condition if isinstance(condition, Poison) else domain.choose(condition, a, b)


def _condition(relation: str) -> Callable[[Expr, Domain], Callable[..., Any]]:
    return lambda node, d: lambda a, b: d.compare(relation, a, b)


def _connective(op: str) -> Callable[[Expr, Domain], Callable[..., Any]]:
    return lambda node, d: lambda *row: d.logical(op, *row)


_SCALAR: dict[str, Callable[[Expr, Domain], Callable[..., Any]]] = {
    "add": lambda node, d: d.add,
    "mul": lambda node, d: d.mul,
    "div": lambda node, d: d.div,
    "pow": lambda node, d: lambda a: d.power(a, node.attrs),  # type: ignore[arg-type]
    "exp": lambda node, d: d.exp,
    "log": lambda node, d: d.log,
    "sqrt": lambda node, d: d.sqrt,
    "tanh": lambda node, d: d.tanh,
    "sigmoid": lambda node, d: d.sigmoid,
    "softplus": lambda node, d: d.softplus,
    "erf": lambda node, d: d.erf,
    "sin": lambda node, d: d.sin,
    "cos": lambda node, d: d.cos,
    "abs": lambda node, d: d.absolute,
    "sign": lambda node, d: d.signum,
    "relu": lambda node, d: d.relu,
    "step": lambda node, d: d.step,
    "maximum": lambda node, d: d.maximum,
    **{relation: _condition(relation) for relation in ("lt", "le", "eq", "ne")},
    **{op: _connective(op) for op in ("and", "or", "not")},
}


# --- arrays -----------------------------------------------------------------------------------------------------


def _broadcast(node: Expr, args: list[list[Any]], _: Domain) -> list[Any]:
    return [args[0][place] for place in broadcast_positions(node.args[0].shape, node.shape)]


def transposed_positions(shape: Shape, axes: Sequence[int]) -> list[int]:
    """Return, for each entry of the transposed array, the row-major position it comes from."""
    strides = [prod(shape[axis + 1 :]) for axis in range(len(shape))]
    flat = [0]
    for axis in axes:
        flat = [base + i * strides[axis] for base in flat for i in range(shape[axis])]
    return flat


def _transpose(node: Expr, args: list[list[Any]], _: Domain) -> list[Any]:
    return [args[0][place] for place in transposed_positions(node.args[0].shape, node.attrs)]  # type: ignore[arg-type]


def _gather(node: Expr, args: list[list[Any]], _: Domain) -> list[Any]:
    return [args[0][place] for place in node.attrs]  # type: ignore[attr-defined]


def _scatter(node: Expr, args: list[list[Any]], domain: Domain) -> list[Any]:
    out: list[Any] = [None] * node.size
    for place, entry in zip(node.attrs, args[0], strict=True):  # type: ignore[call-overload]
        out[place] = entry if out[place] is None else _guarded(domain.add, (out[place], entry))
    zero = domain.constant(Fraction(0))
    return [zero if entry is None else entry for entry in out]


def _concat(node: Expr, args: list[list[Any]], _: Domain) -> list[Any]:
    axis: int = node.attrs  # type: ignore[assignment]
    outer = prod(node.shape[:axis])
    widths = [prod(arg.shape[axis:]) for arg in node.args]
    return [
        entry
        for row in range(outer)
        for values, width in zip(args, widths, strict=True)
        for entry in values[row * width : (row + 1) * width]
    ]


def _groups(node: Expr, values: list[Any]) -> list[list[Any]]:
    """Return, for each entry of a reduced array, the entries it is reduced from."""
    shape = node.args[0].shape
    reduced: tuple[int, ...] = node.attrs  # type: ignore[assignment]
    kept = [axis for axis in range(len(shape)) if axis not in reduced]
    flat = transposed_positions(shape, [*kept, *reduced])
    count = len(flat) // max(node.size, 1)
    return [[values[place] for place in flat[i * count : (i + 1) * count]] for i in range(node.size)]


def _sum(node: Expr, args: list[list[Any]], domain: Domain) -> list[Any]:
    return [_guarded(lambda *row: domain.sum(row), group) for group in _groups(node, args[0])]


def _max(node: Expr, args: list[list[Any]], domain: Domain) -> list[Any]:
    def largest(*row: Any) -> Any:
        out = row[0]
        for entry in row[1:]:
            out = domain.maximum(out, entry)
        return out

    return [_guarded(largest, group) for group in _groups(node, args[0])]


def _gap(node: Expr, args: list[list[Any]], domain: Domain) -> list[Any]:
    def gap(*row: Any) -> Any:
        for j, entry in enumerate(row):
            rest = [domain.sub(entry, other) for k, other in enumerate(row) if k != j]
            if all(domain.sign(difference) > 0 for difference in rest):
                return rest[0] if len(rest) == 1 else domain.constant(Fraction(1))
        return domain.constant(Fraction(0))

    return [_guarded(gap, group) for group in _groups(node, args[0])]


def _rows(values: list[Any], length: int) -> list[list[Any]]:
    return [values[start : start + length] for start in range(0, len(values), length)]


def _row_map(function: str) -> Callable[[Expr, list[list[Any]], Domain], list[Any]]:
    def apply(node: Expr, args: list[list[Any]], domain: Domain) -> list[Any]:
        out: list[Any] = []
        method = getattr(domain, function)
        for row in _rows(args[0], node.args[0].shape[-1]):
            result = _guarded(lambda *entries: method(entries), row)
            if function == "logsumexp":
                out.append(result)
            else:
                out.extend([result] * len(row) if isinstance(result, Poison) else result)
        return out

    return apply


def _matmul(node: Expr, args: list[list[Any]], domain: Domain) -> list[Any]:
    left, right = node.args
    n, k, m = left.shape[-2], left.shape[-1], right.shape[-1]
    out: list[Any] = []
    for batch in range(prod(node.shape[:-2])):
        rows = _rows(args[0][batch * n * k : (batch + 1) * n * k], k)
        block = args[1][batch * k * m : (batch + 1) * k * m]
        columns = [block[j::m] for j in range(m)]
        for row in rows:
            out.extend(_guarded(lambda *pair: domain.dot(pair[:k], pair[k:]), [*row, *column]) for column in columns)
    return out


def _no_eigenvalue(node: Expr, args: list[list[Any]], domain: Domain) -> list[Any]:
    return [Poison(Undecidable("curvature bounds are decided as matrix inequalities only"))]


_STRUCTURAL: dict[str, Callable[[Expr, list[list[Any]], Domain], list[Any]]] = {
    "broadcast": _broadcast,
    "reshape": lambda node, args, domain: args[0],
    "transpose": _transpose,
    "gather": _gather,
    "scatter": _scatter,
    "concat": _concat,
    "sum": _sum,
    "max": _max,
    "gap": _gap,
    "softmax": _row_map("softmax"),
    "sparsemax": _row_map("sparsemax"),
    "logsumexp": _row_map("logsumexp"),
    "margin": _row_map("margins"),
    "matmul": _matmul,
    "min_eig": _no_eigenvalue,
    "max_eig": _no_eigenvalue,
}
