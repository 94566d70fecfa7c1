"""Provers write polynomials, cofactors and leaves in the form that the checker reads."""

from __future__ import annotations

import json

from flint import fmpq

from numerics.provers.encode import cofactor_data, plain_leaf, poly_data
from verify.algebra.ring import Generator, Ring
from verify.certificate import decode_terms

RING = Ring([Generator("x", "real"), Generator("y", "positive")])
X, Y = RING.gens


def test_polynomials_come_back() -> None:
    for poly in (X, X**2 * Y - fmpq(1, 3), RING.zero, RING.one):
        assert RING.poly(decode_terms(json.loads(json.dumps(poly_data(RING, poly))))) == poly


def test_cofactors_are_scaled_sorted_and_without_zeros() -> None:
    data = cofactor_data(RING, {3: X, 1: RING.zero, 0: Y}, -2)
    assert [number for number, _ in data] == [0, 3]
    assert [RING.poly(decode_terms(terms)) for _, terms in data] == [-2 * Y, -2 * X]


def test_a_plain_leaf_takes_the_combination_away() -> None:
    leaf = plain_leaf(RING, ("weak", 2), {1: X})
    assert (leaf["node"], leaf["constraint"]) == ("plain", ["weak", 2])
    assert RING.poly(decode_terms(leaf["ideal"][0][1])) == -X
