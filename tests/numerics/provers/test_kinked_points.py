"""Descent without derivatives ends at kinks; zero is an exact convex combination where one exists."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from numerics.budget import Budget
from numerics.provers.kinked_points import clarke_evidence, convex_weights, lowest_points
from verify.claim import claim_from_data
from verify.recheck import witness


def test_descent_ends_at_a_kink() -> None:
    starts = np.random.default_rng(0).normal(size=(8, 2)) * 3
    found = lowest_points(lambda x: np.abs(x[:, 0] - 1) + 2 * np.abs(x[:, 1] + x[:, 0]), starts, Budget.of(5), seed=0)
    assert len(found) == 8
    best = found[np.abs(found - [1, -1]).max(axis=1).argmin()]
    assert best == pytest.approx([1, -1], abs=1e-6)


@pytest.mark.parametrize(
    ("vectors", "exists"),
    [([[1], [-2]], True), ([[1], [2]], False), ([[1, 0], [0, 1], [-1, -1]], True), ([[1, 0], [0, 1]], False), ([], False),
     ([[0, 0]], True), ([[1, 1], [-1, -1], [3, 0]], True)],
)  # fmt: skip
def test_weights_are_exact(vectors: list[list[int]], exists: bool) -> None:
    exact = [[Fraction(x, 3) for x in vector] for vector in vectors]
    weights = convex_weights(exact)
    assert (weights is not None) == exists
    if weights is not None:
        assert min(weights) >= 0
        assert sum(weights) == 1
        assert all(sum(w * v[i] for w, v in zip(weights, exact, strict=True)) == 0 for i in range(len(exact[0])))


def test_evidence_is_accepted_by_the_checker() -> None:
    claim = claim_from_data(
        {"id": "k", "parameters": {"x": "real", "y": "real"}, "objective": {"minimise": "abs(x) - abs(y) - x/2"},
         "claim": {"every": "clarke stationary point", "satisfies": "x > 7"}}
    )  # fmt: skip
    evidence = {"point": {"coordinates": {"x": "0", "y": "0"}}, "symmetries": [], "fixed": []}
    found = clarke_evidence(claim, evidence, Budget.of(5))
    assert found is not None
    witness.examine(claim, {**evidence, "clarke": found})
