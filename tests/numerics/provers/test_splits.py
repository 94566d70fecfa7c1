"""Case distinctions are proposed for what may have either sign, or may be zero; not for what is known."""

from __future__ import annotations

from numerics.budget import Budget
from numerics.ideals import groebner
from numerics.provers.splits import sign_candidates
from verify.branch import Branch
from verify.claim import claim_from_data
from verify.system import goal_cases


def candidates(parameters: dict[str, str], satisfies: str) -> tuple[Branch, list[str]]:
    claim = claim_from_data({"id": "q", "parameters": parameters, "claim": {"every": "point", "satisfies": satisfies}})
    branch = Branch.root(claim, goal_cases(claim, "proved")[0])
    basis = groebner(branch.system.ring, branch.system.equations, Budget.of(5))
    ring = branch.system.ring
    return branch, [str(ring.poly(terms)) for terms in sign_candidates(branch, basis)]


def test_what_may_be_zero_is_proposed_what_is_positive_is_not() -> None:
    _, names = candidates({"x": "nonnegative", "y": "real", "z": "positive"}, "x*y*z + x**2*y >= y")
    assert set(names) == {"x", "y"}
    assert names[0] == "x" or names[0] == "y"


def test_arguments_of_exponentials_are_proposed() -> None:
    _, names = candidates({"x": "real", "z": "positive"}, "exp(x*z) >= exp(x) + z")
    assert names[0] == "x"
    assert "z" not in names


def test_known_signs_are_not_proposed_again() -> None:
    branch, names = candidates({"x": "nonnegative", "y": "real"}, "x*y**2 >= y")
    ring = branch.system.ring
    child = branch.with_sign(ring.terms(ring.gens[0]), 1)
    basis = groebner(child.system.ring, child.system.equations, Budget.of(5))
    assert len(list(sign_candidates(child, basis))) == len(names) - 1
