"""The cells into which the rows of X divide the space, and the conic certificates on each of them.

A depth-first search gives the rows signs one after the other. Where a linear program finds no direction with the signs
so far, the reason is a nonnegative combination of the signed rows that is zero; it is made exact by solving for it over
the rationals on its support.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.errors import InvalidInput

if TYPE_CHECKING:
    import numpy as np

Rows = Sequence[Sequence[Fraction]]
Tree = tuple[Any, ...]
"""("split", left, right), ("empty", weights) or ("cell", signs)."""

MAX_CELLS = 4000
SUPPORT = 1e-9
"""Weights below this are taken for zero."""

WEIGHT_UNIT = 2**40
"""Denominator to which the weights of a cell are rounded."""


def active(rows: Rows) -> list[Sequence[Fraction]]:
    """Return the rows that are not zero."""
    return [row for row in rows if any(row)]


def cells(rows: Rows, *, check: Callable[[], None] = lambda: None) -> Tree:
    """Return the tree of all cells.

    Raises:
        InvalidInput: more cells than can be handled.
    """
    import numpy as np

    kept = active(rows)
    floats = np.array([[float(v) for v in row] for row in kept]) if kept else np.zeros((0, 1))
    count = [0]

    def grown(signs: tuple[int, ...]) -> Tree:
        check()
        if signs and not _open(floats[: len(signs)] * np.array(signs)[:, None]):
            weights = _cancelling(kept, signs)
            if weights is not None:
                return ("empty", weights)
        if len(signs) == len(kept):
            count[0] += 1
            if count[0] > MAX_CELLS:
                raise InvalidInput(f"the rows divide the space into more than {MAX_CELLS} cells", fix="use fewer rows")
            return ("cell", signs)
        return ("split", grown((*signs, 1)), grown((*signs, -1)))

    return grown(())


def _open(signed: np.ndarray) -> bool:
    """Whether some u has <row, u> >= 1 for all rows."""
    import numpy as np
    from scipy.optimize import linprog

    result = linprog(
        np.zeros(signed.shape[1]), A_ub=-signed, b_ub=-np.ones(len(signed)), bounds=[(None, None)] * signed.shape[1],
        method="highs",
    )  # fmt: skip
    return bool(result.status == 0)


def _cancelling(rows: Rows, signs: Sequence[int]) -> list[Fraction] | None:
    """Return exact weights w >= 0, not all 0, with sum w_i s_i x_i = 0; None where rounding hides them."""
    import numpy as np
    from flint import fmpq, fmpq_mat
    from scipy.optimize import linprog

    signed = [[sign * v for v in row] for sign, row in zip(signs, rows, strict=False)]
    table = np.array([[float(v) for v in row] for row in signed]).T
    scale = np.maximum(np.abs(table).max(axis=0), 1e-300)
    result = linprog(
        np.zeros(len(signed)), A_eq=np.vstack([table / scale, np.ones(len(signed))]),
        b_eq=[*[0.0] * len(table), 1.0], bounds=[(0, None)] * len(signed), method="highs-ds",
    )  # fmt: skip
    if result.status != 0:
        return None
    places = [i for i, value in enumerate(result.x) if value > SUPPORT]
    entries = [fmpq(signed[i][k].numerator, signed[i][k].denominator) for k in range(len(table)) for i in places]
    integers, _ = fmpq_mat(len(table), len(places), entries).numer_denom()
    basis, nullity = integers.nullspace()
    if nullity != 1:
        return None
    vector = [Fraction(int(basis[i, 0])) for i in range(len(places))]
    if sum(vector) < 0:
        vector = [-v for v in vector]
    if min(vector) < 0:
        return None
    largest = max(vector)
    weights = [Fraction(0)] * len(signed)
    for place, value in zip(places, vector, strict=True):
        weights[place] = value / largest
    return weights


def leaves(tree: Tree) -> list[tuple[int, ...]]:
    """Return the signs of all cells."""
    if tree[0] == "split":
        return leaves(tree[1]) + leaves(tree[2])
    return [tree[1]] if tree[0] == "cell" else []


def constraints(tree: Tree, inputs: np.ndarray, vector: Any, level: float) -> list[Any]:
    """Return the convex constraints |g + sum w_i s_i x_i| <= level of all cells, for v and -v."""
    import numpy as np

    from numerics.global_optima import solver

    cvxpy = solver()

    places = [i for i, row in enumerate(inputs) if row.any()]
    rows = inputs[places]
    out = []
    for signs in leaves(tree):
        signed = rows * np.array(signs, dtype=float)[:, None] if len(rows) else rows
        on = np.array([1.0 if sign > 0 else 0.0 for sign in signs])
        for factor in (1.0, -1.0):
            weights = cvxpy.Variable(len(rows), nonneg=True)
            slope = rows.T @ cvxpy.multiply(factor * on, vector[places])
            out.append(cvxpy.norm(slope + signed.T @ weights, 2) <= level)
    return out


def tree_of(tree: Tree, rows: Rows, dual: Sequence[Fraction], level: Fraction) -> list[Any]:
    """Return the tree as a certificate holds it, with weights for every cell found by least squares."""
    if tree[0] == "split":
        return ["split", tree_of(tree[1], rows, dual, level), tree_of(tree[2], rows, dual, level)]
    if tree[0] == "empty":
        return ["empty", [str(w) for w in tree[1]]]
    kept = [(row, v) for row, v in zip(rows, dual, strict=True) if any(row)]
    return ["cell", *(_cell_weights(kept, tree[1], factor) for factor in (1, -1))]


def _cell_weights(kept: Sequence[tuple[Sequence[Fraction], Fraction]], signs: Sequence[int], factor: int) -> list[str]:
    """Return w >= 0 that makes |g + sum w_i s_i x_i| least."""
    import numpy as np
    from scipy.optimize import nnls

    if not kept:
        return []
    rows = np.array([[float(v) for v in row] for row, _ in kept])
    weights = factor * np.array([float(v) for _, v in kept])
    signed = np.array(signs, dtype=float)
    slope = rows.T @ (weights * (signed > 0))
    found, _ = nnls((rows * signed[:, None]).T, -slope)
    return [str(Fraction(round(value * WEIGHT_UNIT), WEIGHT_UNIT)) for value in found.tolist()]
