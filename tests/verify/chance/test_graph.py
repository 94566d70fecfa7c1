"""Unrolling array expressions into scalar operations."""

import pytest
from flint import arb, fmpq

from verify.chance import TooLarge
from verify.chance.graph import Recorder, function, guarded, unroll, unrolled_size
from verify.errors import Undecidable
from verify.expr import build
from verify.expr.evaluate import Poison
from verify.expr.parse import parse

NAMES = {"x": build.symbol("x", (3,)), "y": build.symbol("y")}
NUMBERS = {"x": [0, 1, 2], "y": [3]}


def ops(text: str) -> list[str]:
    return [node.op for node in unroll(parse(text, NAMES), NUMBERS).nodes if node.op not in ("const", "entry")]


def test_equal_operations_are_one_node():
    assert ops("x[0]*y + y*x[0]").count("mul") == 1
    assert ops("exp(y)*x[0] - exp(y) > 0").count("exp") == 1


def test_constants_are_computed_at_once():
    graph = unroll(parse("2*3 + 1/4", NAMES), NUMBERS)
    assert graph.nodes[graph.root].data == fmpq(25, 4)
    graph = unroll(parse("exp(1) < 3", NAMES), NUMBERS)
    assert graph.nodes[graph.root].data is True


def test_zero_times_drops_only_what_is_defined_everywhere():
    recorder = Recorder()
    zero, entry = recorder.fixed(fmpq(0)), recorder.entry(0)
    assert recorder.mul(zero, recorder.exp(entry)) == zero
    assert recorder.mul(zero, recorder.log(entry)) != zero


def test_constant_without_value_is_poison():
    recorder = Recorder()
    node = recorder.nodes[recorder.log(recorder.fixed(fmpq(-1)))]
    assert isinstance(node.data, Poison)
    assert not node.total


def test_known_condition_chooses_a_branch():
    recorder = Recorder()
    entry, undefined = recorder.entry(0), Poison(Undecidable("no"))
    assert recorder.choose(recorder.fixed(True), entry, undefined) == entry
    open_choice = recorder.choose(recorder.compare("lt", entry, recorder.fixed(fmpq(0))), entry, undefined)
    assert recorder.nodes[open_choice].op == "choose"
    assert not recorder.nodes[open_choice].total


@pytest.mark.parametrize("op", ["softmax", "sparsemax"])
def test_rows_are_one_operation_with_items(op):
    found = ops(f"sum({op}(x)*x) > y")
    assert found.count(op) == 1
    assert found.count("item") == 3


def test_too_large_is_refused_before_unrolling():
    big = build.matmul(build.symbol("a", (100, 100)), build.symbol("b", (100, 100)))
    whole = build.total(build.exp(big))
    assert unrolled_size(whole) > 100**3
    with pytest.raises(TooLarge):
        unroll(whole, {"a": range(10_000), "b": range(10_000, 20_000)})


def test_functions_and_guards():
    assert function("pow", 3)(fmpq(2)) == 8
    assert function("softmax")(fmpq(1), fmpq(1)) == (fmpq(1, 2), fmpq(1, 2))
    assert function("item", 1)((1, 2)) == 2
    poison = Poison(Undecidable("no"))
    assert guarded(function("mul"), (fmpq(0), poison)) is poison
    assert isinstance(guarded(function("div"), (fmpq(1), fmpq(0))), Poison)
    assert isinstance(guarded(function("lt"), (arb(0, 1), fmpq(0))), Poison)
