"""Directions are simple, and the steps at kinks say something new."""

from __future__ import annotations

from fractions import Fraction

from numerics.provers.kinks import clarke_steps, derivative_steps, directions, is_kinked
from verify.branch import Branch
from verify.claim import claim_from_data
from verify.system import goal_cases


def branch(objective: str, every: str) -> Branch:
    claim = claim_from_data(
        {"id": "k", "parameters": {"x": "real"}, "objective": {"minimise": objective},
         "claim": {"every": every, "satisfies": "x > 7"}}
    )  # fmt: skip
    root = Branch.root(claim, goal_cases(claim, "proved")[0])
    return root.with_sign(((Fraction(1), (("x", 1),)),), 0)


def test_unit_directions_come_first() -> None:
    assert list(directions(1)) == [[1], [-1]]
    assert len(list(directions(2))) == 8
    assert len(list(directions(5))) == 10


def test_a_minimum_at_a_kink_has_no_descent() -> None:
    assert is_kinked(branch("abs(x)", "local minimum"))
    assert not is_kinked(branch("x**2", "local minimum"))
    assert not derivative_steps(branch("abs(x)", "local minimum"))
    ((velocity, side, _),) = derivative_steps(branch("abs(x) - 3*x", "local minimum"))
    assert (velocity, side) == ([1], "weak")


def test_pieces_that_all_descend_contradict_clarke() -> None:
    assert not list(clarke_steps(branch("abs(x)", "clarke stationary point")))
    velocity, slopes = next(clarke_steps(branch("abs(x) - 3*x", "clarke stationary point")))
    assert velocity == [1]
    assert len(slopes) == 2
