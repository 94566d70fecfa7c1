"""Tidied programs: linear combinations, chains, terms."""

from flint import fmpq

from verify.chance.graph import unroll
from verify.chance.program import Program, tidied
from verify.expr import build
from verify.expr.parse import parse

NAMES = {"x": build.symbol("x", (4,)), "y": build.symbol("y")}


def program(text: str) -> Program:
    return tidied(unroll(parse(text, NAMES), {"x": range(4), "y": [4]}))


def coefficients(found: Program) -> dict[int, fmpq]:
    root = found.nodes[found.root]
    assert root.op == "linear"
    return {found.nodes[arg].data: c for arg, c in zip(root.args, root.data.coefficients, strict=True)}


def test_nested_sums_become_one_linear_combination():
    found = program("2*(x[0] - 3*(x[1] + y)) + x[0]/2 - 5 + 1")
    assert coefficients(found) == {0: fmpq(5, 2), 1: fmpq(-6), 4: fmpq(-6)}
    assert found.nodes[found.root].data.constant == -4
    assert len(found.nodes) == 4


def test_terms_that_cancel_disappear_only_if_defined():
    assert program("x[0] - y - x[0]").entries() == [4]
    assert program("log(x[0]) + y - log(x[0])").entries() == [0, 4]
    constant = program("x[0] + 2 - x[0]")
    assert constant.nodes[constant.root].op == "const"


def test_shared_sums_are_computed_once():
    found = program("abs(x[0] + x[1]) + relu(x[0] + x[1])")
    assert [node.op for node in found.nodes].count("linear") == 2


def test_chains_are_one_node():
    largest = program("max(abs(x))")
    root = largest.nodes[largest.root]
    assert (root.op, len(root.args)) == ("maximum", 4)
    both = program("x[0] > 0 and x[1] > 0 and x[2] > 0")
    assert len(both.nodes[both.root].args) == 3


def test_a_shared_link_of_a_chain_stays():
    found = program("max(x[:2]) + maximum(max(x[:2]), y)")
    chains = [node for node in found.nodes if node.op == "maximum"]
    assert [len(node.args) for node in chains] == [2, 2]


def test_entries_in_order_of_first_use():
    assert program("max([y, x[2]]) > x[0]").entries() == [0, 4, 2]


def test_terms_and_their_programs():
    found = program("3 + 2*abs(x[1]) - x[0]*y")
    parts = found.terms()
    assert parts[0] == (3, None)
    assert sorted(int(c) for c, _ in parts[1:]) == [-1, 2]
    place = next(place for c, place in parts if c == 2)
    assert place is not None
    assert found.rooted(place).entries() == [1]
    single = program("abs(y)")
    assert single.terms() == [(1, single.root)]


def test_long_rows_cost_more():
    assert program("softmax(x)[0]").cost > program("sum(x)*y").cost > 0
