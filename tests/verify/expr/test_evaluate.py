"""The exact interpreter: NumPy's meaning of arrays over any domain, undefined scalars only where they matter."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.errors import Undecidable
from verify.expr import build
from verify.expr import functions as F
from verify.expr.ball import Balls, rational
from verify.expr.evaluate import (
    MAX_SPARSEMAX,
    Domain,
    Poison,
    evaluate,
    evaluate_partially,
    evaluate_scalar,
    supports,
    transposed_positions,
)
from verify.expr.numpy_reading import compile_numpy

q = flint.fmpq


def value(expression, **point):
    env = {name: [rational(Fraction(v)) for v in np.ravel(entries).tolist()] for name, entries in point.items()}
    return evaluate([expression], env, Balls())[0]


def test_structure_is_numpys() -> None:
    """Integers are exact in both readings, so the comparison is too."""
    a, b = F.argument("a", (2, 3, 2)), F.argument("b", (2, 2, 3))
    x, y = np.arange(12).reshape(2, 3, 2) - 5, np.arange(12).reshape(2, 2, 3) * 2 - 7
    for expression in (
        a @ b,
        F.sum(a, 1),
        F.max(a, 2),
        build.transpose(a, (2, 0, 1)),
        a[:, 1:, 0],
        a[:, ::-1],
        F.concatenate([a, F.argument("b", (2, 2, 3)).T], axis=2),
        F.stack([a[0], a[1]], axis=1),
        a.reshape(4, 3) * F.lift([1, 2, 3]),
        build.scatter(a[0, 0], [3, 3], (4,)),
        F.mean(a) * F.ones(2, 2),
        F.where(a < 0, a, 2 * a),
    ):
        inputs = [a, b]
        expected = compile_numpy([expression], inputs)(x, y)[0]
        assert [float(Fraction(int(v.p), int(v.q))) for v in value(expression, a=x, b=y)] == expected.ravel().tolist()


@given(st.permutations(range(3)), st.tuples(*[st.integers(1, 3)] * 3))
def test_transposed_positions_are_numpys(axes, shape) -> None:
    expected = np.arange(np.prod(shape)).reshape(shape).transpose(axes).ravel().tolist()
    assert transposed_positions(shape, axes) == expected


def test_an_undefined_scalar_harms_only_what_depends_on_it() -> None:
    x = F.argument("x", (2,))
    inverse = 1 / x
    kept, lost = evaluate_partially([inverse[1], F.sum(inverse)], {"x": [q(0), q(2)]}, Balls())
    assert kept == [q(1, 2)]
    assert isinstance(lost[0], Poison)
    with pytest.raises(Undecidable, match="denominator"):
        evaluate([F.sum(inverse)], {"x": [q(0), q(2)]}, Balls())


def test_a_branch_not_taken_may_be_undefined() -> None:
    x = F.argument("x")
    safe = F.where(x > 0, F.log(x), 7)
    assert value(safe, x=-1) == [7]
    assert value(F.where(x <= 0, x, F.sqrt(x)), x=4) == [2]


def test_conditions_are_exact_at_equality() -> None:
    x = F.argument("x")
    third = x / 3 * 3
    assert value(F.where(build.compare("==", third, x), 1, 0), x=Fraction(1, 7)) == [1]
    assert value(F.where(third < x, 1, 0), x=Fraction(1, 7)) == [0]
    assert value(F.where(build.logical("not", third <= x), 1, 0), x=Fraction(1, 7)) == [0]


def test_undecided_conditions_are_no_answer() -> None:
    x = F.argument("x")
    with pytest.raises(Undecidable):
        evaluate([F.exp(F.log(x)) <= x], {"x": [q(2)]}, Balls())


@given(st.lists(st.fractions(-3, 3, max_denominator=8), min_size=1, max_size=5))
def test_sparsemax_is_the_projection_on_the_simplex(entries: list[Fraction]) -> None:
    """Optimality of a projection: nonnegative, sum one, and entries minus weights is largest exactly on the support."""
    z = F.argument("z", (len(entries),))
    weights = [Fraction(int(w.p), int(w.q)) for w in value(F.sparsemax(z), z=entries)] if len(entries) > 1 else [1]
    assert sum(weights) == 1
    assert min(weights) >= 0
    gaps = [entry - weight for entry, weight in zip(entries, weights, strict=True)]
    assert all(gap == max(gaps) for gap, weight in zip(gaps, weights, strict=True) if weight > 0)


@given(st.lists(st.fractions(-3, 3, max_denominator=8), min_size=2, max_size=4))
def test_enumerated_supports_agree_with_sorting(entries: list[Fraction]) -> None:
    class Plain(Balls):
        margins = Domain.margins

    row = [rational(entry) for entry in entries]
    assert Plain().sparsemax(row) == Balls().sparsemax(row)


def test_supports_are_bounded() -> None:
    assert supports(2) == [(0,), (1,), (0, 1)]
    with pytest.raises(Undecidable):
        supports(MAX_SPARSEMAX + 1)


def test_derivatives_on_kinks_are_undefined() -> None:
    x = F.argument("x")
    with pytest.raises(Undecidable, match="kink"):
        evaluate([build.step(x)], {"x": [q(0)]}, Balls())
    assert value(build.step(x), x=2) == [1]
    assert value(F.sign(x), x=0) == [0]


def test_defaults_of_a_domain_agree_with_the_better_ones() -> None:
    class Plain(Balls):
        tanh, sigmoid, softplus = Domain.tanh, Domain.sigmoid, Domain.softplus
        absolute, relu, maximum = Domain.absolute, Domain.relu, Domain.maximum
        softmax, logsumexp = Domain.softmax, Domain.logsumexp

    x = F.argument("x", (3,))
    point = {"x": [q(-1, 2), q(2), q(1, 3)]}
    for function in (F.tanh, F.sigmoid, F.softplus, abs, F.relu, F.softmax, F.logsumexp, F.max, F.norminf):
        for a, b in zip(*(evaluate([function(x)], point, domain)[0] for domain in (Plain(), Balls())), strict=True):
            assert flint.arb(a).overlaps(flint.arb(b))


def test_eigenvalues_are_left_to_matrix_inequalities() -> None:
    m = F.argument("m", (1, 1))
    with pytest.raises(Undecidable, match="matrix inequalities"):
        evaluate_scalar(build.extreme_eigenvalue("min_eig", m), {"m": [q(1)]}, Balls())
