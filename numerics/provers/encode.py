"""Polynomials, cofactors and closed leaves as certificate data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verify.algebra.ring import Poly, Ring
from verify.certificate import encode_terms

Tree = dict[str, Any]


def poly_data(ring: Ring, poly: Poly) -> list[Any]:
    """Return a polynomial as certificate data."""
    return encode_terms(ring.terms(poly))


def cofactor_data(ring: Ring, cofactors: Mapping[int, Poly], scale: Any = 1) -> list[Any]:
    """Return cofactors times ``scale`` as certificate data."""
    return [
        [number, poly_data(ring, cofactor * scale)]
        for number, cofactor in sorted(cofactors.items())
        if not cofactor.is_zero()
    ]


def plain_leaf(ring: Ring, constraint: Sequence[Any], cofactors: Mapping[int, Poly]) -> Tree:
    """Return a leaf: ``constraint`` minus the combination of equations plainly has an impossible sign."""
    return {"node": "plain", "constraint": list(constraint), "ideal": cofactor_data(ring, cofactors, -1)}
