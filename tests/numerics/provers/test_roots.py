"""Finitely many points: closed when each violates something, else the open ones are handed on."""

from __future__ import annotations

from typing import Any

from numerics.budget import Budget
from numerics.ideals import groebner
from numerics.provers.roots import roots_leaf, violated
from verify.branch import Branch
from verify.claim import claim_from_data
from verify.expr.ball import as_ball, precision
from verify.recheck.emptiness import ROOT_PRECISION, check_tree
from verify.system import goal_cases


def tried(satisfies: str, objective: str, every: str = "stationary point") -> tuple[Branch, Any, list[Any]]:
    data = {"id": "r", "parameters": {"x": "real", "y": "real"}, "objective": {"minimise": objective},
            "claim": {"every": every, "satisfies": satisfies}}  # fmt: skip
    claim = claim_from_data(data)
    branch = Branch.root(claim, goal_cases(claim, "proved")[0])
    basis = groebner(branch.system.ring, branch.system.equations, Budget.of(5))
    survivors: list[Any] = []
    return branch, roots_leaf(branch, basis, Budget.of(10), survivors), survivors


def test_every_root_violates_the_failing_conclusion() -> None:
    branch, tree, survivors = tried("x**2 < 3", "(x**2 - 2)**2 + (y - x)**2")
    assert tree is not None
    assert survivors == []
    assert len(tree["reasons"]) == 3
    check_tree(branch, tree, 0)


def test_the_hessian_excludes_roots() -> None:
    branch, tree, _ = tried("x != 0", "(x**2 - 2)**2 + (y - x)**2", "second-order point")
    # x = 0 alone is left by the failing conclusion, or all three roots are violated one by one
    assert tree is None or tree["node"] == "roots"
    branch, tree, _ = tried("x**2 > 1", "(x**2 - 2)**2 + (y - x)**2", "second-order point")
    assert tree is not None
    assert ["semidefinite", 0] in [reason["constraint"] for reason in tree["reasons"]]
    check_tree(branch, tree, 0)


def test_points_that_violate_nothing_survive() -> None:
    branch, tree, survivors = tried("x < 1", "(x**2 - 2)**2 + (y - x)**2")
    assert tree is None
    assert len(survivors) == 1
    (_, (modulus, images, values)) = survivors[0]
    assert modulus.degree() == 3
    assert len(images) == len(branch.system.ring.gens)
    with precision(ROOT_PRECISION):
        assert (as_ball(values[0]) ** 2 - 2).contains(0)
        assert violated(branch, values) is None


def test_infinitely_many_points_are_left_alone() -> None:
    _, tree, survivors = tried("x < 1", "(x*y - 1)**2")
    assert tree is None
    assert survivors == []
