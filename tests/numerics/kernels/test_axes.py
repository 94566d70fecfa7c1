"""Which axes are sliced."""

from __future__ import annotations

import pytest

from numerics.kernels.axes import best_slicing
from numerics.kernels.lowering import varying_nodes
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr, topological

X, W, V = F.argument("x", (50, 4, 3)), F.argument("w", (3, 3)), F.argument("v", (3,))
FLAT = F.argument("flat", (50, 3))


def slices(*outputs: Expr) -> int:
    nodes = topological(*outputs)
    return best_slicing(nodes, varying_nodes(nodes, [W, V])).count


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        (50, F.sum(F.tanh(X @ W) ** 2)),
        (50, F.sum(F.softmax(X @ W @ X.T), axis=0)),
        (50, F.sum(F.tanh(F.sum(X @ W, axis=1) @ V))),
        (50, F.tanh(FLAT @ W).T @ F.sin(FLAT @ V)),
        (50, F.sum(build.reshape(F.exp(X @ W), (50, 12)))),
        (50, F.sum(F.exp(X @ W)[:, 0, 1:])),
        (50, F.sum(F.concatenate([F.exp(X @ W), X], axis=2))),
        (50, F.sum(build.scatter(F.exp(X @ W)[:, 1], [4 * k + j for k in range(50) for j in range(3)], (50, 4)))),
        (1, F.max(F.exp(X @ W))),
        (4, F.softmax(build.transpose(F.exp(X @ W), (1, 2, 0)))),
        (4, F.sum(F.exp(X @ W)[::2] * V)),
        (3, build.reshape(build.transpose(F.exp(X @ W), (1, 0, 2)), (200, 3))),
    ],
)
def test_the_longest_axis_that_can_be_cut(expected: int, output: Expr) -> None:
    assert slices(output) == expected


def test_an_axis_that_meets_itself_is_not_cut() -> None:
    hidden = F.tanh(FLAT @ W)
    assert slices(hidden @ hidden.T) == 1
    assert slices(F.sin(hidden) @ V) == 50


def test_levels_count_the_sums_before_a_node() -> None:
    hidden = F.exp(FLAT @ W)
    centred = hidden - F.mean(hidden, axis=0)
    spread = F.sum(centred**2)
    nodes = topological(spread)
    slicing = best_slicing(nodes, varying_nodes(nodes, [W]))
    assert slicing.count == 50
    assert slicing.level[id(hidden)] == 0
    assert slicing.level[id(centred)] == 1
    assert slicing.level[id(spread)] == 2
    assert slicing.shape(centred) == (1, 3)
