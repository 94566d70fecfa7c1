"""Networks: products melt together, sums move inside, products of parameters are collected."""

from __future__ import annotations

import numpy as np

from numerics.hessians.contraction import Contractor
from numerics.hessians.network import LEAF, PRODUCT, Network, parameter_only
from numerics.hessians.stages import fixed_for
from verify import models
from verify.expr import functions as F
from verify.expr.numpy_reading import compile_numpy


def network(loss, wrt, *, hoist=True):
    made = Network(Contractor(fixed_for(wrt)), parameter_only(wrt), hoist=hoist)
    return made, made.add(loss)


def collected(model):
    """Return the shapes of the independent variables that are used."""
    made, _ = network(model.loss, list(model.parameters.values()))
    used = {id(arg) for node in made.nodes for arg in node.args}
    return [node.value.shape for node in made.nodes if node.kind == LEAF and id(node) in used]


def test_attention_meets_the_data_through_products_of_its_matrices():
    model = models.build("self-attention", n=32, T=4, d=3, hidden=4)
    assert sorted(collected(model)) == [(3, 3), (3, 4), (4,)]


def test_products_larger_than_their_factors_are_not_collected():
    model = models.build("self-attention", n=32, T=4, d=6, dk=2)
    assert sorted(collected(model)) == [(6,), (6, 2), (6, 2), (6, 6)]


def test_the_value_is_the_same():
    model = models.build("self-attention", n=5, T=3, d=2, hidden=2)
    wrt = list(model.parameters.values())
    _, root = network(model.loss, wrt)
    rng = np.random.default_rng(0)
    values = [rng.standard_normal(s.shape) for s in (*wrt, *model.data.values())]
    a, b = compile_numpy([model.loss, root.value], [*wrt, *model.data.values()])(*values)
    assert np.isclose(a, b, rtol=1e-14)


def test_shared_products_are_one_node():
    X, W = F.argument("X", (5, 2)), F.argument("W", (2, 3))
    Z = X @ W
    made, _ = network(F.sum(F.tanh(Z)) + F.sum(F.exp(Z)), [W])
    assert sum(node.kind == PRODUCT and node.value.shape == (5, 3) for node in made.nodes) == 1


def test_regularisers_are_collected_as_numbers():
    X, w = F.argument("X", (5, 2)), F.argument("w", (2,))
    made, _ = network(F.sum(F.tanh(X @ w)) + F.sum(w**2), [w])
    assert [node.value.shape for node in made.nodes if node.kind == LEAF].count(()) == 1
