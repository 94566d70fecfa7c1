"""Directions that refute a restricted eigenvalue: X d = 0 inside the cone |d off S|_1 <= 3 |d_S|_1.

For every sign pattern on S a linear program makes |d off S|_1 small; its solution is rounded inside the exact kernel,
so that X d = 0 holds exactly, and the cone is checked exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

CONE = 3
"""The factor of the cone."""

MAX_PATTERNS = 64
"""Most sign patterns of d_S that are tried."""

ROUNDING = 2**20
"""Denominator to which coordinates in the kernel are rounded."""


def null_direction(
    gram: Any, support: Sequence[int], *, check: Callable[[], None] = lambda: None
) -> list[Fraction] | None:
    """Return a direction of the cone on which the Gram matrix vanishes exactly, None if none was found.

    Args:
        gram: G, an exact ``fmpq_mat``, p x p.
        support: S.
        check: called before each program; raises to stop.
    """
    import numpy as np

    basis = kernel(gram)
    if not basis or not support:
        return None
    table = np.array([[float(entry) for entry in vector] for vector in basis]).T
    orthonormal, upper = np.linalg.qr(table)
    for signs in _patterns(len(support)):
        check()
        found = _program(orthonormal, list(support), np.array(signs))
        if found is not None:
            direction = _rounded(basis, np.linalg.solve(upper, found))
            if in_cone(direction, support):
                return direction
    return None


def kernel(gram: Any) -> list[list[Fraction]]:
    """Return a basis of the exact kernel, each vector scaled by a power of 2 to a largest entry between 1/2 and 1."""
    integers, _ = gram.numer_denom()
    table, nullity = integers.nullspace()
    vectors = [[Fraction(int(table[i, j])) for i in range(gram.nrows())] for j in range(nullity)]
    return [[value / 2 ** max(int(v).bit_length() for v in vector) for value in vector] for vector in vectors]


def in_cone(direction: Sequence[Fraction], support: Sequence[int]) -> bool:
    """Whether a direction is in the cone and not zero on S."""
    inside = sum((abs(direction[j]) for j in support), Fraction(0))
    return inside > 0 and sum(map(abs, direction), Fraction(0)) - inside <= CONE * inside


def _patterns(k: int) -> Iterator[tuple[int, ...]]:
    """Sign patterns up to a common sign."""
    for number, rest in enumerate(product((1, -1), repeat=min(k - 1, 30))):
        if number >= MAX_PATTERNS:
            return
        yield (1, *rest, *[1] * max(0, k - 1 - 30))


def _program(basis: np.ndarray, support: list[int], signs: np.ndarray) -> np.ndarray | None:
    """Minimise |d off S|_1 with d = basis z, signs * d_S >= 0, their sum 1; return z where the minimum is below 3."""
    import numpy as np
    from scipy.optimize import linprog

    p, size = basis.shape
    outside = [j for j in range(p) if j not in set(support)]
    rest, identity = basis[outside], np.eye(len(outside))
    signed = signs[:, None] * basis[support]
    result = linprog(
        np.concatenate([np.zeros(size), np.ones(len(outside))]),
        A_ub=np.block([
            [rest, -identity], [-rest, -identity], [-signed, np.zeros((len(support), len(outside)))],
        ]),
        b_ub=np.zeros(2 * len(outside) + len(support)),
        A_eq=np.concatenate([signed.sum(axis=0), np.zeros(len(outside))])[None, :],
        b_eq=[1.0],
        bounds=[(None, None)] * size + [(0, None)] * len(outside),
        method="highs",
    )  # fmt: skip
    return result.x[:size] if result.success and result.fun < CONE else None


def _rounded(basis: list[list[Fraction]], coordinates: np.ndarray) -> list[Fraction]:
    weights = [Fraction(round(float(z) * ROUNDING), ROUNDING) for z in coordinates]
    return [
        sum((w * vector[j] for w, vector in zip(weights, basis, strict=True)), Fraction(0))
        for j in range(len(basis[0]))
    ]
