"""Loss, gradient and Hessian for batches of parameter points, by the quickest way that fits the expression.

Blocks of points go through one compiled kernel, which walks over the samples once; a block is small enough for its
results to stay in the cache until they are put in their places in the Hessian.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.hessians.local import Unstructured
from numerics.hessians.structured import SecondDerivative, gauss_newton, structured_hessian
from numerics.kernels import compile_kernel
from numerics.kernels.kernel import Kernel
from numerics.kernels.lowering import cost, varying_nodes
from verify.errors import InvalidInput
from verify.expr import build
from verify.expr.derive import gradient, hessian_product
from verify.expr.node import Expr, topological
from verify.expr.numpy_derivatives import flatten, unflatten

Array = NDArray[np.float64]
ValueGradient = Callable[[Any], tuple[Array, Array]]
"""From points (B, p) to the loss (B,) and its gradient (B, p)."""

BLOCK_ENTRIES = 1 << 17
"""Entries of the Hessians of one block of points (a mebibyte)."""

FEWEST_POINTS = 8
"""Points of a block at least, so that the lanes of a compiled kernel are full."""

MOST_NODES = 5000
"""Largest graph of a structured Hessian that is compiled."""

WORTH_COMPILING = 10**9
"""Operations in all from which compiling, a second or two, pays."""

NUMPY_ENTRIES = 1 << 18
"""Entries of the largest intermediate array of one block of points without a compiled kernel (two mebibytes)."""


@dataclass(frozen=True)
class SecondOrder:
    """A function of points (B, p) giving the loss (B,), its gradient (B, p) and its symmetric Hessian (B, p, p).

    Attributes:
        wrt: the parameter arrays.
        method: ``"structured"`` (blocks by structure) or ``"directions"`` (one derivative per parameter).
        reason: why the Hessian is not structured, else empty.
        kernel: what is compiled.
        threads: threads that share a batch.
    """

    wrt: tuple[Expr, ...]
    method: str
    reason: str
    kernel: Kernel
    places: tuple[tuple[int, int], ...]
    threads: int = 1

    def __call__(self, points: Any) -> tuple[Array, Array, Array]:
        """Evaluate at points (B, p).

        Raises:
            InvalidInput: the points have another width.
        """
        points = np.asarray(points, dtype=float)
        unflatten(points[:0], self.wrt)  # checks the shape
        count, width = points.shape
        value, slope, hessian = np.empty(count), np.empty((count, width)), np.empty((count, width, width))
        step = self._points_together(width)
        fill = self._structured if self.method == "structured" else self._directions
        for start in range(0, count, step):
            part = slice(start, start + step)
            fill(points[part], value[part], slope[part], hessian[part])
        return value, slope, hessian

    def _points_together(self, width: int) -> int:
        """Return how many points make a block: results stay in the cache, NumPy's intermediate arrays in memory."""
        full = BLOCK_ENTRIES // max(1, width * width)
        if self.kernel.backend == "c":
            return FEWEST_POINTS * max(1, full // FEWEST_POINTS) * self.threads
        least = FEWEST_POINTS if self.kernel.backend == "tiered" else 1
        return max(least, min(full, NUMPY_ENTRIES // self._largest))

    @cached_property
    def _largest(self) -> int:
        return max(node.size for node in topological(*self.kernel.outputs))

    def _structured(self, points: Array, value: Array, slope: Array, hessian: Array) -> None:
        results = self.kernel(*unflatten(points, self.wrt))
        value[:] = results[0]
        slope[:] = flatten(results[1 : 1 + len(self.wrt)], self.wrt)
        offsets = _offsets(self.wrt)
        if len(self.places) < len(self.wrt) * (len(self.wrt) + 1) // 2:
            hessian[:] = 0.0
        for (i, j), block in zip(self.places, results[1 + len(self.wrt) :], strict=True):
            rows, columns = slice(offsets[i], offsets[i + 1]), slice(offsets[j], offsets[j + 1])
            if i == j:
                np.multiply(0.5, block + np.swapaxes(block, 1, 2), out=hessian[:, rows, rows])
            else:
                hessian[:, rows, columns] = block
                hessian[:, columns, rows] = np.swapaxes(block, 1, 2)

    def _directions(self, points: Array, value: Array, slope: Array, hessian: Array) -> None:
        count, width = points.shape
        repeated = np.repeat(points, width, axis=0)
        units = np.tile(np.eye(width), (count, 1))
        results = self.kernel(*unflatten(repeated, self.wrt), *unflatten(units, self.wrt))
        value[:] = results[0][::width]
        slope[:] = flatten(results[1 : 1 + len(self.wrt)], self.wrt)[::width]
        rows = flatten(results[1 + len(self.wrt) :], self.wrt).reshape(count, width, width)
        upper = np.triu(np.ones((width, width), dtype=bool))
        hessian[:] = np.where(upper, rows, np.swapaxes(rows, 1, 2))


def _offsets(wrt: Sequence[Expr]) -> list[int]:
    return [0, *np.cumsum([symbol.size for symbol in wrt]).tolist()]


def gradient_function(
    loss: Expr,
    wrt: Sequence[Expr],
    *,
    shared: Mapping[str, Any] | None = None,
    threads: int = 1,
    backend: str = "auto",
) -> ValueGradient:
    """Return loss and gradient as a function of batches of points; arguments as of :func:`hessian_function`."""
    kernel = compiled([loss, *gradient(loss, wrt)], wrt, shared, threads, backend)

    def value_gradient(points: Any) -> tuple[Array, Array]:
        value, *slopes = kernel(*unflatten(np.asarray(points, dtype=float), wrt))
        return value, flatten(slopes, wrt)

    return value_gradient


def hessian_function(
    loss: Expr,
    wrt: Sequence[Expr],
    *,
    shared: Mapping[str, Any] | None = None,
    threads: int = 1,
    backend: str = "auto",
    points: int | None = None,
) -> SecondOrder:
    """Return loss, gradient and Hessian as a function of batches of points. Floats: they find, they never decide.

    Args:
        loss: scalar expression.
        wrt: the parameter arrays, symbols; their entries, flattened in this order, are the p coordinates.
        shared: values of the other symbols by name.
        threads: threads that share a batch of a compiled kernel.
        backend: of the kernel: ``"auto"``, ``"c"``, ``"numpy"`` or ``"tiered"``.
        points: how many points will be asked for, if that is known; ``"auto"`` does not compile for a few.

    Raises:
        InvalidInput: a symbol without a value, or an operation that has no derivative.
    """
    moves = directions_of(wrt)
    by_directions = [loss, *gradient(loss, wrt), *hessian_product(loss, wrt, moves)]
    try:
        made = structured_hessian(loss, wrt)
        work = _check_worth(made, by_directions, wrt, moves)
    except (Unstructured, InvalidInput) as error:
        kernel = compiled(by_directions, [*wrt, *moves], shared, threads, backend)
        return SecondOrder(tuple(wrt), "directions", str(error), kernel, (), threads)
    if backend == "auto" and points is not None and points * work < WORTH_COMPILING:
        backend = "numpy"
    return _structured(made, wrt, shared, threads, backend)


def _check_worth(
    made: SecondDerivative, by_directions: Sequence[Expr], wrt: Sequence[Expr], moves: Sequence[Expr]
) -> int:
    """Return the operations of the structured Hessian at one point.

    Raises:
        Unstructured: one derivative per parameter takes less work, or the structure is too large.
    """
    outputs = [made.value, *made.gradient, *made.blocks.values()]
    own, other = topological(*outputs), topological(*by_directions)
    if len(own) > MOST_NODES:
        raise Unstructured(f"the structured Hessian has {len(own)} nodes, more than {MOST_NODES}")
    width = sum(symbol.size for symbol in wrt)
    if (work := _work(own, wrt)) > (least := width * _work(other, [*wrt, *moves])):
        raise Unstructured(f"the structured Hessian takes {work} operations, one derivative per parameter {least}")
    return work


def _work(nodes: Sequence[Expr], inputs: Sequence[Expr]) -> int:
    varying = varying_nodes(nodes, inputs)
    return sum(cost(node) for node in nodes if id(node) in varying)


def gauss_newton_function(
    loss: Expr,
    wrt: Sequence[Expr],
    *,
    shared: Mapping[str, Any] | None = None,
    threads: int = 1,
    backend: str = "auto",
) -> SecondOrder:
    """Return the same as :func:`hessian_function` with the Gauss-Newton matrix in place of the Hessian.

    Raises:
        InvalidInput: the loss has an operation without structured derivative.
    """
    try:
        return _structured(gauss_newton(loss, wrt), wrt, shared, threads, backend)
    except Unstructured as error:
        raise InvalidInput(f"no Gauss-Newton matrix: {error}", fix="use the Hessian") from error


def _structured(
    made: SecondDerivative, wrt: Sequence[Expr], shared: Mapping[str, Any] | None, threads: int, backend: str
) -> SecondOrder:
    places = tuple(made.blocks)
    blocks = [build.reshape(made.blocks[i, j], (wrt[i].size, wrt[j].size)) for i, j in places]
    kernel = compiled([made.value, *made.gradient, *blocks], wrt, shared, threads, backend)
    return SecondOrder(tuple(wrt), "structured", "", kernel, places, threads)


def directions_of(wrt: Sequence[Expr]) -> list[Expr]:
    """Return symbols for a direction in each parameter array."""
    return [build.symbol(f" direction {symbol.attrs}", symbol.shape) for symbol in wrt]


def compiled(
    outputs: Sequence[Expr], inputs: Sequence[Expr], shared: Mapping[str, Any] | None, threads: int, backend: str
) -> Kernel:
    """Return a kernel in C wherever one can be compiled; these graphs are made for going through the samples once."""
    if backend == "auto":
        try:
            return compile_kernel(outputs, inputs, shared=shared, threads=threads, backend="c")
        except InvalidInput:
            backend = "numpy"
    return compile_kernel(outputs, inputs, shared=shared, threads=threads, backend=backend)
