"""A claim about floating point, read as written: no constant is folded and no operation is rearranged.

The text is parsed like any other; but each number in it becomes a symbol of its own, whose value is the number rounded
to the format. So the graph keeps the operations in the order of the text.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verify.claim import Claim
from verify.errors import InvalidInput, Undecidable
from verify.exact import parse_decimal, parse_rational
from verify.expr import build
from verify.expr import functions as F
from verify.expr.derive import gradient
from verify.expr.evaluate import evaluate
from verify.expr.node import Expr, topological
from verify.expr.parse import Translator, syntax_tree
from verify.floating.formats import FORMATS
from verify.floating.sets import MAX_EXPONENT, Floats, FloatSet, Truth

REFUSED = frozenset(("sparsemax", "det"))
"""Functions without a fixed order of operations."""


@dataclass(frozen=True)
class FloatProblem:
    """Conditions and quantities of a claim as graphs whose symbols are parameters and literals.

    Attributes:
        literals: exact values of the literals, by symbol, row-major.
        symbols: the literals as expressions.
        slopes: gradient entries (reverse mode), where the claim speaks of stationary points.
    """

    claim: Claim
    literals: Mapping[str, tuple[Fraction, ...]]
    symbols: Mapping[str, Expr]
    assumptions: tuple[tuple[str, Expr], ...]
    satisfies: Expr
    slopes: tuple[Expr, ...]

    @property
    def domain(self) -> Floats:
        """Arithmetic of the claim's format."""
        return Floats(FORMATS[self.claim.arithmetic])

    def values(self, roots: Sequence[Expr], entries: Sequence[FloatSet]) -> list[Any]:
        """Return scalar expressions for given parameter entries.

        Raises:
            Undecidable: an operation has no fixed evaluation.
        """
        domain = self.domain
        env: dict[str, list[Any]] = {n: [domain.constant(v) for v in row] for n, row in self.literals.items()}
        start = 0
        for parameter in self.claim.parameters:
            env[parameter.name] = list(entries[start : start + parameter.symbol.size])
            start += parameter.symbol.size
        return [value[0] for value in evaluate(roots, env, domain)]

    def truth(self, condition: Expr, entries: Sequence[FloatSet]) -> Truth:
        """Return the possible truth values of a condition."""
        found: Truth = self.values([condition], entries)[0]
        return found


def float_problem(claim: Claim) -> FloatProblem:
    """Read a claim about floating point.

    Raises:
        Undecidable: it uses something that has no fixed evaluation in floating point.
    """
    reader = _Reader(claim)
    objective = reader.read(claim.data["objective"]["minimise"]) if "objective" in claim.data else None
    slopes: tuple[Expr, ...] = ()
    if objective is not None:
        parts = gradient(objective, claim.symbols)
        slopes = tuple(build.gather(part, [place], ()) for part in parts for place in range(part.size))
        flat = [build.reshape(part, (part.size,)) for part in parts]
        reader.names |= {"objective": objective, "gradient_norm": F.norm(build.concatenate(flat))}
    assumptions = tuple((name, reader.read(text)) for name, text in claim.data.get("assume", {}).items())
    satisfies = reader.read(claim.data["claim"]["satisfies"])
    return FloatProblem(claim, reader.literals, reader.symbols, assumptions, satisfies, slopes)


class _Reader:
    def __init__(self, claim: Claim) -> None:
        self.form = FORMATS[claim.arithmetic]
        self.literals: dict[str, tuple[Fraction, ...]] = {}
        self.symbols: dict[str, Expr] = {}
        self.names: dict[str, Expr] = {p.name: p.symbol for p in claim.parameters}
        for name, value in claim.data.get("constants", {}).items():
            shape, entries = _flat(value)
            self.names[name] = self.literal(entries, shape)
        for name, text in claim.data.get("definitions", {}).items():
            self.names[name] = self.read(text)

    def literal(self, entries: Sequence[Fraction], shape: tuple[int, ...]) -> Expr:
        name = f"literal {len(self.literals)}"
        self.literals[name] = tuple(entries)
        self.symbols[name] = build.symbol(name, shape)
        return self.symbols[name]

    def has_reciprocal_power(self, base: Expr, n: int) -> bool:
        """Whether base**n is that of a literal, and neither it nor 1/base**n is near the ends of the format."""
        values = self.literals.get(str(base.attrs), ()) if base.op == "symbol" else ()
        limit = Fraction(2) ** (self.form.top - 1)
        return n <= MAX_EXPONENT and bool(values) and all(1 / limit < abs(value) ** n < limit for value in values)

    def read(self, text: str) -> Expr:
        try:
            root = _AsWritten(text, self).visit(syntax_tree(text))
        except InvalidInput as error:
            raise Undecidable(f"not read in floating point: {error.args[0]}") from None
        if any(node.op in ("min_eig", "max_eig") for node in topological(root)):
            raise Undecidable("curvature has no fixed evaluation in floating point")
        return root


def _flat(value: Any) -> tuple[tuple[int, ...], list[Fraction]]:
    if not isinstance(value, list):
        return (), [parse_rational(str(value))]
    parts = [_flat(entry) for entry in value]
    return (len(parts), *parts[0][0]), [x for _, entries in parts for x in entries]


class _AsWritten(Translator):
    """Keeps every literal and every operation."""

    def __init__(self, text: str, reader: _Reader) -> None:
        super().__init__(text, reader.names)
        self.reader = reader

    def _constant(self, node: ast.Constant) -> Expr:
        super()._constant(node)  # refuses what is not a number
        return self.reader.literal([parse_decimal(self._source(node))], ())

    def _integer(self, node: ast.AST) -> int:
        return Translator(self.text, {})._integer(node)

    def _binop(self, node: ast.BinOp) -> Expr:
        if isinstance(node.op, ast.Pow):
            return self._power(node)
        left, right = self._number(node.left), self._number(node.right)
        if isinstance(node.op, ast.MatMult):
            return _matmul(left, right)
        operation = _RAW.get(type(node.op))
        if operation is None:
            raise self._error(node, "this operator is not part of the claim language", node.op)
        return operation(left, right)

    def _power(self, node: ast.BinOp) -> Expr:
        exponent = build.uniform_value(Translator(self.text, {}).visit(node.right))
        if exponent is None or (exponent.denominator != 1 and exponent != Fraction(1, 2)):
            raise Undecidable("in floating point only integer powers and square roots have a fixed evaluation")
        base = self._number(node.left)
        if exponent < -1 and not self.reader.has_reciprocal_power(base, -int(exponent)):
            raise Undecidable(
                f"in floating point the power {exponent} has no fixed evaluation where the power {-exponent} may "
                f"overflow or underflow: write 1/x**{-exponent}"
            )
        if exponent.denominator == 2:
            return build.sqrt(base)
        power = Expr("pow", (base,), attrs=abs(int(exponent)), shape=base.shape)
        return power if exponent >= 0 else _raw("div", build.full(1, base.shape), power)

    def _call(self, node: ast.Call) -> Expr:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in REFUSED:
            raise Undecidable(f"{name} has no fixed evaluation in floating point")
        if name in ("zeros", "ones", "eye"):  # literals, too: the builder folds what it knows to be constant
            whole = super()._call(node)
            return self.reader.literal(build.constant_entries(whole), whole.shape)
        if name == "mean":
            arguments, options = self._arguments(name, node), self._options(name, node)
            whole = F.sum(*arguments, **options)
            count = self.reader.literal([Fraction(arguments[0].size, whole.size)], ())
            return _raw("div", whole, count)
        if name == "dot":
            left, right = self._arguments(name, node)
            return _raw("mul", left, right) if 0 in (left.ndim, right.ndim) else _matmul(left, right)
        if name in ("softmax", "logsumexp"):
            (part,) = self._arguments(name, node)
            return Expr(name, (part,), shape=part.shape[: part.ndim - (name == "logsumexp")])
        return super()._call(node)


def _raw(op: str, left: Expr, right: Expr) -> Expr:
    shape = build.broadcast_shapes(left.shape, right.shape)
    return Expr(op, (build.broadcast(left, shape), build.broadcast(right, shape)), shape=shape)


def _matmul(left: Expr, right: Expr) -> Expr:
    if 0 in (build.uniform_value(left), build.uniform_value(right)):
        raise Undecidable("a product with a matrix of zeros is not read in floating point")
    return build.matmul(left, right)


def _negative(a: Expr) -> Expr:
    return Expr("mul", (build.full(-1, a.shape), a), shape=a.shape)


_RAW: dict[type[ast.operator], Any] = {
    ast.Add: lambda a, b: _raw("add", a, b),
    ast.Sub: lambda a, b: _raw("add", a, _negative(b)),
    ast.Mult: lambda a, b: _raw("mul", a, b),
    ast.Div: lambda a, b: _raw("div", a, b),
}
