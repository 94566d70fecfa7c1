"""Nodes: one object per value, immutable, safe to walk at any depth."""

from __future__ import annotations

import copy
import gc
import pickle

import pytest

from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import PRIMITIVES, Expr, symbols, topological, uses


def test_equal_nodes_are_one_object() -> None:
    x = F.argument("x", (2,))
    assert F.argument("x", (2,)) is x
    assert F.argument("x", (3,)) is not x
    assert F.tanh(x) + 1 is F.tanh(F.argument("x", (2,))) + 1


def test_nodes_are_immutable() -> None:
    x = F.argument("x")
    with pytest.raises(AttributeError, match="immutable"):
        x.op = "const"


def test_nodes_survive_pickling_and_copying_as_the_same_object() -> None:
    loss = F.sum(F.softmax(F.argument("x", (3,))) ** 2) / 3
    assert pickle.loads(pickle.dumps(loss)) is loss
    assert copy.deepcopy(loss) is loss


def test_unused_nodes_are_freed() -> None:
    before = len(Expr._interned)
    F.tanh(F.argument("freed after use", (4,)))
    gc.collect()
    assert len(Expr._interned) <= before


def test_truth_value_and_length_of_scalars_are_refused() -> None:
    x = F.argument("x")
    with pytest.raises(TypeError, match="truth value"):
        bool(x > 0)
    with pytest.raises(TypeError, match="no length"):
        len(x)
    assert len(F.argument("w", (5, 2))) == 5


def test_topological_order_puts_arguments_first_and_lists_each_node_once() -> None:
    x = F.argument("x")
    y = x * x + F.exp(x)
    order = topological(y, x)
    assert len({id(node) for node in order}) == len(order)
    for place, node in enumerate(order):
        assert all(any(arg is earlier for earlier in order[:place]) for arg in node.args)


def test_depth_is_no_limit() -> None:
    x = F.argument("x")
    deep = x
    for _ in range(20_000):
        deep = F.sin(deep)
    assert len(topological(deep)) == 20_001
    assert list(symbols(deep)) == ["x"]
    del deep
    gc.collect()


def test_totality_follows_the_arguments() -> None:
    x = F.argument("x")
    assert F.exp(x * x).total
    assert not (1 + 1 / x).total
    assert not F.exp(F.log(x)).total


def test_uses_finds_operations() -> None:
    x = F.argument("x", (2,))
    assert [node.op for node in uses(F.sum(F.relu(x) + x), frozenset({"relu"}))] == ["relu"]
    assert "relu" in PRIMITIVES


def test_only_constants_have_entries() -> None:
    assert build.number(3).entries() == (3,)
    with pytest.raises(TypeError, match="constant"):
        F.argument("x").entries()
