"""The change from array operations to the compiled kernel: at a fixed point, whatever the time."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from numerics.kernels import compile_kernel, kernel
from numerics.kernels.tiered import Tiered
from verify.expr import functions as F


def test_the_change_depends_on_the_points_asked_for_only() -> None:
    ready = threading.Event()

    def make():
        ready.wait(10)
        return lambda a: ["quick"]

    tiered = Tiered(lambda a: ["slow"], make, patience=10)
    assert [tiered(np.zeros(4))[0] for _ in range(3)] == ["slow"] * 3
    threading.Timer(0.05, ready.set).start()
    assert [tiered(np.zeros(4))[0] for _ in range(2)] == ["quick"] * 2


def test_nothing_quicker_leaves_the_first() -> None:
    tiered = Tiered(lambda a: ["slow"], lambda: None, patience=0)
    assert [tiered(np.zeros(1))[0] for _ in range(2)] == ["slow"] * 2


def test_a_failure_is_told() -> None:
    def make():
        raise ValueError("broken")

    tiered = Tiered(lambda a: ["slow"], make, patience=1)
    assert tiered(np.zeros(1)) == ["slow"]
    with pytest.raises(ValueError, match="broken"):
        tiered(np.zeros(1))


@pytest.mark.usefixtures("needs_compiler")
def test_a_tiered_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    w = F.argument("w", (3,))
    monkeypatch.setattr(kernel, "PATIENCE", 400)
    tiered = compile_kernel([F.sum(F.exp(w))], [w], backend="tiered")
    batch = np.random.default_rng(0).standard_normal((50, 3))
    expected = np.exp(batch).sum(axis=1)
    for _ in range(4):
        np.testing.assert_allclose(tiered(batch)[0], expected, rtol=1e-14)
    quick = compile_kernel([F.sum(F.exp(w))], [w], backend="c")(batch)[0]
    assert np.array_equal(tiered(batch)[0], quick)
