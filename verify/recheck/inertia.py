"""Signs of symmetric matrices by elimination, over any domain whose signs are proved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from verify.errors import Undecidable
from verify.expr.evaluate import Domain

Rows = Sequence[Sequence[Any]]


def is_positive_definite(rows: Rows, domain: Domain) -> bool:
    """Return whether every pivot of the symmetric matrix is proved positive."""
    work = [list(row) for row in rows]
    for k in range(len(work)):
        if domain.sign(work[k][k]) <= 0:
            return False
        _eliminate(work, k, range(k + 1, len(work)), domain)
    return True


def is_positive_semidefinite(rows: Rows, domain: Domain) -> bool:
    """Return whether the symmetric matrix is proved positive semidefinite (zero pivots need zero rows)."""
    work = [list(row) for row in rows]
    remaining = list(range(len(work)))
    while remaining:
        signs = {k: domain.sign(work[k][k]) for k in remaining}
        if any(sign < 0 for sign in signs.values()):
            return False
        pivot = next((k for k in remaining if signs[k] > 0), None)
        if pivot is None:
            return all(domain.sign(work[i][j]) == 0 for i in remaining for j in remaining)
        remaining.remove(pivot)
        _eliminate(work, pivot, remaining, domain)
    return True


def _eliminate(work: list[list[Any]], pivot: int, others: Any, domain: Domain) -> None:
    for i in others:
        factor = domain.div(work[i][pivot], work[pivot][pivot])
        for j in others:
            work[i][j] = domain.sub(work[i][j], domain.mul(factor, work[pivot][j]))


def determinant_sign(rows: Rows, domain: Domain) -> int:
    """Return the sign of the determinant (by expansion: small matrices only)."""
    return domain.sign(_determinant([list(row) for row in rows], domain))


def _determinant(rows: list[list[Any]], domain: Domain) -> Any:
    if len(rows) > 6:
        raise Undecidable("the determinant is too large")
    if len(rows) == 1:
        return rows[0][0]
    terms = []
    for j, entry in enumerate(rows[0]):
        minor = _determinant([row[:j] + row[j + 1 :] for row in rows[1:]], domain)
        term = domain.mul(entry, minor)
        terms.append(term if j % 2 == 0 else domain.sub(domain.sub(term, term), term))
    return domain.sum(terms)
