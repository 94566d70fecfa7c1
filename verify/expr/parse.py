"""The parser of the claim language: text to expressions, never evaluated.

Python's own grammar reads the text into a syntax tree; a fixed list of node types is then translated. Anything else
is refused with the offending text and what to write instead. Length, depth and array sizes are bounded.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from verify.errors import InvalidInput, Location
from verify.exact import parse_decimal
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import BOOL, Expr, topological

MAX_LENGTH = 20_000
"""Longest expression, in characters."""

MAX_DEPTH = 150
"""Deepest nesting of an expression."""

MAX_NODES = 200_000
"""Largest expression graph."""

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Expr]] = {
    ast.Add: build.add,
    ast.Sub: build.sub,
    ast.Mult: build.mul,
    ast.Div: build.div,
    ast.Pow: build.power,
    ast.MatMult: build.matmul,
}

_RELATIONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}

_ADVICE: dict[type[ast.AST], str] = {
    ast.BitXor: "write ** for a power",
    ast.FloorDiv: "write / for a division",
    ast.Attribute: "the only attribute is .T",
    ast.Lambda: "define a name in [definitions] instead",
    ast.IfExp: "write where(condition, a, b)",
    ast.BitAnd: "write 'and'",
    ast.BitOr: "write 'or'",
    ast.Invert: "write 'not'",
}


def parse(text: str, names: Mapping[str, Expr]) -> Expr:
    """Return the expression that ``text`` means, its names looked up in ``names``.

    Raises:
        InvalidInput: not in the language; the location holds the offending text.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidInput(
            f"the expression has {len(text)} characters", fix=f"use at most {MAX_LENGTH}; split it by [definitions]"
        )
    tree = syntax_tree(text)
    _check_depth(tree)
    try:
        result = Translator(text, names).visit(tree)
    except RecursionError:
        raise InvalidInput("the expression is nested too deeply", fix="split it by [definitions]") from None
    if len(topological(result)) > MAX_NODES:
        raise InvalidInput("the expression is too large", fix=f"keep it below {MAX_NODES} operations")
    return result


def syntax_tree(text: str) -> ast.expr:
    """Return Python's syntax tree of an expression.

    Raises:
        InvalidInput: it is not an expression, or it is nested too deeply.
    """
    source = " ".join(text.split())
    try:
        return ast.parse(source, mode="eval").body
    except SyntaxError as error:
        at = source[max(0, (error.offset or 1) - 1) :][:40] or source[-20:]
        raise InvalidInput(
            f"not an expression ({error.msg})", fix="see the claim language", where=Location(text=at)
        ) from None
    except (RecursionError, MemoryError):
        raise InvalidInput("the expression is nested too deeply", fix="split it by [definitions]") from None
    except ValueError as error:
        raise InvalidInput(f"not an expression ({error})", where=Location(text=source)) from None


def _check_depth(tree: ast.AST) -> None:
    level: list[ast.AST] = [tree]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH * 2:
            raise InvalidInput("the expression is nested too deeply", fix="split it by [definitions]")
        level = [child for node in level for child in ast.iter_child_nodes(node)]


class Translator:
    """Turns the allowed syntax nodes into expressions."""

    def __init__(self, text: str, names: Mapping[str, Expr]) -> None:
        self.text = " ".join(text.split())
        self.names = names

    def visit(self, node: ast.AST) -> Expr:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self._error(node, f"'{type(node).__name__}' is not part of the claim language", node)
        try:
            result: Expr = method(node)
        except InvalidInput as error:
            raise error.located(text=self._source(node)) from None
        return result

    def _source(self, node: ast.AST) -> str:
        return ast.get_source_segment(self.text, node) or self.text

    def _error(self, node: ast.AST, problem: str, cause: ast.AST | None = None, fix: str = "") -> InvalidInput:
        advice = fix or _ADVICE.get(type(cause), "see the list of functions and operators in the claim language")  # type: ignore[arg-type]
        return InvalidInput(problem, fix=advice, where=Location(text=self._source(node)))

    def _constant(self, node: ast.Constant) -> Expr:
        text = self._source(node)
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise self._error(node, f"{text} is not a number", fix="write numbers without quotes")
        return build.number(parse_decimal(text))

    def _name(self, node: ast.Name) -> Expr:
        if node.id in self.names:
            return self.names[node.id]
        if node.id in F.FUNCTIONS:
            raise self._error(node, f"the function '{node.id}' is used without arguments", fix=f"write {node.id}(...)")
        raise self._error(node, f"'{node.id}' is not defined", fix=self._suggestion(node.id, self.names))

    def _suggestion(self, name: str, known: Mapping[str, Any]) -> str:
        from difflib import get_close_matches

        close = get_close_matches(name, list(known), n=1)
        listed = ", ".join(sorted(known)[:40])
        return f"did you mean '{close[0]}'?" if close else f"known here: {listed or 'nothing'}"

    def _list(self, node: ast.List) -> Expr:
        return build.stack([self.visit(entry) for entry in node.elts])

    def _unaryop(self, node: ast.UnaryOp) -> Expr:
        if isinstance(node.op, ast.Not):
            return build.logical("not", self.visit(node.operand))
        if isinstance(node.op, ast.USub):
            return build.neg(self._number(node.operand))
        if isinstance(node.op, ast.UAdd):
            return self._number(node.operand)
        raise self._error(node, "this operator is not part of the claim language", node.op)

    def _binop(self, node: ast.BinOp) -> Expr:
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            raise self._error(node, f"the operator {type(node.op).__name__} is not part of the claim language", node.op)
        return operator(self._number(node.left), self._number(node.right))

    def _number(self, node: ast.AST) -> Expr:
        value = self.visit(node)
        if value.kind == BOOL:
            raise self._error(node, "a condition stands where a number is needed", fix="use where(condition, a, b)")
        return value

    def _compare(self, node: ast.Compare) -> Expr:
        sides = [self._number(side) for side in (node.left, *node.comparators)]
        conditions = []
        for left, right, operator in zip(sides, sides[1:], node.ops, strict=False):
            relation = _RELATIONS.get(type(operator))
            if relation is None:
                raise self._error(node, f"'{type(operator).__name__}' is not a comparison of numbers")
            conditions.append(build.compare(relation, left, right))
        return conditions[0] if len(conditions) == 1 else build.logical("and", *conditions)

    def _boolop(self, node: ast.BoolOp) -> Expr:
        op = "and" if isinstance(node.op, ast.And) else "or"
        return build.logical(op, *(self.visit(value) for value in node.values))

    def _attribute(self, node: ast.Attribute) -> Expr:
        if node.attr != "T":
            raise self._error(node, f"unknown attribute '.{node.attr}'", node)
        return build.transpose(self._number(node.value))

    def _subscript(self, node: ast.Subscript) -> Expr:
        keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return build.index(self._number(node.value), tuple(self._key(key) for key in keys))

    def _key(self, node: ast.AST) -> int | slice:
        if isinstance(node, ast.Slice):
            parts = (node.lower, node.upper, node.step)
            return slice(*(None if part is None else self._integer(part) for part in parts))
        return self._integer(node)

    def _integer(self, node: ast.AST) -> int:
        value = build.uniform_value(self.visit(node))
        if value is None or value.denominator != 1:
            raise self._error(node, f"{self._source(node)} is not an integer", fix="write a whole number")
        if abs(value) > build.MAX_ENTRIES:
            raise self._error(node, f"{self._source(node)} is too large", fix=f"use at most {build.MAX_ENTRIES}")
        return int(value)

    def _call(self, node: ast.Call) -> Expr:
        if not isinstance(node.func, ast.Name):
            raise self._error(node, "only the functions of the claim language can be called", node.func)
        name = node.func.id
        function = F.FUNCTIONS.get(name)
        if function is None:
            raise self._error(node.func, f"unknown function '{name}'", fix=self._suggestion(name, F.FUNCTIONS))
        try:
            return function(*self._arguments(name, node), **self._options(name, node))
        except TypeError:
            raise self._error(node, f"{name} does not take these arguments", fix=_signature(function)) from None

    def _arguments(self, name: str, node: ast.Call) -> list[Any]:
        if name in ("eye", "zeros", "ones"):
            flat = [e for arg in node.args for e in (arg.elts if isinstance(arg, ast.List | ast.Tuple) else [arg])]
            return [self._length(arg) for arg in flat]
        if name in ("stack", "concatenate") and node.args and isinstance(node.args[0], ast.List | ast.Tuple):
            parts = [self._number(part) for part in node.args[0].elts]
            return [parts, *(self._integer(arg) for arg in node.args[1:])]
        if name == "where":
            return [self.visit(arg) for arg in node.args]
        if name in ("sum", "mean", "max", "min") and len(node.args) == 2:
            return [self._number(node.args[0]), self._integer(node.args[1])]
        return [self._number(arg) for arg in node.args]

    def _length(self, node: ast.AST) -> int:
        length = self._integer(node)
        if length < 1:
            raise self._error(node, f"an axis of length {length}", fix="write a positive whole number")
        return length

    def _options(self, name: str, node: ast.Call) -> dict[str, int]:
        for keyword in node.keywords:
            if keyword.arg != "axis" or name not in ("sum", "mean", "max", "min", "stack", "concatenate"):
                raise self._error(node, f"{name} has no option '{keyword.arg}'", fix="the only option is axis=")
        return {str(keyword.arg): self._integer(keyword.value) for keyword in node.keywords}


def _signature(function: Callable[..., Expr]) -> str:
    code = function.__code__
    return f"write {function.__name__}({', '.join(code.co_varnames[: code.co_argcount]) or '...'})"
