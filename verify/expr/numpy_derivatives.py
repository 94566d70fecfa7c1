"""Loss, gradient and Hessian in floats, for many points at once, from one scalar expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.errors import InvalidInput
from verify.expr import build
from verify.expr.derive import directional, gradient
from verify.expr.node import Expr
from verify.expr.numpy_reading import CHUNK_ENTRIES, Program, compile_numpy, compile_program

Array = NDArray[np.float64]
ValueGradient = Callable[[Array], tuple[Array, Array]]
SecondOrder = Callable[[Array], tuple[Array, Array, Array]]


def flatten(arrays: Sequence[Any], wrt: Sequence[Expr]) -> Array:
    """Return values of the symbols in ``wrt``, each (B, *shape), as points (B, p)."""
    parts = [np.asarray(a, dtype=float).reshape(-1, s.size) for a, s in zip(arrays, wrt, strict=True)]
    return np.concatenate(parts, axis=1)


def unflatten(points: Array, wrt: Sequence[Expr]) -> list[Array]:
    """Return points (B, p) as one array (B, *shape) for each symbol in ``wrt``.

    Raises:
        InvalidInput: p is not the number of entries of the symbols.
    """
    width = sum(symbol.size for symbol in wrt)
    if points.ndim != 2 or points.shape[1] != width:
        raise InvalidInput(f"points of shape {list(points.shape)}", fix=f"give shape ['B', {width}]")
    out, start = [], 0
    for symbol in wrt:
        out.append(points[:, start : start + symbol.size].reshape(-1, *symbol.shape))
        start += symbol.size
    return out


def gradient_numpy(loss: Expr, wrt: Sequence[Expr], *, shared: Mapping[str, Any] | None = None) -> ValueGradient:
    """Return a function of points (B, p) giving the loss (B,) and its gradient (B, p).

    Args:
        loss: scalar expression.
        wrt: the symbols whose entries, flattened in this order, are the p coordinates.
        shared: values of the other symbols by name.
    """
    compiled = compile_numpy([loss, *gradient(loss, wrt)], wrt, batched=True, shared=shared)

    def value_and_gradient(points: Array) -> tuple[Array, Array]:
        value, *slopes = compiled(*unflatten(np.asarray(points, dtype=float), wrt))
        return value, flatten(slopes, wrt)

    return value_and_gradient


def hessian_numpy(loss: Expr, wrt: Sequence[Expr], *, shared: Mapping[str, Any] | None = None) -> SecondOrder:
    """Return a function of points (B, p) giving the loss (B,), its gradient (B, p) and its Hessian (B, p, p).

    The Hessian comes from one derivative along a direction per parameter, all directions of one array together; only
    the blocks on and above the diagonal are computed, so the result is exactly symmetric between blocks.

    Args:
        loss: scalar expression.
        wrt: the symbols whose entries, flattened in this order, are the p coordinates.
        shared: values of the other symbols by name.
    """
    first = gradient_numpy(loss, wrt, shared=shared)
    rows = [_row_program(loss, wrt, place, shared or {}) for place in range(len(wrt))]
    offsets = np.cumsum([0, *(symbol.size for symbol in wrt)])
    width = int(offsets[-1])

    def second_order(points: Array) -> tuple[Array, Array, Array]:
        points = np.asarray(points, dtype=float)
        value, slope = first(points)
        hessian = np.empty((len(points), width, width))
        for place, program in enumerate(rows):
            own = slice(offsets[place], offsets[place + 1])
            chunk = max(1, CHUNK_ENTRIES // (program.largest * wrt[place].size))
            for start in range(0, len(points), chunk):
                part = slice(start, start + chunk)
                block = _row(program, points[part], wrt, place)
                hessian[part, own, offsets[place] :] = block
                hessian[part, offsets[place + 1] :, own] = np.swapaxes(block[:, :, wrt[place].size :], 1, 2)
        return value, slope, hessian

    return second_order


def _row_program(loss: Expr, wrt: Sequence[Expr], place: int, shared: Mapping[str, Any]) -> Program:
    """Compile the Hessian blocks (place, place), (place, place+1), ... applied to a direction in one array."""
    direction = build.symbol(" direction", wrt[place].shape)
    slope = directional(loss, [wrt[place]], [direction])
    outputs = gradient(slope, wrt[place:])
    return compile_program(outputs, [*wrt, direction], trail=2, shared=shared)


def _row(program: Program, points: Array, wrt: Sequence[Expr], place: int) -> Array:
    """Return the blocks of one row, (B, own entries, entries from ``place`` on)."""
    own = wrt[place]
    arrays = [np.ascontiguousarray(np.moveaxis(part, 0, -1))[..., None, :] for part in unflatten(points, wrt)]
    basis = np.eye(own.size).reshape(*own.shape, own.size, 1)
    blocks = program.run([*arrays, basis])
    flat = [block.reshape(prod(block.shape[:-2]), own.size, len(points)) for block in blocks]
    return np.concatenate(flat, axis=0).transpose(2, 1, 0)
