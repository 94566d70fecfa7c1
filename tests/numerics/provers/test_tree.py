"""The tree prover closes a branch by the kind of step that the branch calls for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from numerics.budget import Budget, OutOfTime
from numerics.provers.tree import TreeProver
from verify.branch import Branch
from verify.claim import claim_from_data
from verify.recheck.emptiness import check_tree
from verify.system import goal_cases


def branch(satisfies: str, every: str = "point", *, goal: str = "proved", **more: Any) -> Branch:
    data = {
        "id": "t",
        "parameters": {"x": "real", "y": "real"},
        **more,
        "claim": {"every": every, "satisfies": satisfies},
    }
    claim = claim_from_data(data)
    return Branch.root(claim, goal_cases(claim, goal)[0])


def nodes(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        if "node" in tree:
            yield tree["node"]
        for part in tree.values():
            yield from nodes(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from nodes(part)


CALLS_FOR: list[tuple[str, Branch]] = [
    ("plain", branch("x**2 + y**2 + 1 > 0")),
    ("split", branch("abs(x) >= x")),
    ("range", branch("x + y <= 3", parameters={"x": "[0, 1]", "y": "[0, 1]"})),
    ("factor", branch("x == 0", "stationary point", objective={"minimise": "x**4 + y**2"})),
    ("roots", branch("x > -2", "stationary point", objective={"minimise": "x**4 - 5*x**2 + x + y**2"})),
    ("curve", branch("x > 9", "local minimum", objective={"minimise": "x**3 + y**2"}, goal="vacuous")),
    ("identity", branch("x**2 - 2*x*y + 2*y**2 - 2*y + 1 >= 0")),
    ("monotone", branch("exp(x) <= exp(y)", assume={"a": "x <= y"})),
    ("tangent", branch("exp(x) >= 1 + x")),
    (
        "compare",
        branch(
            "x >= 0", "global minimum", parameters={"x": "[-1, 1]", "y": "[-1, 1]"}, objective={"minimise": "-x + y**2"}
        ),
    ),
]


@pytest.mark.parametrize(("node", "start"), CALLS_FOR, ids=[node for node, _ in CALLS_FOR])
def test_branches_are_closed_by_the_right_step(node: str, start: Branch) -> None:
    tree = TreeProver(Budget.of(20)).prove(start)
    assert tree
    check_tree(start, tree, 0)
    assert node in set(nodes(tree))


def test_an_open_branch_is_remembered() -> None:
    prover = TreeProver(Budget.of(5))
    assert not prover.prove(branch("x > y"))
    assert prover.open_branches


def test_points_that_survive_are_kept_as_candidates() -> None:
    prover = TreeProver(Budget.of(5))
    start = branch("x < 1", "stationary point", objective={"minimise": "(x**2 - 2)**2 + y**2"})
    assert not prover.prove(start)
    assert prover.survivors


def test_an_ended_budget_stops_the_search() -> None:
    with pytest.raises(OutOfTime):
        TreeProver(Budget.of(-1)).prove(branch("x**2 >= 0"))
