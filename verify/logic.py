"""Conditions as cases: the disjunctive normal form of a formula, and what makes an expression defined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from verify.errors import InvalidInput
from verify.expr import build
from verify.expr.node import Expr, topological

MAX_CASES = 512
"""Largest number of cases of one formula."""

EIGENVALUES = ("min_eig", "max_eig")


@dataclass(frozen=True)
class Literal:
    """``value relation 0`` for a scalar expression; relation is one of ``<  <=  ==  !=``."""

    relation: str
    value: Expr

    @property
    def negation(self) -> Literal:
        """The literal that holds exactly where this one fails (and its value is defined)."""
        if self.relation in ("==", "!="):
            return Literal("!=" if self.relation == "==" else "==", self.value)
        return Literal("<=" if self.relation == "<" else "<", build.neg(self.value))


Case = tuple[Literal, ...]
"""A conjunction of literals."""

_RELATION = {"lt": "<", "le": "<=", "eq": "==", "ne": "!="}


def cases(condition: Expr, *, negate: bool = False) -> list[Case]:
    """Return the disjunctive normal form of a scalar condition or of its negation.

    Raises:
        InvalidInput: more than :data:`MAX_CASES` cases.
    """
    if condition.op in _RELATION:
        literal = Literal(_RELATION[condition.op], build.sub(*condition.args))
        literal = literal.negation if negate else literal
        if literal.relation == "!=" and any(node.op in EIGENVALUES for node in topological(literal.value)):
            return [(Literal("<", literal.value),), (Literal("<", build.neg(literal.value)),)]
        return [(literal,)]
    if condition.op == "not":
        return cases(condition.args[0], negate=not negate)
    if condition.op in ("reshape", "broadcast"):
        return cases(condition.args[0], negate=negate)
    parts = [cases(arg, negate=negate) for arg in condition.args]
    if (condition.op == "or") != negate:
        return _limited([case for part in parts for case in part])
    return conjoin(parts)


def conjoin(parts: Sequence[Sequence[Case]]) -> list[Case]:
    """Return the cases of the conjunction of several disjunctions."""
    count = 1
    for part in parts:
        count *= max(len(part), 1)
    if count > MAX_CASES:
        raise InvalidInput(f"the condition splits into {count} cases", fix=f"use at most {MAX_CASES}")
    return [tuple(literal for case in choice for literal in case) for choice in product(*parts)]


def _limited(found: list[Case]) -> list[Case]:
    if len(found) > MAX_CASES:
        raise InvalidInput(f"the condition splits into {len(found)} cases", fix=f"use at most {MAX_CASES}")
    return found


def undefined_cases(condition: Expr) -> list[Case]:
    """Return cases that together cover every point at which the condition is undefined.

    A division is undefined where its denominator is zero, a logarithm where its argument is not positive, a square
    root where its argument is negative.
    """
    found: list[Case] = []
    for node in topological(condition):
        if node.op == "div":
            found += [(Literal("==", entry),) for entry in _entries(node.args[1])]
        elif node.op == "log":
            found += [(Literal("<=", entry),) for entry in _entries(node.args[0])]
        elif node.op == "sqrt":
            found += [(Literal("<", entry),) for entry in _entries(node.args[0])]
    return _limited(list(dict.fromkeys(found)))


def _entries(a: Expr) -> list[Expr]:
    if a.op == "broadcast":
        a = a.args[0]
    return [build.gather(a, [place], ()) for place in range(a.size)]


@dataclass(frozen=True)
class EigenvalueBound:
    """``matrix``'s smallest or largest eigenvalue compared with a scalar: ``eigenvalue relation bound``."""

    smallest: bool
    matrix: Expr
    relation: str
    bound: Expr


def eigenvalue_bound(literal: Literal) -> EigenvalueBound | None:
    """Return a literal about one extreme eigenvalue in solved form; None if it mentions none.

    Raises:
        InvalidInput: the eigenvalue does not enter linearly with a constant factor, or there are several.
    """
    coefficients: dict[Expr, Fraction] = {}
    rest = _split_linear(literal.value, Fraction(1), coefficients)
    coefficients = {node: factor for node, factor in coefficients.items() if factor}
    if not coefficients:
        return None
    if len(coefficients) > 1:
        raise InvalidInput("several curvatures in one comparison", fix="compare each with a number")
    ((node, factor),) = coefficients.items()
    relation = literal.relation
    if factor < 0:
        relation = {"<": ">", "<=": ">="}.get(relation, relation)
    bound = build.mul(build.number(-1 / factor), rest)
    return EigenvalueBound(node.op == "min_eig", node.args[0], relation, bound)


def _split_linear(a: Expr, factor: Fraction, found: dict[Expr, Fraction]) -> Expr:
    """Collect eigenvalues with their constant factors; return what is left, times ``factor``."""
    if a.op in EIGENVALUES:
        found[a] = found.get(a, Fraction(0)) + factor
        return build.number(0)
    if not any(node.op in EIGENVALUES for node in topological(a)):
        return build.mul(build.number(factor), a)
    if a.op == "add":
        return build.add(*(_split_linear(arg, factor, found) for arg in a.args))
    if a.op == "mul" and (value := build.uniform_value(a.args[0])) is not None:
        return _split_linear(a.args[1], factor * value, found)
    raise InvalidInput("a curvature stands inside a nonlinear expression", fix="compare it with a number")
