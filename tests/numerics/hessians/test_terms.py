"""Labelled products: identities are used up, diagonals taken, absent labels counted."""

from __future__ import annotations

from fractions import Fraction

from numerics.hessians.terms import (
    Index,
    Term,
    array_term,
    factor,
    fresh,
    identity,
    instance,
    scaled,
    summed,
    times,
    without_deltas,
)  # fmt: skip
from verify.expr import functions as F

A = F.argument("A", (2, 3))


def test_axes_of_length_one_are_dropped():
    i, one, j = Index(2), Index(1), Index(3)
    assert factor(F.argument("B", (2, 1, 3)), (i, one, j)).labels == (i, j)


def test_equal_labels_become_a_diagonal():
    i, j = fresh((3, 2))
    made = factor(F.argument("B", (3, 2, 3)), (i, j, i))
    assert made.labels == (i, j)
    assert made.value.shape == (3, 2)


def test_hidden_identities_rename():
    i, j, k = fresh((2, 3, 3))
    term = without_deltas(times(array_term(A, (i, j)), identity([j], [k])), [i, k])
    assert term.deltas == ()
    assert term.factors[0].labels == (i, k)


def test_asked_identities_stay():
    j, k = fresh((3, 3))
    term = without_deltas(identity([j], [k]), [j, k])
    assert term.deltas == ((j, k),)


def test_the_trace_of_an_identity_is_its_size():
    j, k = fresh((3, 3))
    assert without_deltas(identity([j], [k]), []).coefficient == 3


def test_absent_labels_are_counted_when_summed():
    i, j = fresh((2, 5))
    assert summed(Term(Fraction(1)), [i, j]).coefficient == 10
    assert summed(array_term(A, fresh((2, 3))), [j]).coefficient == 5


def test_instances_have_labels_of_their_own():
    i, j, k = fresh((2, 3, 2))
    made = instance(scaled(array_term(A, (i, j)), 3), {i: k})
    assert made.coefficient == 3
    assert made.factors[0].labels[0] is k
    assert made.factors[0].labels[1] is not j
