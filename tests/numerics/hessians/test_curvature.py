"""Sweeps over a network: adjoints, Jacobians and blocks."""

from __future__ import annotations

import numpy as np

from numerics.hessians.contraction import Contractor
from numerics.hessians.curvature import Curvature
from numerics.hessians.network import Network
from numerics.hessians.stages import fixed_for
from verify.expr import functions as F
from verify.expr.build import number
from verify.expr.numpy_reading import compile_numpy

X, W, v = F.argument("X", (4, 3)), F.argument("W", (3, 2)), F.argument("v", (2,))
LOSS = F.sum(F.tanh(F.softmax(X @ W) @ v))


def curvature():
    network = Network(Contractor(fixed_for([W, v])), lambda e: e in (W, v), hoist=False)
    root = network.add(LOSS)
    return Curvature(network, [(root, number(1))])


def test_dense_jacobians_are_derivatives():
    made = curvature()
    node = next(node for node in made.network.nodes if node.value.op == "tanh")
    rng = np.random.default_rng(0)
    values = {s: rng.standard_normal(s.shape) for s in (X, W, v)}
    for leaf, one in made.jacobian(node).items():
        (term,) = made.dense(one)
        found = compile_numpy([term.factors[0].value], [X, W, v])(*values.values())[0]
        step = 1e-6
        for place in np.ndindex(leaf.value.shape):
            sides = []
            for sign in (1, -1):
                moved = {s: a.copy() for s, a in values.items()}
                moved[leaf.value][place] += sign * step
                sides.append(compile_numpy([node.value], [X, W, v])(*moved.values())[0])
            assert np.allclose(found[(slice(None), *place)], (sides[0] - sides[1]) / (2 * step), atol=1e-8)


def test_only_chosen_nodes_count():
    made = curvature()
    assert made.blocks(set()) == {}
    assert set(made.blocks()) == {(0, 0), (0, 1), (1, 1)}


def test_jacobians_of_softmax_are_single_terms():
    made = curvature()
    node = next(node for node in made.network.nodes if node.value.op == "softmax")
    assert [len(one.terms) for one in made.jacobian(node).values()] == [1]
