"""No tree shows bounds that some point exceeds, however the boxes are cut."""

import random
from fractions import Fraction
from typing import Any

import pytest

from verify.errors import Rejected
from verify.expr.ball import precision, rational
from verify.expr.tape import trace
from verify.recheck.bound import BOUND_PRECISION, _cover, problem_of

SOURCE = {"parameters": [["s", "[-1, 1][2]"], ["v", "[-1, 2]"]]}
TEXT = "softmax([s[0], s[1], s[0]*v])@[1, 2, -1] + tanh(v)/3"
GREATEST = Fraction(3, 2)
"""Less than the greatest value, which is at least 1.58 (s = (-1, 1), v = 3/2)."""


def tree(rng: random.Random, size: int) -> list[int]:
    """Return a random tree of so many cuts, level by level."""
    levels, left = [[0]], size
    while levels[-1]:
        nodes = [rng.randrange(3) if left > k and rng.random() < 0.8 else -1 for k in range(len(levels[-1]))]
        left -= sum(node >= 0 for node in nodes)
        levels[-1] = nodes
        levels.append([0] * (2 * sum(node >= 0 for node in nodes)))
    return [node for level in levels for node in level]


def accepted(low: Fraction, high: Fraction, nodes: Any) -> bool:
    expression, arrays, domain = problem_of(SOURCE, TEXT, "x")
    try:
        with precision(BOUND_PRECISION):
            _cover(trace(expression, arrays), domain, rational(low), rational(high), {"tree": nodes})
    except Rejected:
        return False
    return True


@pytest.mark.parametrize("seed", range(4))
def test_false_bounds_are_rejected_with_any_tree(seed: int) -> None:
    nodes = tree(random.Random(seed), 60)
    assert accepted(Fraction(-3), Fraction(4), nodes)
    assert not accepted(Fraction(-3), GREATEST, nodes)
    assert not accepted(Fraction(0), Fraction(4), nodes)


@pytest.mark.parametrize("nodes", [[], [0], [0, -1], [-1, -1], [3, -1, -1], [-2], ["-1"], [None], [0.0, -1, -1], 7])
def test_trees_that_are_none_are_rejected(nodes: Any) -> None:
    assert not accepted(Fraction(-9), Fraction(9), nodes)
    assert accepted(Fraction(-9), Fraction(9), [-1])


def test_a_domain_that_is_no_float_is_covered() -> None:
    source = {"parameters": [["x", "[-1/3, 1/3]"]]}
    expression, arrays, domain = problem_of(source, "3*x", "x")
    tape = trace(expression, arrays)
    slack = Fraction(1, 10**12)
    with precision(BOUND_PRECISION):
        _cover(tape, domain, rational(-1 - slack), rational(1 + slack), {"tree": [0, -1, -1]})
        with pytest.raises(Rejected):
            _cover(tape, domain, rational(-1 + slack), rational(1 + slack), {"tree": [0, -1, -1]})
