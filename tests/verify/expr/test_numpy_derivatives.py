"""Batched gradient and Hessian in floats, against the exact reading of the same derivatives."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from verify.errors import InvalidInput
from verify.expr import functions as F
from verify.expr import numpy_derivatives
from verify.expr.ball import Balls, precision, rational
from verify.expr.derive import gradient_entries, hessian_entries
from verify.expr.evaluate import evaluate
from verify.expr.numpy_derivatives import flatten, gradient_numpy, hessian_numpy, unflatten

X, y = F.argument("X", (2, 3)), F.argument("y", (2,))
W, v, a = F.argument("W", (2, 3)), F.argument("v", (2,)), F.argument("a", (3,))
LOSS = F.sum((F.tanh((F.softmax(a) * X) @ W.T) @ v - y) ** 2)
WRT = [W, v, a]
DATA = {"X": np.arange(6).reshape(2, 3) / 4 - 0.5, "y": np.array([0.25, -1.0])}
POINTS = np.random.default_rng(0).integers(-32, 32, (7, 11)) / 16


def test_hessian_agrees_with_exact_entries() -> None:
    value, slope, bend = hessian_numpy(LOSS, WRT, shared=DATA)(POINTS)
    assert (value.shape, slope.shape, bend.shape) == ((7,), (7, 11), (7, 11, 11))
    outputs = [LOSS, *gradient_entries(LOSS, WRT), *(e for row in hessian_entries(LOSS, WRT) for e in row)]
    for k in (0, 6):
        env = {str(s.attrs): part[0] for s, part in zip(WRT, unflatten(POINTS[k : k + 1], WRT), strict=True)} | DATA
        exact = {name: [rational(Fraction(e)) for e in array.ravel().tolist()] for name, array in env.items()}
        with precision(120):
            truth = np.array([float(e[0].mid()) for e in evaluate(outputs, exact, Balls())])
        found = np.concatenate([value[k : k + 1], slope[k], bend[k].ravel()])
        assert np.abs(found - truth).max() < 1e-12


def test_gradient_is_that_of_the_second_order_function() -> None:
    first, second = gradient_numpy(LOSS, WRT, shared=DATA)(POINTS), hessian_numpy(LOSS, WRT, shared=DATA)(POINTS)
    assert (first[0] == second[0]).all()
    assert (first[1] == second[1]).all()


def test_blocks_are_exactly_symmetric_between_parameters() -> None:
    _, _, bend = hessian_numpy(LOSS, WRT, shared=DATA)(POINTS)
    assert (bend[:, :6, 6:] == np.swapaxes(bend[:, 6:, :6], 1, 2)).all()


def test_chunks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = hessian_numpy(LOSS, WRT, shared=DATA)(POINTS)
    monkeypatch.setattr(numpy_derivatives, "CHUNK_ENTRIES", 1)
    parts = hessian_numpy(LOSS, WRT, shared=DATA)(POINTS)
    assert np.abs(whole[2] - parts[2]).max() < 1e-14


def test_linear_and_constant_losses() -> None:
    value, slope, bend = hessian_numpy(F.sum(3 * v) + 1, [v, a])(np.zeros((2, 5)))
    assert value.tolist() == [1, 1]
    assert slope.tolist() == [[3, 3, 0, 0, 0]] * 2
    assert not bend.any()


def test_flattening_round_trips_and_checks_widths() -> None:
    assert (flatten(unflatten(POINTS, WRT), WRT) == POINTS).all()
    with pytest.raises(InvalidInput, match="points of shape"):
        unflatten(POINTS[:, :-1], WRT)
