"""Comparisons of extreme eigenvalues are decided by elimination like NumPy's eigenvalues say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.claim import claim_from_data
from verify.errors import InvalidInput
from verify.recheck.curvature import holds
from verify.recheck.points import open_point

ENTRIES = st.lists(st.integers(-4, 4), min_size=3, max_size=3)


def condition_at_zero(a: int, b: int, c: int, text: str) -> bool:
    data = {
        "id": "q", "parameters": {"x": "real", "y": "real"},
        "objective": {"minimise": f"({a})*x**2/2 + ({b})*x*y + ({c})*y**2/2"},
        "claim": {"every": "stationary point", "satisfies": text},
    }  # fmt: skip
    claim = claim_from_data(data)
    assert claim.satisfies is not None
    return holds(open_point(claim, {"coordinates": {"x": "0", "y": "0"}}), claim.satisfies)


@pytest.mark.parametrize("which", ["min_curvature", "max_curvature"])
@given(entries=ENTRIES, threshold=st.integers(-8, 8), relation=st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
def test_comparisons_agree_with_eigenvalues(which: str, entries: list[int], threshold: int, relation: str) -> None:
    a, b, c = entries
    eigenvalues = np.linalg.eigvalsh(np.array([[a, b], [b, c]], float))
    value = eigenvalues[0] if which == "min_curvature" else eigenvalues[1]
    if abs(value - threshold / 2) < 1e-9:
        value = threshold / 2
    expected = {"<": value < threshold / 2, "<=": value <= threshold / 2, ">": value > threshold / 2,
                ">=": value >= threshold / 2, "==": value == threshold / 2, "!=": value != threshold / 2}[relation]  # fmt: skip
    assert condition_at_zero(a, b, c, f"{which} {relation} {threshold}/2") is bool(expected)
    assert condition_at_zero(a, b, c, f"not 3 - 2*{which} {_mirrored(relation)} 3 - {threshold}") is not bool(expected)


def _mirrored(relation: str) -> str:
    return {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(relation, relation)


def test_connectives() -> None:
    assert condition_at_zero(2, 0, 5, "min_curvature == 2 and max_curvature == 5")
    assert condition_at_zero(2, 0, 5, "min_curvature > 2 or max_curvature >= 5")
    assert not condition_at_zero(2, 0, 5, "min_curvature > 2 or x > 0")
    assert condition_at_zero(2, 0, 5, "min_curvature >= 2 + x and not max_curvature > 5 - y")


@pytest.mark.parametrize(
    "text", ["min_curvature*max_curvature > 0", "min_curvature < max_curvature", "min_curvature**2 > 1"]
)
def test_other_uses_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        condition_at_zero(1, 0, 2, text)
