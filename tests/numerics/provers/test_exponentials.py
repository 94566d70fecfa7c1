"""Steps between exponentials and their arguments add what is true at every point of the branch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from flint import fmpq

from numerics.provers.exponentials import monotone_steps, tangent_steps
from verify.branch import Branch
from verify.claim import claim_from_data
from verify.expr.ball import as_ball, precision
from verify.system import goal_cases


def branch(satisfies: str, assume: Any) -> Branch:
    data = {
        "id": "x",
        "parameters": {"x": "real", "y": "real"},
        "assume": assume,
        "claim": {"every": "point", "satisfies": satisfies},
    }
    claim = claim_from_data(data)
    (case,) = goal_cases(claim, "vacuous")
    return Branch.root(claim, case)


BRANCHES = {
    "ordered": (branch("x > 0", {"a": "x < y", "b": "exp(x) + exp(y) < 50"}), lambda x, y: x < y),
    "ordered values": (branch("x > 0", {"a": "exp(x) < exp(2*y)"}), lambda x, y: x < 2 * y),
    "equal": (branch("x > 0", {"a": "x == y", "b": "exp(x) + exp(y) < 50"}), lambda x, y: x == y),
    "sigmoids": (branch("x > 0", {"a": "sigmoid(x) <= sigmoid(y)"}), lambda x, y: x <= y),
}


@pytest.mark.parametrize("name", BRANCHES)
def test_steps_hold_at_the_points_of_the_branch(name: str) -> None:
    start, inside = BRANCHES[name]
    ring = start.system.ring
    steps = [(side, other) for _, _, _, side, other in monotone_steps(start)]
    bounds = [("weak", ring.poly(terms)) for _, _, terms in tangent_steps(start)]
    assert steps or bounds
    rng = np.random.default_rng(0)
    points = [(x, x if name == "equal" else y) for x, y in rng.integers(-8, 9, (60, 2)).tolist()]
    with precision(128):
        for x, y in points:
            if not inside(x / 4, y / 4):
                continue
            values = ring.enclose({"x": fmpq(x, 4), "y": fmpq(y, 4)})
            for side, poly in steps + bounds:
                value = as_ball(ring.value(poly, values))
                assert {"equations": value.contains(0), "weak": not value < 0, "strict": not value <= 0}[side], (
                    x,
                    y,
                    poly,
                )


def test_without_exponentials_there_are_no_steps() -> None:
    start = branch("x > 0", {"a": "x < y"})
    assert list(monotone_steps(start)) == []
    assert tangent_steps(start) == []
