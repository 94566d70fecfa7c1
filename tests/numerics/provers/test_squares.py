"""Identities of squares are exact and close their branch; none is found where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from numerics.budget import Budget, OutOfTime
from numerics.ideals import groebner
from numerics.provers.squares import SquaresSettings, identity_leaf
from verify.branch import Branch
from verify.claim import claim_from_data
from verify.errors import Rejected
from verify.recheck.emptiness import check_tree
from verify.system import goal_cases


def leaf(satisfies: str, seconds: float = 20, **more: Any) -> tuple[Branch, Any]:
    data = {
        "id": "q",
        "parameters": {"x": "real", "y": "real"},
        "claim": {"every": "point", "satisfies": satisfies},
        **more,
    }
    claim = claim_from_data(data)
    branch = Branch.root(claim, goal_cases(claim, "proved")[0])
    basis = groebner(branch.system.ring, branch.system.equations, Budget.of(5))
    return branch, identity_leaf(branch, basis, Budget.of(seconds), SquaresSettings())


@pytest.mark.parametrize(
    "satisfies",
    ["x**2 + y**2 >= 2*x*y", "x**4 + y**4 + 1 > x*y", "x**2*y**2 + 1 >= 2*x*y", "5*x**2 - 4*x*y + y**2 - 2*x + 1 >= 0",
     "x**4 - 2*x**3 + 3*x**2 - 2*x + 2 > 0"],
)  # fmt: skip
def test_nonnegative_polynomials(satisfies: str) -> None:
    branch, tree = leaf(satisfies)
    assert tree is not None
    assert tree["node"] == "identity"
    check_tree(branch, tree, 0)


def test_constraints_and_equations_take_part() -> None:
    for assume, satisfies in (
        ({"a": "x**2 + y**2 <= 1"}, "x + y <= 3/2"),
        ({"a": "x**2 + y**2 == 1"}, "x*y <= 1/2"),
        ({"a": "x >= 0", "b": "y >= 0", "c": "x + y <= 1"}, "x*y <= 1/4"),
    ):
        branch, tree = leaf(satisfies, assume=assume)
        assert tree is not None, satisfies
        check_tree(branch, tree, 0)


@pytest.mark.parametrize("satisfies", ["x**2 + y**2 >= 3*x*y", "x**2 > 0", "x**3 >= 0", "x**4 + y**4 > x*y"])
def test_no_identity_for_a_false_claim(satisfies: str) -> None:
    _, tree = leaf(satisfies, 5)
    assert tree is None


def test_a_changed_identity_is_rejected() -> None:
    branch, tree = leaf("x**2 + y**2 >= 2*x*y")
    assert tree is not None
    with pytest.raises(Rejected):
        check_tree(branch, {**tree, "scale": str(int(tree["scale"].split("/")[0]) + 10**6)}, 0)


def test_an_ended_budget_stops() -> None:
    with pytest.raises(OutOfTime):
        leaf("x**2 + y**2 >= 2*x*y", -1)
