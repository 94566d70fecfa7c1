"""Entries as scalar expressions: entries computed alike are one node; their values are those of the array."""

from fractions import Fraction

import pytest

from verify.errors import Undecidable
from verify.expr import build
from verify.expr import functions as F
from verify.expr.ball import Balls, as_ball, precision
from verify.expr.evaluate import evaluate
from verify.expr.scalars import scalar_entries

A, B = build.symbol("A", (2, 2)), build.symbol("B", (2, 2))
POINT = {"A": [Fraction(1, 3), Fraction(-2), Fraction(5, 7), Fraction(1)], "B": [Fraction(n, 9) for n in (4, -5, 6, 7)]}


@pytest.mark.parametrize(
    "node", [A @ B, F.softmax(A) + F.tanh(B), F.max(A, 0) - F.absolute(B), F.where(F.compare("<=", A, B), A, F.exp(B)),
             F.logsumexp(A) * F.sigmoid(B), F.relu(A) / (1 + B**2), F.sqrt(1 + A**2) - F.sin(B) * F.cos(A)],
)  # fmt: skip
def test_entries_have_the_values_of_the_array(node):
    with precision(100):
        env = {name: [Balls().constant(x) for x in row] for name, row in POINT.items()}
        whole = evaluate([node], env, Balls())[0]
        entries = [row[0] for row in evaluate(scalar_entries(node), env, Balls())]
        assert all(as_ball(a).overlaps(as_ball(b)) for a, b in zip(whole, entries, strict=True))


def test_entries_computed_alike_are_one_node():
    swapped = F.stack([A[1, :], A[0, :]])
    assert scalar_entries(F.tanh(swapped @ B))[0] is scalar_entries(F.tanh(A @ B))[2]
    assert scalar_entries(A @ B)[0] is not scalar_entries(B @ A)[0]


def test_sparsemax_has_no_scalar_form():
    with pytest.raises(Undecidable):
        scalar_entries(F.sparsemax(A))
