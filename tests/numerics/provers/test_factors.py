"""A constraint whose factors all have known signs closes its branch exactly when it is impossible."""

from __future__ import annotations

from typing import Any

import pytest

from numerics.budget import Budget
from numerics.ideals import groebner
from numerics.provers.factors import impossible_by_factors
from verify.branch import Branch
from verify.claim import claim_from_data
from verify.recheck.emptiness import check_tree
from verify.system import goal_cases


def tried(satisfies: str, assume: Any) -> tuple[Branch, Any]:
    data = {
        "id": "f",
        "parameters": {"x": "real", "y": "real"},
        "assume": assume,
        "claim": {"every": "point", "satisfies": satisfies},
    }
    claim = claim_from_data(data)
    branch = Branch.root(claim, goal_cases(claim, "proved")[0])
    return branch, impossible_by_factors(branch, groebner(branch.system.ring, branch.system.equations, Budget.of(5)))


@pytest.mark.parametrize(
    ("satisfies", "assume"),
    [
        ("(x - y)*(x + y) > 0", {"a": "x > y", "b": "x + y > 0"}),
        ("(x - y)**3 >= 0", {"a": "x > y"}),
        ("(x - y)*(x + y)**2 >= 0", {"a": "x > y"}),
        ("(y - x)*(1 - x) < 0", {"a": "x > y", "b": "x < 1"}),
    ],
)
def test_impossible_products_close_the_branch(satisfies: str, assume: Any) -> None:
    branch, tree = tried(satisfies, assume)
    assert tree is not None
    check_tree(branch, tree, 0)


@pytest.mark.parametrize(
    ("satisfies", "assume"),
    [
        ("(x - y)*(x + y) > 0", {"a": "x > y"}),
        ("(x - y)*(x + y) < 0", {"a": "x > y", "b": "x + y > 0"}),
        ("(x - y)*(x + y)**2 > 0", {"a": "x > y"}),
        ("(x - y)**3 >= 0", {"a": "x < y"}),
    ],
)
def test_possible_products_do_not(satisfies: str, assume: Any) -> None:
    assert tried(satisfies, assume)[1] is None
