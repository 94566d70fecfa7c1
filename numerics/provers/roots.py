"""Closes a branch whose equations have finitely many solutions: each real one violates a constraint by a margin."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from flint import fmpq, fmpq_poly

from numerics.budget import Budget
from numerics.ideals import Basis, express, minimal_polynomial
from numerics.provers.encode import Tree, cofactor_data, poly_data
from verify.algebra.ring import Poly
from verify.branch import Branch
from verify.expr.ball import as_ball, precision
from verify.recheck.emptiness import ROOT_PRECISION, compose
from verify.recheck.roots import horner, real_roots

MAX_DEGREE = 60


def roots_leaf(branch: Branch, basis: Basis, budget: Budget, survivors: list[tuple[Branch, Any]]) -> Tree | None:
    """Return a ``roots`` leaf, or None; real points that violate nothing are appended to ``survivors``."""
    monomials = basis.standard_monomials()
    if not monomials or len(monomials) > MAX_DEGREE or basis.is_unit:
        return None
    found = _separating_form(basis, monomials, budget)
    if found is None:
        return None
    form, modulus, images = found
    ring = branch.system.ring
    with precision(ROOT_PRECISION):
        points = [[horner(image, root) for image in images] for root in real_roots(modulus)]
        reasons = [violated(branch, values) for values in points]
    open_points = [values for values, reason in zip(points, reasons, strict=True) if reason is None]
    if open_points:
        survivors.extend((branch, (modulus, images, values)) for values in open_points)
        return None
    return {
        "node": "roots", "form": poly_data(ring, form), "modulus": [str(c) for c in modulus.coeffs()],
        "cofactors": _membership(branch, basis, compose(ring, modulus, form)),
        "coordinates": [
            {"image": [str(c) for c in image.coeffs()],
             "cofactors": _membership(branch, basis, gen - compose(ring, image, form))}
            for gen, image in zip(ring.gens, images, strict=True)
        ],
        "reasons": reasons,
    }  # fmt: skip


def _separating_form(basis: Basis, monomials: Any, budget: Budget) -> tuple[Poly, fmpq_poly, list[fmpq_poly]] | None:
    """Return a linear form in which every generator is a polynomial modulo the ideal, with its minimal polynomial."""
    ring = basis.ring
    count = len(ring.gens)
    weights = [tuple(int(i == j) for j in range(count)) for i in range(count)]
    weights += [tuple((3 * j + 1) ** k % 11 - 5 for j in range(count)) for k in range(1, 6)]
    for vector in weights:
        budget.check()
        form = ring.zero
        for weight, gen in zip(vector, ring.gens, strict=True):
            form += weight * gen
        modulus = minimal_polynomial(basis, form, monomials)
        degree = len(modulus) - 1
        images = []
        for gen in ring.gens:
            image = express(basis, gen, form, degree, monomials)
            if image is None:
                break
            images.append(fmpq_poly(image))
        else:
            return form, fmpq_poly(modulus), images
    return None


def _membership(branch: Branch, basis: Basis, poly: Poly) -> list[Any]:
    rest, cofactors = basis.normal_form_with_cofactors(poly)
    if not rest.is_zero():
        raise ArithmeticError("a polynomial that should lie in the ideal does not")
    return cofactor_data(branch.system.ring, cofactors)


def violated(branch: Branch, values: list[Any]) -> dict[str, Any] | None:
    """Return which constraint a point (balls for all generators) violates by a margin, if any."""
    system, ring = branch.system, branch.system.ring
    for side in ("strict", "weak", "equations"):
        for number, poly in enumerate(getattr(system, side)):
            value = ring.value(poly, values)
            if (value != 0) if side == "equations" else (value <= 0) if side == "strict" else (value < 0):
                return {"constraint": [side, number]}
    for number, matrix in enumerate(system.semidefinite):
        entries = [[ring.value(entry, values) for entry in row] for row in matrix]
        vector = _negative_direction(entries)
        if vector is not None:
            return {"constraint": ["semidefinite", number], "vector": [str(c) for c in vector]}
    return None


def _negative_direction(entries: list[list[Any]]) -> list[fmpq] | None:
    """Return a small-integer vector along which the form is certainly negative."""
    floats = np.array([[float(as_ball(e).mid()) for e in row] for row in entries])
    if not np.all(np.isfinite(floats)):
        return None
    values, vectors = np.linalg.eigh(floats)
    if values[0] >= 0:
        return None
    size = len(entries)
    candidates = [v for v in product((0, 1, -1), repeat=size) if any(v)] if size <= 3 else []
    scaled = vectors[:, 0] / np.abs(vectors[:, 0]).max()
    candidates += [tuple(int(x) for x in np.round(scaled * scale)) for scale in (1, 2, 5, 10, 100, 10**4, 10**8)]
    for vector in candidates:
        form = sum(
            (
                fmpq(a) * e * fmpq(b)
                for row, a in zip(entries, vector, strict=True)
                for e, b in zip(row, vector, strict=True)
            ),
            fmpq(0),
        )
        if form < 0:
            return [fmpq(a) for a in vector]
    return None
