"""The entry point: arguments, backends, batches of every length, threads."""

from __future__ import annotations

import numpy as np
import pytest

from numerics import compiler
from numerics.kernels import choice, compile_kernel
from verify import models
from verify.errors import InvalidInput
from verify.expr import build
from verify.expr import functions as F
from verify.expr.derive import gradient

W, B = F.argument("w", (3,)), F.argument("b")
LOSS = F.sum(F.tanh(F.argument("data", (20, 3)) @ W + B) ** 2)
SHARED = {"data": np.random.default_rng(0).standard_normal((20, 3))}


def points(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.standard_normal((count, 3)), rng.standard_normal(count)]


@pytest.mark.usefixtures("needs_compiler")
def test_both_backends_agree_on_an_attention_model(agrees) -> None:
    model = models.build("self-attention", n=12, T=5, d=3, hidden=2)
    wrt = list(model.parameters.values())
    rng = np.random.default_rng(2)
    shared = {name: rng.standard_normal(symbol.shape) for name, symbol in model.data.items()}
    outputs = [model.loss, *gradient(model.loss, wrt)]
    batch = [rng.standard_normal((19, *symbol.shape)) for symbol in wrt]
    kernels = [compile_kernel(outputs, wrt, shared=shared, backend=name) for name in ("auto", "numpy")]
    assert [kernel.backend for kernel in kernels] == ["c", "numpy"]
    assert all(agrees(a, b) for a, b in zip(kernels[0](*batch), kernels[1](*batch), strict=True))


@pytest.mark.usefixtures("needs_compiler")
def test_a_point_has_one_result_whatever_is_computed_with_it() -> None:
    """Bit by bit: alone, in batches of any length, and with any number of threads."""
    outputs = [LOSS, *gradient(LOSS, [W, B])]
    batch = points(37)
    whole = compile_kernel(outputs, [W, B], shared=SHARED, backend="c")(*batch)
    for threads in (1, 2, 3, 64):
        kernel = compile_kernel(outputs, [W, B], shared=SHARED, backend="c", threads=threads)
        for start, stop in ((0, 37), (0, 1), (5, 13), (30, 37), (4, 4)):
            part = kernel(*(array[start:stop] for array in batch))
            assert all(np.array_equal(a, b[start:stop]) for a, b in zip(part, whole, strict=True))


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_wrong_arguments_are_named(backend: str, needs_compiler: None) -> None:
    kernel = compile_kernel([LOSS], [W, B], shared=SHARED, backend=backend)
    with pytest.raises(InvalidInput, match="'w' of shape"):
        kernel(np.zeros((4, 2)), np.zeros(4))
    with pytest.raises(InvalidInput, match="different lengths"):
        kernel(np.zeros((4, 3)), np.zeros(5))
    with pytest.raises(InvalidInput, match="no value for data"):
        compile_kernel([LOSS], [W, B], backend=backend)
    with pytest.raises(InvalidInput, match="shape"):
        compile_kernel([LOSS], [W, B], shared={"data": np.zeros((2, 2))}, backend=backend)
    with pytest.raises(InvalidInput, match="input"):
        compile_kernel([build.number(1)], [], backend=backend)


def test_options_are_checked() -> None:
    with pytest.raises(InvalidInput, match="backend 'fortran'"):
        compile_kernel([LOSS], [W, B], shared=SHARED, backend="fortran")
    with pytest.raises(InvalidInput, match="0 threads"):
        compile_kernel([LOSS], [W, B], shared=SHARED, threads=0)


def test_without_a_compiler_numpy_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(compiler.COMPILER_VARIABLE, "")
    compiler.compiler.cache_clear()
    kernel = compile_kernel([LOSS], [W, B], shared=SHARED)
    assert (kernel.backend, kernel.reason) == ("numpy", "no C compiler found")
    assert kernel(*points(3))[0].shape == (3,)
    with pytest.raises(InvalidInput, match="no C compiler"):
        compile_kernel([LOSS], [W, B], shared=SHARED, backend="c")


@pytest.mark.usefixtures("needs_compiler")
def test_what_kernels_cannot_do_is_left_to_numpy() -> None:
    m = F.argument("m", (2, 2))
    kernel = compile_kernel([build.extreme_eigenvalue("max_eig", m)], [m])
    assert kernel.backend == "numpy"
    assert "max_eig" in kernel.reason
    assert kernel(np.eye(2)[None])[0].tolist() == [1.0]


@pytest.mark.usefixtures("needs_compiler")
def test_large_graphs_are_left_to_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "LARGEST_SCRATCH", 3)
    kernel = compile_kernel([LOSS], [W, B], shared=SHARED)
    assert kernel.backend == "numpy"
    assert "lanes of memory" in kernel.reason
    assert compile_kernel([LOSS], [W, B], shared=SHARED, backend="c").backend == "c"


@pytest.mark.usefixtures("needs_compiler")
def test_inputs_are_not_changed_and_may_be_of_any_layout() -> None:
    kernel = compile_kernel([W * B, W], [W, B], backend="c")
    given = np.arange(24.0).reshape(3, 8).T
    before = given.copy()
    product, same = kernel(given[::-1], list(range(8)))
    assert np.array_equal(given, before)
    assert np.array_equal(product, given[::-1] * np.arange(8)[:, None])
    assert np.array_equal(same, given[::-1])
    same[:] = 0
    assert np.array_equal(given, before)
