"""Assumptions of networks on a table: a second solution, equivariance, a spare unit, a Jacobian of full row rank."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from flint import arb_mat

from theorems.seed import _hypotheses as common
from theorems.seed import _sparse_mask_check as sparse
from theorems.seed._ball_texts import ball
from theorems.seed._hypotheses_linear import radius, row
from theorems.seed._sparse_mask_instance import Instance
from verify.theorem import Run
from verify.verdict import Assumption

EQUIVARIANT = ("ridge", "minimum norm", "gradient descent")
"""Procedures that commute with rotations of the inputs (descent from 0 or a rotation-invariant start)."""

MAX_ROWS = 60
"""Largest Jacobian that is decided, in rows."""

WEIGHT_UNIT = 2**10


def second_solution(run: Run, instance: Instance) -> list[Assumption]:
    """H9: no symmetric copy of the teacher and no other stationary point lies in the domain."""
    model = run.text("model")
    if model == "product":
        return [_product(run, instance)]
    if model == "units":
        return [_units(run, instance)]
    gram = instance.moments.gram
    p, rank = instance.moments.size, gram.rank()
    change = "" if rank == p else f"{p - rank} columns fewer{_rows_for(run, instance)}"
    return [
        row(
            "H9",
            "no second solution: the columns are independent",
            Fraction(rank),
            "==",
            Fraction(p),
            note=f"rank {rank} of {p} columns",
            change=change,
        )
    ]


def _rows_for(run: Run, instance: Instance) -> str:
    """Say from how many rows on the same columns are independent: the rank grows with rows, so bisection finds it."""
    from flint import fmpz_mat

    data = common.data_of(run)
    columns = [data.column(name).integers for name in instance.moments.names]

    def full(n: int) -> bool:
        rows = [[*(column[i] for column in columns), 1] for i in range(n)]
        return bool(fmpz_mat(n, len(columns) + 1, [v for line in rows for v in line]).rank() == len(columns) + 1)

    low, high = instance.moments.rows, data.rows
    if not full(high):
        return f"; even all {high} rows do not make these columns independent"
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if full(middle) else (middle, high)
    return f", or the first n = {high} rows (not n = {high - 1})"


def _product(run: Run, instance: Instance) -> Assumption:
    """The origin (stationary by lemma 0) has squared distance sum (a*^2 + w*^2) = 2 |u*|_1 to the balanced teacher."""
    total = sum(map(abs, instance.teacher), Fraction(0))
    rho = radius(run, instance)
    note = (
        "the origin is stationary (lemma 0), and changing the sign of a pair gives a copy at squared distance 8 |u_j|"
    )
    smallest = min((abs(u) for u in instance.teacher if u), default=Fraction(0))
    distance = min(2 * total, 8 * smallest) if smallest else 2 * total
    return row(
        "H9",
        "no second solution: the squared distance to the nearest copy or to the origin exceeds rho^2",
        distance,
        ">",
        rho**2,
        note=note,
        change=f"a domain around it: rho^2 < {sparse.text(distance)}",
    )


def _units(run: Run, instance: Instance) -> Assumption:
    """Two units of the reference network, (u*, 0): exchanging them moves the weights by 2 |u*|^2 squared."""
    square = 2 * sum((u * u for u in instance.teacher), Fraction(0))
    rho = radius(run, instance)
    units = run.integer("units")
    if units < 2:
        return row("H9", "no second solution: one unit has no exchanged copy", Fraction(0), "==", Fraction(0))
    note = f"{units} units: the teacher u* on one of them, 0 on the others; exchanged, it fits as well"
    return row(
        "H9",
        "no second solution: the squared distance to the exchanged teacher exceeds rho^2",
        square,
        ">",
        rho**2,
        note=note,
        change=f"a domain around it: rho^2 < {sparse.text(square)}, or one unit",
    )


def equivariant(run: Run, instance: Instance) -> list[Assumption]:
    """H10, by declaration: the baseline is on the list of orthogonally equivariant procedures."""
    chosen = run.text("baseline")
    holds = chosen in EQUIVARIANT
    note = "declared; on a fixed table the bound is |(I - P_X) u*|^2, random inputs have to be rotation-invariant"
    change = "" if holds else f"'{chosen}' sees coordinates; the lower bound covers {', '.join(EQUIVARIANT)}"
    return [
        Assumption(
            "H10",
            f"the baseline '{chosen}' is orthogonally equivariant",
            holds,
            chosen,
            "in",
            ", ".join(EQUIVARIANT),
            "-",
            "declared",
            note,
            change,
        )
    ]


def spare_unit(run: Run, instance: Instance) -> list[Assumption]:
    """H11: more units than inputs, so that rank(W) < m for all weights."""
    p, units = instance.moments.size, run.integer("units")
    return [row("H11", "a spare unit: m > p", Fraction(units), ">", Fraction(p), change=f"--set units={p + 1}")]


def full_rank(run: Run, instance: Instance) -> list[Assumption]:
    """H12: the Jacobian of sum_i v_i tanh(<w_i, a*x>) by v, W and a at drawn weights has full row rank, in balls.

    sigma_min^2 > s is shown by a Cholesky factorisation of J J^T - s I in balls.
    """
    n, p, units = instance.moments.rows, instance.moments.size, run.integer("units")
    width = units * (p + 1) + p
    statement = "the Jacobian at drawn weights has full row rank: sigma_min(J)^2 > 0"
    if n > MAX_ROWS:
        change = f"--set n={min(MAX_ROWS, n)} or fewer rows; n rows need at least n = {width} parameters"
        return [
            Assumption(
                "H12",
                statement,
                None,
                "unknown",
                ">",
                "0",
                "unknown",
                "ball",
                f"{n} rows are more than the {MAX_ROWS} that are decided",
                change,
            )
        ]
    needed = -(-(n - p) // (p + 1))
    if width < n:
        return [
            row(
                "H12",
                statement,
                Fraction(0),
                ">",
                Fraction(0),
                note=f"{width} parameters for {n} rows: rank < n",
                change=f"at least {max(1, needed)} units (--set units=...), or n <= {width}",
            )
        ]
    square = jacobian_square(run, instance)
    estimate = least_eigenvalue(square)
    for share in (Fraction(9, 10), Fraction(1, 2), Fraction(1, 100)):
        level = Fraction(estimate).limit_denominator(10**12) * share
        if level > 0 and positive_definite(square, level):
            note = f"{units} units, {width} parameters, weights drawn with seed {run.seed}; theorem G applies"
            found = row("H12", statement, level, ">", Fraction(0), note=note, change=f"it needs n <= {width} rows")
            return [Assumption(**{**vars(found), "level": "ball"})]
    return [
        Assumption(
            "H12",
            statement,
            None,
            f"{estimate:.3g}",
            ">",
            "0",
            "unknown",
            "float",
            "the balls do not show it",
            f"more units than {units}, or fewer rows than {n}",
        )
    ]


def jacobian_square(run: Run, instance: Instance) -> Any:
    """Return J J^T as a matrix of balls, (n, n), weights drawn from the seed."""
    rng = random.Random(run.seed)
    p, units = instance.moments.size, run.integer("units")

    def draw() -> Any:
        return ball(Fraction(round(rng.gauss(0, 1) * WEIGHT_UNIT), WEIGHT_UNIT))

    mask = [ball(a) for a in common.mask_of(run, instance)]
    weights = [[draw() / ball(p).sqrt() for _ in range(p)] for _ in range(units)]
    output = [draw() for _ in range(units)]
    rows = []
    for line in common.table_of(run, instance):
        x = [ball(v) for v in line]
        before = [sum((w * a * v for w, a, v in zip(unit, mask, x, strict=True)), ball(0)) for unit in weights]
        hidden = [t.tanh() for t in before]
        slopes = [v * (1 - h**2) for v, h in zip(output, hidden, strict=True)]
        first = [s * a * v for s in slopes for a, v in zip(mask, x, strict=True)]
        of_mask = [
            x[j] * sum((s * unit[j] for s, unit in zip(slopes, weights, strict=True)), ball(0)) for j in range(p)
        ]
        rows.append([*hidden, *first, *of_mask])
    jacobian = arb_mat(rows)
    return jacobian * jacobian.transpose()


def least_eigenvalue(square: Any) -> float:
    """Return the least eigenvalue in floating point, at least 0."""
    import numpy as np

    table = np.array([[float(entry.mid()) for entry in line] for line in square.tolist()])
    return max(0.0, float(np.linalg.eigvalsh(table)[0]))


def positive_definite(square: Any, level: Fraction) -> bool:
    """Whether a symmetric matrix of balls minus level I certainly is positive definite: all pivots are positive."""
    size = square.nrows()
    work = [[square[i, j] - (ball(level) if i == j else 0) for j in range(size)] for i in range(size)]
    for k in range(size):
        if not work[k][k] > 0:
            return False
        for i in range(k + 1, size):
            factor = work[i][k] / work[k][k]
            for j in range(k + 1, size):
                work[i][j] = work[i][j] - factor * work[k][j]
    return True
