"""Faces of a semidefinite program: parts of a basis that vanish in every solution are left out beforehand.

Two ways: exactly, from equations that say that a sum of entries on diagonals is zero (for polynomials that is what the
Newton polytope shows); and from the kernel of a floating-point solution that lies as far inside the cone as possible.
Nothing here is trusted: a basis that is cut too far only loses solutions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq

from numerics.conic import Program
from numerics.provers.symmetry import reduced_rows

LARGEST_DENOMINATOR = 64
"""Entries of a kernel are rounded to fractions with denominators up to this."""

NOISE = 1e-9
"""Relative eigenvalues below this are rounding errors: no gap is looked for among them."""

CERTAINLY_POSITIVE = 3e-3
"""Relative eigenvalues above this are not taken for rounding errors."""

PIVOT = 1e-4
"""Entries of a kernel below this are rounding errors."""

LEAST_GAP = 50.0
"""Least ratio of neighbouring eigenvalues that may separate a kernel from the rest."""


def forced_zeros(program: Program) -> tuple[set[int], list[set[int]]]:
    """Return the weights, and per block the basis elements, that are zero in every solution by signs alone.

    An equation whose target is zero and whose unknowns are weights and diagonal entries with coefficients of one sign
    makes them all zero, and with a diagonal entry its row and column; what is left of other equations may do the same.
    """
    owner = _owners(program)
    rows: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for row, column, value in program.entries:
        if value != 0:
            rows[row].append((column, bool(value > 0)))
    weights: set[int] = set()
    gone: list[set[int]] = [set() for _ in program.blocks]
    open_rows = [row for row in rows if program.target[row] == 0]
    changed = True
    while changed:
        changed, still_open = False, []
        for row in open_rows:
            left = [(owner[c], sign) for c, sign in rows[row] if not _is_gone(owner[c], weights, gone)]
            signs = {sign for _, sign in left}
            if len(signs) > 1 or any(i != j for (_, i, j), _ in left):
                still_open.append(row)
                continue
            for (block, i, _), _ in left:
                changed = True
                (weights if block < 0 else gone[block]).add(i)
        open_rows = still_open
    return weights, gone


def _owners(program: Program) -> list[tuple[int, int, int]]:
    """Return (block, row, column) of each unknown; weights are block -1."""
    out = [(-1, k, k) for k in range(program.weights)]
    for number, size in enumerate(program.blocks):
        out += [(number, i, j) for j in range(size) for i in range(j + 1)]
    return out


def _is_gone(owner: tuple[int, int, int], weights: set[int], gone: Sequence[set[int]]) -> bool:
    block, i, j = owner
    return i in weights if block < 0 else i in gone[block] or j in gone[block]


def without(program: Program, weights: set[int], gone: Sequence[set[int]]) -> Program:
    """Return the program in the weights and basis elements that are left."""
    column, new = 0, {}
    for number, (block, i, j) in enumerate(_owners(program)):
        if not _is_gone((block, i, j), weights, gone):
            new[number] = column
            column += 1
    sizes = tuple(size - len(cut) for size, cut in zip(program.blocks, gone, strict=True) if size > len(cut))
    kept = [(row, new[place], value) for row, place, value in program.entries if place in new]
    used = {row: k for k, row in enumerate(sorted({row for row, _, _ in kept} | _nonzero(program.target)))}
    entries = [(used[row], place, value) for row, place, value in kept]
    return Program(program.weights - len(weights), sizes, entries, [program.target[row] for row in used])


def _nonzero(target: Sequence[fmpq]) -> set[int]:
    return {row for row, value in enumerate(target) if value != 0}


def kernel_of(gram: Any, threshold: float) -> Any:
    """Return rows that span the directions in which a positive semidefinite matrix is taken to vanish.

    Directions below the relative ``threshold`` belong to it, and, where the eigenvalues fall off a cliff somewhat above
    that, all below the cliff.
    """
    values, vectors = np.linalg.eigh(gram)
    scale = max(float(values[-1]), 1e-3)
    relative = np.maximum(values / scale, NOISE)
    cut = threshold
    ratios = relative[1:] / relative[:-1]
    cliffs = [k for k in range(len(ratios)) if ratios[k] > LEAST_GAP and relative[k] < CERTAINLY_POSITIVE]
    if cliffs:
        highest = max(cliffs, key=lambda k: float(ratios[k]))
        cut = max(cut, float(np.sqrt(relative[highest] * relative[highest + 1])))
    return vectors[:, values < cut * scale].T


def orthogonal_combinations(kernel: Any) -> list[dict[int, fmpq]]:
    """Return combinations {place: coefficient} that span what is orthogonal to the (rationalised) kernel."""
    rows = _rational_rows(kernel)
    pivots = [next(j for j, value in enumerate(row) if value != 0) for row in rows]
    size = np.shape(kernel)[1]
    out = []
    for j in (j for j in range(size) if j not in pivots):
        combination = {j: fmpq(1)}  # coefficients c with kernel . c = 0
        for row, pivot in zip(rows, pivots, strict=True):
            if row[j] != 0:
                combination[pivot] = -row[j]
        out.append(combination)
    return out


def _rational_rows(kernel: Any) -> list[list[fmpq]]:
    out = []
    for row in reduced_rows(np.array(kernel), PIVOT):
        rationals = [Fraction(float(value)).limit_denominator(LARGEST_DENOMINATOR) for value in row]
        out.append([fmpq(r.numerator, r.denominator) for r in rationals])
    return out
