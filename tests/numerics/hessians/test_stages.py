"""The two stages: what is collected, what is outermost, and the length of the sample axis."""

from __future__ import annotations

from numerics.hessians.stages import outermost, sample_length, two_stages
from verify import models
from verify.expr import functions as F

X, Y, w = F.argument("X", (7, 3)), F.argument("y", (7,)), F.argument("w", (3,))


def test_sample_length():
    assert sample_length(F.sum((X @ w - Y) ** 2), [w]) == 7
    assert sample_length(F.sum(w**2), [w]) == 0


def test_the_outermost_operation_of_least_squares_is_the_square():
    stages = two_stages(F.sum((F.tanh(X @ w) - Y) ** 2), [w])
    outer, inner = outermost(stages)
    assert [(node.value.op, node.value.shape) for node in outer] == [("pow", (7,))]
    assert inner == set()


def test_regularisers_are_outermost_in_the_second_stage():
    outer, inner = outermost(two_stages(F.sum((X @ w - Y) ** 2) + F.sum(w**2), [w]))
    assert [node.value.shape for node in outer] == [(7,)]
    assert [node.value.shape for node in inner] == [(3,)]


def test_collected_variables_are_functions_of_the_parameters():
    model = models.build("self-attention", n=32, T=3, d=2, hidden=2)
    wrt = list(model.parameters.values())
    stages = two_stages(model.loss, wrt)
    assert len(stages.starts) == len(stages.first.leaves) == 3
    assert {id(leaf.value) for leaf in stages.second.leaves} == {id(symbol) for symbol in wrt}
    assert stages.gradient(F.argument("elsewhere", (2,))).shape == (2,)
