"""Lower bounds of training losses by convex duality: CVXPY finds a dual vector, rational scaling makes it feasible.

The dual of every model is a projection: minimise |v - y|^2 over the dual feasible v (:mod:`verify.recheck.optimum`
says which those are and why they bound the loss). The solution in floating point is rounded to dyadic numbers and
shrunk until the exact test passes; the bound <v, y> - |v|^2/2 of what is left is exact, and loses little.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from typing import TYPE_CHECKING, Any

from verify.errors import Rejected
from verify.recheck.optimum import FEASIBLE, Instance, Matrix, bound

if TYPE_CHECKING:
    import numpy as np

MODELS = ("mask", "matrix-mask", "linear-attention", "quadratic", "relu")

UNIT = 2**44
"""Denominator to which dual numbers and points are rounded."""

SHRINKS = (0, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-3, 1e-1)
"""How much a dual vector is shrunk, tried in turn, until it is exactly feasible."""

TOLERANCES = {"tol_gap_abs": 1e-13, "tol_gap_rel": 1e-13, "tol_feas": 1e-13}
"""What the solver is asked for; where it stops short of it, its last point is used."""


@dataclass(frozen=True)
class Dual:
    """An exactly feasible dual vector with its bound, and what else the checker needs."""

    vector: list[Matrix]
    bound: Fraction
    evidence: dict[str, Any]


def dual_bound(instance: Instance, *, check: Callable[[], None] = lambda: None) -> Dual | None:
    """Return a certified lower bound of the loss over all parameters; None where no feasible vector was found.

    Args:
        instance: its point and gap are not used.
        check: called between steps; raises to stop.
    """
    tree: Any = None
    if instance.model == "relu":
        from numerics.global_optima_cells import cells

        tree = cells(instance.inputs[0], check=check)
    values = _projected(instance, tree)
    if values is None:
        return None
    check()
    for shrink in SHRINKS:
        vector = [[[_dyadic(v * (1 - shrink)) for v in row] for row in matrix] for matrix in values]
        evidence = _evidence(instance, vector, tree)
        check()
        try:
            FEASIBLE[instance.model](instance, vector, evidence)
        except Rejected:
            continue
        return Dual(vector, bound(instance, vector), evidence)
    return None


def solver() -> Any:
    """Return CVXPY, whose functions its type hints do not name."""
    return import_module("cvxpy")


def _dyadic(value: float) -> Fraction:
    return Fraction(round(float(value) * UNIT), UNIT)


def _evidence(instance: Instance, vector: list[Matrix], tree: Any) -> dict[str, Any]:
    if instance.model != "relu":
        return {}
    from numerics.global_optima_cells import tree_of

    return {"cells": tree_of(tree, instance.inputs[0], [row[0] for row in vector[0]], instance.penalty)}


def _projected(instance: Instance, tree: Any) -> list[list[list[float]]] | None:
    """Return the dual feasible vector closest to the targets, in floating point."""
    import numpy as np

    cvxpy = solver()

    targets = [_floats(matrix) for matrix in instance.targets]
    vectors = [cvxpy.Variable(target.shape) for target in targets]
    distance = sum(cvxpy.sum_squares(v - target) for v, target in zip(vectors, targets, strict=True))
    problem = cvxpy.Problem(cvxpy.Minimize(distance), _constraints(instance, vectors, tree))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Solution may be inaccurate")  # exact tests decide how good it is
            problem.solve(solver=cvxpy.CLARABEL, **TOLERANCES)
    except cvxpy.SolverError:
        return None
    if any(v.value is None for v in vectors):
        return None
    return [np.asarray(v.value).tolist() for v in vectors]


def _floats(matrix: Matrix) -> np.ndarray:
    import numpy as np

    return np.array([[float(v) for v in row] for row in matrix])


def _constraints(instance: Instance, vectors: Sequence[Any], tree: Any) -> list[Any]:
    cvxpy = solver()

    level = float(instance.penalty)
    inputs = [_floats(matrix) for matrix in instance.inputs]
    if instance.model in ("mask", "matrix-mask"):
        return [cvxpy.norm(inputs[0].T @ vectors[0], 2, axis=1) <= level]
    if instance.model == "linear-attention":
        return [cvxpy.sigma_max(sum(_form(x, v) for x, v in zip(inputs, vectors, strict=True))) <= level]
    if instance.model == "quadratic":
        weighted = sum(vectors[0][i, 0] * _outer(row) for i, row in enumerate(inputs[0]))
        return [cvxpy.lambda_max(weighted) <= level / 2]
    from numerics.global_optima_cells import constraints

    return constraints(tree, inputs[0], vectors[0][:, 0], level)


def _outer(row: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.outer(row, row)


def _form(x: np.ndarray, v: Any) -> Any:
    """Return the matrix M with <V, X A G B> = <vec A, M vec B>, as an expression in V (rows (a,b), columns (e,c))."""
    cvxpy = solver()

    cross, gram = x.T @ v, x.T @ x
    width = x.shape[1]
    rows = [cvxpy.hstack([gram[b, e] * cross[a, :] for e in range(width)]) for a in range(width) for b in range(width)]
    return cvxpy.vstack(rows)
