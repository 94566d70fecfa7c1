"""Products of labelled arrays: the form in which derivatives of array expressions stay small.

A :class:`Term` is a number times a product of arrays whose axes carry labels (:class:`Index`), times identity matrices
between pairs of labels. Labels that are not asked for are summed over. A Jacobian is a sum of such terms; the product
is only multiplied out where it is needed, in the order that costs least (:mod:`numerics.hessians.contraction`).
Source: S. Laue, M. Mitterreiter, J. Giesen, "A simple and efficient tensor calculus", AAAI 2020, for the calculus with
labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from verify.expr import build
from verify.expr.node import Expr


class Index:
    """The label of one axis; two axes with the same label run together. Compared by identity."""

    __slots__ = ("size",)

    def __init__(self, size: int) -> None:
        self.size = size

    def __repr__(self) -> str:
        return f"i{id(self) % 9973}:{self.size}"


Labels = tuple[Index, ...]


def fresh(shape: Sequence[int]) -> Labels:
    """Return new labels for the axes of an array of this shape."""
    return tuple(Index(length) for length in shape)


@dataclass(frozen=True)
class Factor:
    """An array with one label per axis; no axis has length one and no label occurs twice."""

    value: Expr
    labels: Labels


@dataclass(frozen=True)
class Term:
    """``coefficient`` times the product of ``factors`` and of identity matrices between the pairs of ``deltas``."""

    coefficient: Fraction
    factors: tuple[Factor, ...] = ()
    deltas: tuple[tuple[Index, Index], ...] = ()

    def labels(self) -> set[Index]:
        """Return every label of the term."""
        found = {label for factor in self.factors for label in factor.labels}
        return found.union(*self.deltas) if self.deltas else found


ONE = Term(Fraction(1))


def factor(value: Expr, labels: Sequence[Index]) -> Factor:
    """Return an array with labels: axes of length one are dropped, equal labels become a diagonal."""
    kept = [label for label in labels if label.size != 1]
    value = build.reshape(value, tuple(label.size for label in kept))
    while len(set(kept)) < len(kept):
        value, kept = _diagonal(value, kept)
    return Factor(value, tuple(kept))


def _diagonal(value: Expr, labels: list[Index]) -> tuple[Expr, list[Index]]:
    """Take the diagonal of the first two axes with the same label."""
    first, second = next((i, j) for j, b in enumerate(labels) for i, a in enumerate(labels[:j]) if a is b)
    places = [place for place, key in enumerate(build.positions_of(value.shape)) if key[first] == key[second]]
    kept = labels[:second] + labels[second + 1 :]
    return build.gather(value, places, tuple(label.size for label in kept)), kept


def array_term(value: Expr, labels: Sequence[Index]) -> Term:
    """Return one array as a term; an array with the same number everywhere is only a coefficient."""
    constant = build.uniform_value(value)
    if constant is not None:
        return Term(constant)
    return Term(Fraction(1), (factor(value, labels),))


def identity(rows: Sequence[Index], columns: Sequence[Index]) -> Term:
    """Return the identity between two lists of labels."""
    return Term(Fraction(1), (), tuple((a, b) for a, b in zip(rows, columns, strict=True) if a.size != 1))


def times(*terms: Term) -> Term:
    """Return the product of terms; labels they share run together."""
    coefficient = Fraction(1)
    for term in terms:
        coefficient *= term.coefficient
    factors = tuple(one for term in terms for one in term.factors)
    return Term(coefficient, factors, tuple(pair for term in terms for pair in term.deltas))


def renamed(term: Term, names: Mapping[Index, Index]) -> Term:
    """Return the term with some labels exchanged for others."""
    factors = tuple(factor(one.value, [names.get(label, label) for label in one.labels]) for one in term.factors)
    deltas = tuple((names.get(a, a), names.get(b, b)) for a, b in term.deltas)
    return Term(term.coefficient, factors, deltas)


def instance(term: Term, names: Mapping[Index, Index]) -> Term:
    """Return a copy of the term with the given labels; all its other labels are new."""
    whole = dict(names)
    for label in term.labels():
        whole.setdefault(label, Index(label.size))
    return renamed(term, whole)


def scaled(term: Term, number: Fraction | int) -> Term:
    """Return the term times a number."""
    return Term(term.coefficient * number, term.factors, term.deltas)


def summed(term: Term, labels: Iterable[Index]) -> Term:
    """Return the term with ``labels`` summed: a number for those it does not have, the others are left to be hidden."""
    present = term.labels()
    count = 1
    for label in labels:
        if label not in present:
            count *= label.size
    return scaled(term, count)


def without_deltas(term: Term, out: Iterable[Index]) -> Term:
    """Use up the identities: hidden labels are exchanged, only identities between two labels of ``out`` remain."""
    kept, asked = term, set(out)
    done: tuple[tuple[Index, Index], ...] = ()
    while kept.deltas:
        (a, b), rest = kept.deltas[0], kept.deltas[1:]
        kept = Term(kept.coefficient, kept.factors, rest)
        if a is b:
            continue
        if a in asked and b in asked:
            done = (*done, (a, b))
            kept = renamed(kept, {b: a})
        else:
            gone, stays = (b, a) if a in asked else (a, b)
            kept = renamed(kept, {gone: stays})
            if stays not in asked and stays not in kept.labels():
                kept = scaled(kept, stays.size)
            done = tuple((stays if x is gone else x, stays if y is gone else y) for x, y in done)
    return Term(kept.coefficient, kept.factors, done)
