"""The entry point: an expression compiled for batches of points, by whichever way is quickest for its size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.compiler import CannotCompile
from numerics.kernels import choice, native
from numerics.kernels.lowering import Lowered, Unsupported, cost, lower
from numerics.kernels.tiered import PATIENCE, Tiered
from verify.errors import InvalidInput
from verify.expr.node import BOOL, Expr, symbols, topological
from verify.expr.numpy_reading import compile_numpy

Array = NDArray[Any]

BACKENDS = ("auto", "tiered", "c", "numpy")


class Kernel:
    """A function from arrays (B, *shape), one per input, to the list of outputs, each (B, *shape).

    Attributes:
        backend: ``"c"``, ``"numpy"`` or ``"tiered"``.
        reason: why NumPy was taken, else empty.
        source: the C text, else empty.
        inputs: the symbols of the arguments.
        outputs: the expressions computed.
    """

    def __init__(
        self, outputs: Sequence[Expr], inputs: Sequence[Expr], function: Callable[..., list[Array]],
        *, backend: str, reason: str = "", source: str = "",
    ) -> None:  # fmt: skip
        self.outputs, self.inputs = tuple(outputs), tuple(inputs)
        self.backend, self.reason, self.source = backend, reason, source
        self._function = function

    def __call__(self, *arrays: Any) -> list[Array]:
        """Evaluate at a batch of points.

        Raises:
            InvalidInput: an array of the wrong shape, or batches of different lengths.
        """
        return self._function(*arrays)


def compile_kernel(
    outputs: Sequence[Expr],
    inputs: Sequence[Expr],
    *,
    shared: Mapping[str, Any] | None = None,
    threads: int = 1,
    backend: str = "auto",
) -> Kernel:
    """Compile expressions for batches of points. Floats: they may find a point, never decide about it.

    Values, gradients and Hessian products are expressions alike; an output may keep the axis of the samples.
    The result at a point depends on the kernel only, not on the batch around it nor on the number of threads.
    Where the exact reading is undefined, the value is ``nan``. Matrix products are bracketed anew where that is
    cheaper, so that rounding, and overflow of intermediate values near 1e308, differ from the NumPy reading.

    Args:
        outputs: expressions; conditions come out as booleans that are true only where defined and true.
        inputs: the symbols whose values are the arguments, each with one more axis in front.
        shared: fixed values of further symbols by name, the same for every point.
        threads: threads that share a batch of the compiled kernel.
        backend: ``"c"`` (compiled C), ``"numpy"`` (array operations), ``"auto"`` (see
            :mod:`numerics.kernels.choice`), or ``"tiered"``: the same, but array operations answer the first points
            while the compiler runs; which ones does not depend on time.

    Raises:
        InvalidInput: a free symbol without a value, no inputs, an unknown backend, or ``"c"`` where it is impossible.
    """
    shared = dict(shared or {})
    _check(outputs, inputs, shared, threads, backend)
    if backend == "tiered":
        return _tiered(outputs, inputs, shared, threads)
    if backend != "numpy":
        try:
            return _compiled(outputs, inputs, shared, threads, forced=backend == "c")
        except (CannotCompile, Unsupported, choice.Declined) as error:
            if backend == "c":
                raise InvalidInput(f"no compiled kernel: {error}", fix="use backend='auto' or 'numpy'") from error
            reason = str(error)
    else:
        reason = "asked for"
    function = compile_numpy(outputs, inputs, batched=True, shared=shared)
    return Kernel(outputs, inputs, function, backend="numpy", reason=reason)


def _tiered(outputs: Sequence[Expr], inputs: Sequence[Expr], shared: Mapping[str, Any], threads: int) -> Kernel:
    first = compile_numpy(outputs, inputs, batched=True, shared=shared)
    work = sum(map(cost, topological(*outputs)))

    def make() -> Kernel | None:
        try:
            return _compiled(outputs, inputs, shared, threads, forced=False)
        except (CannotCompile, Unsupported, choice.Declined):
            return None

    function = Tiered(first, make, PATIENCE // max(1, work))
    return Kernel(outputs, inputs, function, backend="tiered")


def _check(
    outputs: Sequence[Expr], inputs: Sequence[Expr], shared: Mapping[str, Any], threads: int, backend: str
) -> None:
    if backend not in BACKENDS:
        raise InvalidInput(f"there is no backend '{backend}'", fix=f"use one of {', '.join(BACKENDS)}")
    if threads < 1:
        raise InvalidInput(f"{threads} threads", fix="use one or more")
    if not inputs:
        raise InvalidInput("a batch without inputs has no length", fix="give at least one input symbol")
    given = {str(symbol.attrs) for symbol in inputs} | shared.keys()
    if missing := [name for name in symbols(*outputs) if name not in given]:
        raise InvalidInput(f"no value for {', '.join(missing)}", fix="give them as inputs or shared values")


def _compiled(
    outputs: Sequence[Expr], inputs: Sequence[Expr], shared: Mapping[str, Any], threads: int, *, forced: bool
) -> Kernel:
    lowered = lower(outputs, inputs)
    if not forced:
        choice.check(lowered)
    library = native.load(lowered.source)
    data = _values(lowered, shared)
    shapes = [(output.shape, output.kind == BOOL) for output in outputs]
    runner = native.Runner(library, data, shapes, lowered.scratch, threads)
    function = partial(_run, runner, tuple(inputs))
    return Kernel(outputs, inputs, function, backend="c", source=lowered.source)


def _values(lowered: Lowered, shared: Mapping[str, Any]) -> list[Array]:
    values = compile_numpy(lowered.data, [], shared=shared)()
    return [np.ascontiguousarray(value, dtype=float) for value in values]


def _run(runner: native.Runner, inputs: Sequence[Expr], *arrays: Any) -> list[Array]:
    if len(arrays) != len(inputs):
        raise InvalidInput(f"{len(arrays)} arrays for {len(inputs)} inputs")
    points = [_fitted(array, symbol) for array, symbol in zip(arrays, inputs, strict=True)]
    if any(len(point) != len(points[0]) for point in points):
        raise InvalidInput(f"batches of different lengths {[len(point) for point in points]}")
    return runner.run(points)


def _fitted(array: Any, symbol: Expr) -> Array:
    value = np.asarray(array, dtype=float, order="C")
    if value.shape[1:] != symbol.shape or value.ndim != len(symbol.shape) + 1:
        raise InvalidInput(f"'{symbol.attrs}' of shape {list(value.shape)}", fix=f"give shape {['B', *symbol.shape]}")
    return value
