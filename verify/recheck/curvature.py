"""Conditions at a point, among them comparisons of the extreme eigenvalues of a matrix."""

from __future__ import annotations

from typing import Any

from verify.errors import Undecidable
from verify.expr.evaluate import Domain
from verify.expr.node import Expr, topological
from verify.logic import EIGENVALUES, EigenvalueBound, Literal, eigenvalue_bound
from verify.recheck.inertia import is_positive_definite, is_positive_semidefinite
from verify.recheck.points import Point

_RELATION = {"lt": "<", "le": "<=", "eq": "==", "ne": "!="}


def holds(point: Point, condition: Expr) -> bool:
    """Return whether a condition is true at a point.

    Raises:
        Undecidable: neither truth nor falsehood is proved.
    """
    if not any(node.op in EIGENVALUES for node in topological(condition)):
        return point.holds(condition)
    if condition.op in ("reshape", "broadcast"):
        return holds(point, condition.args[0])
    if condition.op == "not":
        return not holds(point, condition.args[0])
    if condition.op in ("and", "or"):
        parts = [holds(point, arg) for arg in condition.args]
        return all(parts) if condition.op == "and" else any(parts)
    from verify.expr import build

    bound = eigenvalue_bound(Literal(_RELATION[condition.op], build.sub(*condition.args)))
    if bound is None:
        return point.holds(condition)
    return _compare(point, bound)


def _compare(point: Point, bound: EigenvalueBound) -> bool:
    size = bound.matrix.shape[0]
    domain, values = point.scalars([bound.bound, *(bound.matrix[i, j] for i in range(size) for j in range(size))])
    threshold, flat = values[0], values[1:]
    rows = [flat[i * size : (i + 1) * size] for i in range(size)]
    side = 1 if bound.smallest else -1
    shifted = _shifted(rows, threshold, side, domain)
    above = is_positive_semidefinite(shifted, domain)
    strictly = is_positive_definite(shifted, domain) if above else False
    # ``above``: smallest eigenvalue >= threshold (or largest <= threshold); the relation is mirrored for the largest.
    relation = (
        bound.relation
        if bound.smallest
        else {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(bound.relation, bound.relation)
    )
    answers = {">=": above, ">": strictly, "<": not above, "<=": not strictly, "==": above and not strictly,
               "!=": not (above and not strictly)}  # fmt: skip
    if relation not in answers:
        raise Undecidable(f"a comparison {relation!r}")
    return answers[relation]


def _shifted(rows: list[list[Any]], threshold: Any, side: int, domain: Domain) -> list[list[Any]]:
    from fractions import Fraction

    sign = domain.constant(Fraction(side))
    return [
        [domain.mul(sign, domain.sub(entry, threshold) if i == j else entry) for j, entry in enumerate(row)]
        for i, row in enumerate(rows)
    ]
