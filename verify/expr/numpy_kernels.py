"""Float kernels behind the NumPy reading: numerically safe, and ``nan`` wherever the exact value is undefined.

Every array carries ``trail`` batch axes after the axes of its expression, so that whole batches lie contiguously
behind each entry. Conditions are numbers: 1.0, 0.0, or ``nan`` where a compared value is undefined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import pi, prod, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Kernel = Callable[..., Array]

INVERSE_SQRT_PI = 1 / sqrt(pi)

LOOPED_PRODUCT = 4
"""Longest inner axis for which a batched matrix product is summed by slices instead of one product per matrix."""


# --- elementwise ------------------------------------------------------------------------------------------------


def divide(a: Array, b: Array) -> Array:
    """Return a/b, ``nan`` where ``b`` is zero."""
    quotient: Array = a / b
    return quotient if b.all() else np.where(b == 0, np.nan, quotient)


def log(a: Array) -> Array:
    """Return the logarithm, ``nan`` for numbers that are not positive."""
    value: Array = np.log(a)
    return value if a.all() else np.where(a == 0, np.nan, value)


def sigmoid(a: Array) -> Array:
    """Return 1/(1+exp(-a)) with full relative accuracy on both tails."""
    shrunk = np.exp(-np.abs(a))
    value: Array = np.where(a >= 0, 1.0, shrunk) / (1.0 + shrunk)
    return value


def softplus(a: Array) -> Array:
    """Return log(1+exp(a)) without overflow."""
    value: Array = np.maximum(a, 0.0) + np.log1p(np.exp(-np.abs(a)))
    return value


def erf(a: Array) -> Array:
    """Return the error function."""
    from scipy.special import erf as scipy_erf

    value: Array = scipy_erf(a)
    return value


def relu(a: Array) -> Array:
    """Return max(a, 0)."""
    value: Array = np.maximum(a, 0.0)
    return value


def step(a: Array) -> Array:
    """Return 1 where a > 0, 0 where a < 0, ``nan`` at 0."""
    value: Array = np.heaviside(a, np.nan)
    return value


def power(n: int) -> Kernel:
    """Return the kernel of a nonnegative integer power, by repeated squaring."""

    def zeroth(a: Array) -> Array:
        return np.where(np.isnan(a), np.nan, 1.0)

    def positive(a: Array) -> Array:
        out, square, left = None, a, n
        while left:
            if left & 1:
                out = square if out is None else out * square
            left >>= 1
            if left:
                square = square * square
        assert out is not None
        return out

    return positive if n else zeroth


# --- conditions -------------------------------------------------------------------------------------------------


def _comparison(relation: Callable[[Array, Array], NDArray[np.bool_]]) -> Kernel:
    def compare(a: Array, b: Array) -> Array:
        unknown = np.isnan(a) | np.isnan(b)
        return np.where(unknown, np.nan, relation(a, b))

    return compare


def all_of(*conditions: Array) -> Array:
    """Return 1.0 where all conditions hold, ``nan`` where any is undefined."""
    return prod(conditions[1:], start=conditions[0])


def any_of(*conditions: Array) -> Array:
    """Return 1.0 where a condition holds, ``nan`` where any is undefined."""
    out = conditions[0]
    for condition in conditions[1:]:
        out = np.maximum(out, condition)
    return out


def where(condition: Array, a: Array, b: Array) -> Array:
    """Return ``a`` where the condition holds, ``b`` where it fails, ``nan`` where it is undefined."""
    chosen = np.where(condition == 1.0, a, b)
    return np.where(np.isnan(condition), np.nan, chosen)


ELEMENTWISE: dict[str, Kernel] = {
    "add": np.add,
    "mul": np.multiply,
    "div": divide,
    "exp": np.exp,
    "log": log,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "erf": erf,
    "sin": np.sin,
    "cos": np.cos,
    "abs": np.abs,
    "sign": np.sign,
    "relu": relu,
    "step": step,
    "maximum": np.maximum,
    "where": where,
    "lt": _comparison(np.less),
    "le": _comparison(np.less_equal),
    "eq": _comparison(np.equal),
    "ne": _comparison(np.not_equal),
    "and": all_of,
    "or": any_of,
    "not": lambda a: 1.0 - a,
}
"""Kernels that act entry by entry; the integer power is made by :func:`power`."""


# --- rows -------------------------------------------------------------------------------------------------------


def softmax(axis: int) -> Kernel:
    """Return the kernel of softmax along ``axis``, shifted by the largest entry."""

    def apply(a: Array) -> Array:
        grown = np.exp(a - a.max(axis=axis, keepdims=True))
        value: Array = grown / grown.sum(axis=axis, keepdims=True)
        return value

    return apply


def logsumexp(axis: int) -> Kernel:
    """Return the kernel of log(sum(exp)) along ``axis``."""

    def apply(a: Array) -> Array:
        top = a.max(axis=axis, keepdims=True)
        value: Array = np.squeeze(top, axis) + np.log(np.exp(a - top).sum(axis=axis))
        return value

    return apply


def margins(axis: int) -> Kernel:
    """Return the kernel of the distances from the sparsemax threshold, max over k of (sum of k largest - 1)/k."""

    def apply(a: Array) -> Array:
        counts = np.arange(1, a.shape[axis] + 1).reshape((-1,) + (1,) * (-1 - axis))
        sums = np.cumsum(np.flip(np.sort(a, axis=axis), axis), axis=axis)
        value: Array = a - ((sums - 1.0) / counts).max(axis=axis, keepdims=True)
        return value

    return apply


def sparsemax(axis: int) -> Kernel:
    """Return the kernel of the projection on the simplex along ``axis``."""
    distance = margins(axis)
    return lambda a: np.maximum(distance(a), 0.0)


def gap(axes: tuple[int, ...], trail: int) -> Kernel:
    """Return the kernel of the gap between the two largest entries over ``axes``."""

    def apply(a: Array) -> Array:
        kept = [axis for axis in range(a.ndim - trail) if axis not in axes]
        order = [*axes, *kept, *range(a.ndim - trail, a.ndim)]
        moved = a.transpose(order)
        rows = np.sort(moved.reshape(-1, *moved.shape[len(axes) :]), axis=0)
        value: Array = rows[-1] - rows[-2]
        return value

    return apply


def eigenvalue(place: int, trail: int) -> Kernel:
    """Return the kernel of the smallest (``place=0``) or largest (``place=-1``) eigenvalue of symmetric matrices."""

    def apply(a: Array) -> Array:
        stack = np.moveaxis(a, (0, 1), (-2, -1))
        whole = np.asarray(np.isfinite(stack).all(axis=(-2, -1)))
        values: Array = np.linalg.eigvalsh(np.where(whole[..., None, None], stack, 0.0))[..., place]
        return np.where(whole, values, np.nan)

    return apply


# --- entries ----------------------------------------------------------------------------------------------------


def gather(positions: Sequence[int], shape: tuple[int, ...], trail: int) -> Kernel:
    """Return the kernel that picks row-major ``positions`` into ``shape``; a view for evenly spaced ones."""
    picked = _as_slice(positions)

    def apply(a: Array) -> Array:
        batch = a.shape[a.ndim - trail :]
        return a.reshape(-1, *batch)[picked].reshape(shape + batch)

    return apply


def _as_slice(positions: Sequence[int]) -> slice | NDArray[np.intp]:
    if len(positions) == 1:
        return slice(positions[0], positions[0] + 1)
    stride = positions[1] - positions[0] if len(positions) > 1 else 0
    if stride > 0 and all(b - a == stride for a, b in pairwise(positions)):
        return slice(positions[0], positions[-1] + 1, stride)
    return np.array(positions, dtype=np.intp)


def scatter(positions: Sequence[int], shape: tuple[int, ...], trail: int) -> Kernel:
    """Return the kernel that adds entries at row-major ``positions`` of zeros of ``shape``."""
    places = np.array(positions, dtype=np.intp)
    unique = len(set(positions)) == len(positions)

    def apply(a: Array) -> Array:
        batch = a.shape[a.ndim - trail :]
        flat, out = a.reshape(-1, *batch), np.zeros((prod(shape), *batch))
        if unique:
            out[places] = flat
        else:
            np.add.at(out, places, flat)
        return out.reshape(shape + batch)

    return apply


# --- matrix products --------------------------------------------------------------------------------------------


def product(trail: int, left_fixed: bool, right_fixed: bool) -> Kernel:
    """Return the kernel of a stack of matrix products; ``fixed`` operands have batch axes of length one."""
    if trail == 0:
        return np.matmul
    if left_fixed:
        return _product_of_fixed_left(trail)
    if right_fixed:
        return _product_of_fixed_right(trail)
    return _product_of_batches(trail)


def _product_of_fixed_left(trail: int) -> Kernel:
    """One product with the batch as columns: large matrices instead of many small ones."""

    def apply(a: Array, b: Array) -> Array:
        a = a.reshape(a.shape[: a.ndim - trail])
        stacks, (k, m), batch = b.shape[: -2 - trail], b.shape[-2 - trail : b.ndim - trail], b.shape[-trail:]
        columns = b.reshape(*stacks, k, m * prod(batch))
        if prod(stacks) == 1:
            flat = a.reshape(-1, k) @ columns.reshape(k, -1)
            return flat.reshape(*a.shape[:-1], m, *batch)
        out: Array = np.matmul(a, columns)
        return out.reshape(*out.shape[:-1], m, *batch)

    return apply


def _product_of_fixed_right(trail: int) -> Kernel:
    def apply(a: Array, b: Array) -> Array:
        transposed = np.swapaxes(b.reshape(b.shape[: b.ndim - trail]), -1, -2)[..., None, :, :]
        batch = a.shape[-trail:]
        out: Array = np.matmul(transposed, a.reshape(*a.shape[:-trail], prod(batch)))
        return out.reshape(*out.shape[:-1], *batch)

    return apply


def _product_of_batches(trail: int) -> Kernel:
    def apply(a: Array, b: Array) -> Array:
        if a.shape[-1 - trail] > LOOPED_PRODUCT:
            return _moved_product(a, b, trail)
        left = np.expand_dims(a, -1 - trail)
        right = np.expand_dims(b, -3 - trail)
        columns, rows = np.moveaxis(left, -2 - trail, 0), np.moveaxis(right, -2 - trail, 0)
        # columns[j]: (..., n, 1, batch), rows[j]: (..., 1, m, batch)
        out: Array = columns[0] * rows[0]
        for column, row in zip(columns[1:], rows[1:], strict=True):
            out += column * row
        return out

    return apply


def _moved_product(a: Array, b: Array, trail: int) -> Array:
    """Long inner axes: one product per matrix, batch axes in front."""
    last, first = tuple(range(-trail, 0)), tuple(range(trail))
    depth = max(a.ndim, b.ndim)
    stacks = [np.moveaxis(part, last, first) for part in (a, b)]
    aligned = [s.reshape(*s.shape[:trail], *(1,) * (depth - s.ndim), *s.shape[trail:]) for s in stacks]
    return np.moveaxis(np.matmul(*aligned), first, last)


def contraction(trail: int) -> Kernel:
    """Return the kernel of the sum over all stacks of a product with a fixed left operand, as one product."""

    def apply(a: Array, b: Array) -> Array:
        n = a.shape[-2 - trail]
        rows = np.swapaxes(a.reshape(a.shape[: a.ndim - trail]), -1, -2).reshape(-1, n)
        tail = b.shape[-1 - trail :]
        out: Array = (rows.T @ b.reshape(len(rows), prod(tail))).reshape(n, *tail)
        return out

    return apply
