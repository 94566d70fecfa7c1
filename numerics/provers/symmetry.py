"""Affine symmetries of an objective: vector fields v(x) = A x + b with v . gradient = 0 identically."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from numerics.budget import Budget
from numerics.search import Array, landscape
from verify.certificate import encode_terms
from verify.claim import Claim

MAX_SIZE = 14
"""Most parameters for which affine symmetries are searched."""

RELATIVE_ZERO = 1e-9


@dataclass(frozen=True)
class AffineField:
    """v(x) = A x + b; ``data`` is the certificate form, one polynomial per parameter entry."""

    matrix: tuple[tuple[Fraction, ...], ...]
    offset: tuple[Fraction, ...]
    names: tuple[str, ...]

    def at(self, x: Array) -> Array:
        """Return the field at a point."""
        return np.array([[float(a) for a in row] for row in self.matrix]) @ x + np.array(
            [float(b) for b in self.offset]
        )

    @property
    def data(self) -> list[Any]:
        """The components as ring-free polynomials, encoded."""
        out = []
        for row, constant in zip(self.matrix, self.offset, strict=True):
            terms: list[Any] = [(a, ((name, 1),)) for a, name in zip(row, self.names, strict=True) if a]
            if constant:
                terms.append((constant, ()))
            out.append(encode_terms(tuple(terms)))
        return out


def symmetries(claim: Claim, seed: int, budget: Budget) -> list[AffineField]:
    """Return a basis, in simple numbers, of the affine symmetries that floating point suggests."""
    del budget
    return list(_symmetries(claim.sha256, seed, _Held(claim)))


@dataclass(frozen=True)
class _Held:
    """A claim that does not take part in cache keys (its hash does)."""

    claim: Claim

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)


@lru_cache(maxsize=32)
def _symmetries(key: str, seed: int, held: _Held) -> tuple[AffineField, ...]:
    claim = held.claim
    names = tuple(claim.entry_names)
    size = len(names)
    if size > MAX_SIZE:
        return ()
    land = landscape(claim)
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((3 * (size * size + size), size))
    slopes = land.gradient(points)
    good = np.isfinite(slopes).all(axis=1)
    points, slopes = points[good], slopes[good]
    if len(points) < size * size + size:
        return ()
    # One linear condition on (A, b) per point: g^T A x + g^T b = 0.
    system = np.hstack([np.einsum("bi,bj->bij", slopes, points).reshape(len(points), -1), slopes])
    system /= np.maximum(np.linalg.norm(system, axis=1, keepdims=True), 1e-300)
    _, singular, right = np.linalg.svd(system)
    rank = int((singular > RELATIVE_ZERO * singular[0]).sum())
    found = []
    for row in reduced_rows(right[rank:]):
        rationals = [Fraction(float(value)).limit_denominator(1000) for value in row]
        matrix = tuple(tuple(rationals[i * size : (i + 1) * size]) for i in range(size))
        found.append(AffineField(matrix, tuple(rationals[size * size :]), names))
    return tuple(found)


def reduced_rows(rows: Array, tolerance: float = 1e-7) -> Array:
    """Return the reduced row echelon form, whose entries tend to be simple numbers; below ``tolerance`` is zero."""
    work = rows.copy()
    lead = 0
    for r in range(len(work)):
        while lead < work.shape[1]:
            pivot = r + int(np.abs(work[r:, lead]).argmax())
            if abs(work[pivot, lead]) > tolerance:
                break
            lead += 1
        if lead >= work.shape[1]:
            return work[:r]
        work[[r, pivot]] = work[[pivot, r]]
        work[r] /= work[r, lead]
        for other in range(len(work)):
            if other != r:
                work[other] -= work[other, lead] * work[r]
        lead += 1
    return work
