"""Linear programs over products close branches exactly, and leave satisfiable ones open."""

from __future__ import annotations

import pytest

from numerics.budget import Budget
from numerics.ideals import groebner
from numerics.provers.products import linear_leaf
from verify.branch import Branch
from verify.claim import claim_from_data
from verify.recheck.emptiness import check_tree
from verify.system import goal_cases


def branch(text: str, **parameters: str) -> Branch:
    data = {"id": "p", "parameters": parameters, "claim": {"every": "point", "satisfies": text}}
    claim = claim_from_data(data)
    (case,) = goal_cases(claim, "proved")
    return Branch.root(claim, case)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("x*y*z + (1 - x)*(1 - y)*(1 - z) >= 0", {"x": "[0, 1]", "y": "[0, 1]", "z": "[0, 1]"}),
        ("x*y <= x + y", {"x": "[0, 1]", "y": "[0, 1]"}),
        ("(x - y)**2*z >= 0", {"x": "real", "y": "real", "z": "nonnegative"}),
        ("x**2 + y**2 >= 2*x*y", {"x": "real", "y": "real"}),
    ],
)
def test_products_and_squares_close_a_branch(text: str, parameters: dict[str, str]) -> None:
    start = branch(text, **parameters)
    leaf = linear_leaf(start, groebner(start.system.ring, start.system.equations, Budget.of(5)), Budget.of(5))
    assert leaf is not None
    check_tree(start, leaf, 0)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [("x*y >= 1/10", {"x": "[0, 1]", "y": "[0, 1]"}), ("(x - y)**2*z > 0", {"x": "real", "y": "real", "z": "nonnegative"}),
     ("x**2 >= x", {"x": "real"})],
)  # fmt: skip
def test_satisfiable_branches_stay_open(text: str, parameters: dict[str, str]) -> None:
    start = branch(text, **parameters)
    basis = groebner(start.system.ring, start.system.equations, Budget.of(5))
    assert linear_leaf(start, basis, Budget.of(5)) is None


def test_numbers_beyond_floats_are_left_open() -> None:
    start = branch("x*y <= x + 10**90*10**90*10**90*10**90*y", x="[0, 1]", y="[0, 1]")
    assert linear_leaf(start, groebner(start.system.ring, start.system.equations, Budget.of(5)), Budget.of(5)) is None
