"""Products of many arrays against einsum, and the order they are multiplied in."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.hessians.contraction import Contractor, centred_rows, uncentred
from numerics.hessians.terms import array_term, fresh, identity, scaled, times
from verify.expr import functions as F
from verify.expr.node import topological
from verify.expr.numpy_reading import compile_numpy

A, B, C, D = F.argument("A", (4, 3)), F.argument("B", (4, 3, 5)), F.argument("C", (5, 2)), F.argument("D", (4,))
SYMBOLS = [A, B, C, D]
VALUES = [np.random.default_rng(1).standard_normal(s.shape) for s in SYMBOLS]


def value(expression):
    return compile_numpy([expression], SYMBOLS)(*VALUES)[0]


@pytest.mark.parametrize("sample", [0, 4])
@pytest.mark.parametrize("out", ["", "s", "k", "ik", "ks", "isk", "j", "sijk", "skji"])
def test_products_are_those_of_einsum(out, sample):
    s, i, j, k = fresh((4, 3, 5, 2))
    names = {"s": s, "i": i, "j": j, "k": k}
    term = times(array_term(A, (s, i)), array_term(B, (s, i, j)), array_term(C, (j, k)), array_term(D, (s,)))
    found = value(Contractor(lambda e: False, sample).lower([term], tuple(names[c] for c in out)))
    assert np.allclose(found, np.einsum(f"si,sij,jk,s->{out}", *VALUES), rtol=1e-12, atol=1e-12)


def test_sums_of_terms_and_identities():
    s, i, j, k = fresh((4, 3, 3, 3))
    terms = [
        times(array_term(A, (s, i)), identity([i], [j])),
        scaled(times(array_term(A, (s, j)), array_term(A, (s, i))), 2),
    ]
    found = value(Contractor(lambda e: False).lower(terms, (i, j, k)))
    a = VALUES[0]
    truth = np.diag(a.sum(0)) + 2 * a.T @ a
    assert np.allclose(found, np.repeat(truth[:, :, None], 3, axis=2))


def test_vectors_come_first():
    """A chain with a vector at its end is multiplied from there."""
    n = 40
    M, N, x = F.argument("M", (n, n)), F.argument("N", (n, n)), F.argument("x", (n,))
    i, j, k = fresh((n, n, n))
    made = Contractor(lambda e: False).lower(
        [times(array_term(M, (i, j)), array_term(N, (j, k)), array_term(x, (k,)))], (i,)
    )
    assert max(node.size for node in topological(made)) == n * n
    assert sum(node.op == "matmul" and node.size == n * n for node in topological(made)) == 0


def test_many_factors_are_ordered_greedily():
    labels = fresh((3,) * 9)
    symbols = [F.argument(f"M{k}", (3, 3)) for k in range(8)]
    term = times(*(array_term(m, labels[k : k + 2]) for k, m in enumerate(symbols)))
    made = Contractor(lambda e: False).lower([term], (labels[0], labels[8]))
    values = [np.random.default_rng(k).standard_normal((3, 3)) for k in range(8)]
    assert np.allclose(compile_numpy([made], symbols)(*values)[0], np.linalg.multi_dot(values))


def test_samples_are_kept_apart():
    """No axis is merged with that of the samples."""
    s, i, j, k = fresh((4, 3, 5, 3))
    term = times(array_term(B, (s, i, j)), array_term(B, (s, k, j)))
    made = Contractor(lambda e: False, 4).lower([term], (i, k))
    assert all(length in (1, 3, 4, 5) for node in topological(made) for length in node.shape)


def test_centring_and_its_adjoint():
    rows, weights = F.argument("u", (2, 3)), F.argument("p", (2, 3))
    rng = np.random.default_rng(0)
    u, v, p = rng.standard_normal((2, 3)), rng.standard_normal((2, 3)), rng.dirichlet(np.ones(3), 2)
    there, back = compile_numpy([centred_rows(rows, weights), uncentred(rows, weights)], [rows, weights])(u, p)
    assert np.allclose((p * there).sum(1), 0)
    assert np.isclose(
        (there * v).sum(), (u * compile_numpy([uncentred(rows, weights)], [rows, weights])(v, p)[0]).sum()
    )
    assert back.shape == (2, 3)
