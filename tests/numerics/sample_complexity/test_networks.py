"""Networks trained at once: gradients against differences, fits, and independence of the nets of one batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from numerics.sample_complexity import networks


@pytest.mark.parametrize("train", [networks.two_layer, networks.self_attention])
def test_slopes_are_the_gradient(train: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss is rebuilt from predictions on the training inputs; central differences in every block."""
    rng = np.random.default_rng(0)
    x, y, tokens = rng.standard_normal((5, 6)), rng.standard_normal(5), (3, 2)
    decay = np.array([0.0])
    caught: list[Any] = []

    def at(blocks: Any) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return loss and slopes at some blocks, through the code under test."""
        monkeypatch.setattr(networks, "adam", lambda first, slopes: caught.append((first, slopes)) or (blocks or first))
        predicted = train(x, y, decay, x, tokens, 0)
        return float(np.mean((predicted[0] - y) ** 2) / 2), caught[-1]

    _, (start, slopes) = at(None)
    gradient = slopes(start)
    for place, block in enumerate(start):
        for spot in [tuple(rng.integers(0, size) for size in block.shape) for _ in range(4)]:
            ends = []
            for step in (1e-5, -1e-5):
                moved = [b.copy() for b in start]
                moved[place][spot] += step
                ends.append(at(moved)[0])
            assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(gradient[place][spot], abs=1e-7)


@pytest.mark.parametrize("train", [networks.two_layer, networks.self_attention])
def test_nets_of_a_batch_do_not_touch_each_other(train: Any) -> None:
    rng = np.random.default_rng(1)
    x, y, test = rng.standard_normal((8, 6)), rng.standard_normal(8), rng.standard_normal((4, 6))
    both = train(x, y, np.array([0.01, 0.3]), test, (3, 2), 0)
    assert both[1] == pytest.approx(train(x, y, np.array([0.3]), test, (3, 2), 0)[0])
    assert np.abs(both[0] - both[1]).max() > 1e-3


def test_self_attention_finds_the_relevant_token() -> None:
    rng = np.random.default_rng(2)
    x, test = rng.standard_normal((80, 12)), rng.standard_normal((50, 12))
    predicted = networks.self_attention(x, x[:, 3], np.array([1e-3]), test, (4, 3), 0)[0]
    assert np.mean((predicted - test[:, 3]) ** 2) < 0.05


def test_adam_minimises_a_quadratic() -> None:
    target = np.array([1.0, -2.0])
    (end,) = networks.adam([np.zeros(2)], lambda blocks: [blocks[0] - target], steps=800)
    assert end == pytest.approx(target, abs=1e-3)
