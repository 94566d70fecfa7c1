"""Affine symmetries that floats suggest: the known ones are found, in numbers that the checker accepts as exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from numerics.budget import Budget
from numerics.provers.symmetry import symmetries
from numerics.search import landscape
from verify.certificate import decode_terms
from verify.claim import Claim, claim_from_data
from verify.recheck.witness import _require_symmetry


def claim(objective: str, parameters: Any) -> Claim:
    return claim_from_data({
        "id": "y", "parameters": parameters, "objective": {"minimise": objective},
        "claim": {"every": "local minimum", "satisfies": "objective > 0"},
    })  # fmt: skip


TWO = {"x": "real", "y": "real"}


@pytest.mark.parametrize(
    ("objective", "parameters", "count"),
    [
        ("(x*y - 1)**2", TWO, 1), ("(x**2 + y**2 - 1)**2", TWO, 1), ("(x + y - 1)**2", TWO, 3), ("x**2 + 3*y**4", TWO, 0),
        ("softmax(s)[0]**2", {"s": "real[2]"}, 3), ("sum((a*w - [1, 2])**2)", {"a": "real[2]", "w": "real[2]"}, 2),
    ],
)  # fmt: skip
def test_known_symmetries(objective: str, parameters: Any, count: int) -> None:
    stated = claim(objective, parameters)
    found = symmetries(stated, 0, Budget.of(10))
    assert len(found) == count
    land = landscape(stated)
    points = np.random.default_rng(1).normal(size=(20, land.size))
    for field in found:
        moved = np.array([field.at(x) for x in points])
        assert np.abs(np.einsum("bi,bi->b", moved, land.gradient(points))).max() < 1e-6
        _require_symmetry(stated, [decode_terms(entry) for entry in field.data])


def test_the_data_are_the_components() -> None:
    (field,) = symmetries(claim("(x*y - 1)**2", TWO), 0, Budget.of(10))
    terms = [decode_terms(entry) for entry in field.data]
    values = [sum(float(c) * (3.0 if p[0][0] == "x" else 5.0) for c, p in entry) for entry in terms]
    assert np.allclose(values, field.at(np.array([3.0, 5.0])))


def test_many_parameters_are_left_alone() -> None:
    assert symmetries(claim("sum(v**2)", {"v": "real[20]"}), 0, Budget.of(10)) == []
