"""Operations shared by the readings of PyTorch and JAX programs, on any array that NumPy's functions accept.

A program of a framework is read as a sequence of its primitive operations. Each is carried out by the NumPy function
of the same meaning, on arrays that carry rounding-error bounds (:class:`numerics.variants.traced.Traced`) or on
object arrays of numbers with derivatives (:class:`numerics.variants.slopes.Slope`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from numerics.variants.rounding import gamma
from numerics.variants.slopes import Slope
from numerics.variants.traced import Traced, TracingLost
from numerics.variants.traced_functions import product

WIDE_ENOUGH = np.float64
"""Values of contractions are summed in this format and rounded once, which the model of rounding allows."""


def is_object(a: Any) -> bool:
    """Whether the array holds numbers with derivatives."""
    return isinstance(a, np.ndarray) and a.dtype == object


def contraction(inputs: Sequence[str], output: str) -> Callable[[Any, Any], Any]:
    """Return the bilinear function of an einsum without an ellipsis."""
    text = ",".join(inputs) + "->" + output

    def function(a: Any, b: Any) -> Any:
        if a.dtype == object or b.dtype == object:
            return _object_contraction(inputs, output, a, b)
        if a.dtype == np.longdouble or b.dtype == np.longdouble:
            return np.einsum(text, a.astype(np.longdouble), b.astype(np.longdouble))
        return np.einsum(text, a.astype(WIDE_ENOUGH), b.astype(WIDE_ENOUGH))

    return function


def _object_contraction(inputs: Sequence[str], output: str, a: Any, b: Any) -> Any:
    letters = [*output, *sorted(set("".join(inputs)) - set(output))]
    left, right = (_aligned(part, own, letters) for part, own in zip((a, b), inputs, strict=True))
    whole = left * right
    summed = tuple(range(len(output), len(letters)))
    return objects(whole.sum(axis=summed) if summed else whole)


def _aligned(a: Any, own: str, letters: list[str]) -> Any:
    order = sorted(range(len(own)), key=lambda i: letters.index(own[i]))
    shape = [a.shape[own.index(letter)] if letter in own else 1 for letter in letters]
    return a.transpose(order).reshape(shape)


def objects(a: Any) -> Any:
    """Return an object array, also of a single number."""
    if isinstance(a, np.ndarray) and a.dtype == object:
        return a
    out = np.empty((), dtype=object)
    if isinstance(a, np.ndarray):
        return a.astype(object)
    out[()] = a
    return out


def contract(trace: Any, inputs: Sequence[str], output: str, a: Any, b: Any, dtype: Any) -> Any:
    """Return an einsum of two arrays, rounded to ``dtype``."""
    function = contraction(inputs, output)
    if is_object(a) or is_object(b):
        return function(as_objects(a), as_objects(b))
    sizes = dict(zip("".join(inputs), (*a.shape, *b.shape), strict=True))
    terms = int(np.prod([size for letter, size in sizes.items() if letter not in output], dtype=int))

    if dtype == np.float64:
        return product(trace, function, (a, b), terms)
    return _narrow_product(trace, function, (a, b), terms, dtype)


def _narrow_product(trace: Any, function: Any, inputs: Sequence[Any], terms: int, dtype: Any) -> Traced:
    """Like :func:`product`, for results in a format narrower than that of the sums."""
    a, b = (x if isinstance(x, Traced) else trace.array(x) for x in inputs)
    whole = product(trace, function, (a, b), terms)
    value = np.asarray(whole.value).astype(dtype)
    size = function(np.abs(a.value).astype(np.float64), np.abs(b.value).astype(np.float64))
    extra = gamma(terms + 1, trace.unit(dtype)) * size + terms * trace.form.tiny
    return trace.settle(value, whole.wide, whole.error + np.where(np.isfinite(extra), extra, np.inf))


def as_objects(a: Any) -> Any:
    """Return numbers as an object array of exact numbers with derivative zero; object arrays as they are."""
    if is_object(a):
        return a
    flat = np.asarray(a)
    out = np.empty(flat.size, dtype=object)
    out[:] = [Slope.constant(x) for x in flat.ravel().tolist()]
    return out.reshape(flat.shape)


def convert(trace: Any, a: Any, dtype: Any) -> Any:
    """Return the array in another format; numbers with derivatives stay what they are."""
    dtype = np.dtype(dtype)
    if is_object(a):
        if dtype.kind not in "fV" and dtype.name != "bfloat16":
            raise TracingLost(f"numbers with derivatives become {dtype}")
        return a
    if isinstance(a, Traced):
        if a.dtype == dtype:
            return a
        if a.dtype.kind in "biu":
            value = a.value.astype(dtype)
            return Traced(trace, value, trace.widen(value), a.error)
        return a.astype(dtype)
    return np.asarray(a).astype(dtype)


def choose(condition: Any, yes: Any, no: Any) -> Any:
    """Return ``where(condition, yes, no)``."""
    if is_object(yes) or is_object(no):
        condition = condition.value if isinstance(condition, Traced) else condition
        return objects(np.where(np.asarray(condition, dtype=bool), as_objects(yes), as_objects(no)))
    return np.where(condition, yes, no)


def compare(name: str, a: Any, b: Any) -> Any:
    """Return a comparison as truth values.

    Raises:
        TracingLost: numbers with derivatives whose order is not certain.
    """
    function = getattr(np, name)
    if not (is_object(a) or is_object(b)):
        return function(a, b)
    a, b = np.broadcast_arrays(as_objects(a), as_objects(b))
    pairs = zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)
    return np.array([x.compared(y, name) for x, y in pairs], dtype=bool).reshape(a.shape)


def extreme(name: str, a: Any, b: Any) -> Any:
    """Return the entrywise ``maximum`` or ``minimum``."""
    if not (is_object(a) or is_object(b)):
        return getattr(np, name)(a, b)
    a, b = np.broadcast_arrays(as_objects(a), as_objects(b))
    out = np.empty(a.size, dtype=object)
    out[:] = [getattr(x, name)(y) for x, y in zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)]
    return out.reshape(a.shape)


def reduced(name: str, a: Any, axes: Any, keep: bool = False) -> Any:
    """Return the ``sum``, ``max`` or ``min`` over some axes."""
    axes = tuple(int(axis) % max(a.ndim, 1) for axis in axes)
    if not axes:
        return a
    if not is_object(a) or name == "sum":
        out = getattr(np, name)(a, axis=axes, keepdims=keep)
        return objects(out) if is_object(a) else out
    rest = [i for i in range(a.ndim) if i not in axes]
    rows = a.transpose([*rest, *axes]).reshape(-1, int(np.prod([a.shape[i] for i in axes])))
    out = np.empty(len(rows), dtype=object)
    for i, row in enumerate(rows.tolist()):
        best = row[0]
        for x in row[1:]:
            best = best.maximum(x) if name == "max" else best.minimum(x)
        out[i] = best
    shape = [1 if i in axes else n for i, n in enumerate(a.shape)] if keep else [a.shape[i] for i in rest]
    return out.reshape(shape)


def unary(name: str, a: Any) -> Any:
    """Return NumPy's function of one argument; numbers with derivatives have it as a method."""
    if is_object(a):
        out = np.empty(a.size, dtype=object)
        out[:] = [getattr(x, name)() for x in a.ravel().tolist()]
        return out.reshape(a.shape)
    return getattr(np, name)(a)


def sigmoid(trace: Any, a: Any) -> Any:
    """Return 1/(1 + exp(-a))."""
    if is_object(a):
        return unary("sigmoid", a)
    if not isinstance(a, Traced):
        a = trace.array(a)
    from scipy.special import expit

    from numerics.variants.traced_ufuncs import RULES, SLACK

    with np.errstate(all="ignore"):
        value = np.asarray(expit(a.value.astype(np.float64))).astype(a.dtype)
        error = RULES["expit"]([a.value], [a.error], value, trace.unit(a.dtype), trace.form.tiny)
        return trace.settle(value, np.asarray(expit(a.wide)), np.asarray(error) * SLACK)


def error_function(trace: Any, a: Any) -> Any:
    """Return erf(a); its shadow is a float64 value, whose own error is charged."""
    if is_object(a):
        return unary("erf", a)
    if not isinstance(a, Traced):
        a = trace.array(a)
    from scipy.special import erf

    from numerics.variants.traced_ufuncs import RULES, SLACK

    with np.errstate(all="ignore"):
        value = np.asarray(erf(a.value.astype(np.float64))).astype(a.dtype)
        error = RULES["erf"]([a.value], [a.error], value, trace.unit(a.dtype), trace.form.tiny) + 2.0**-50
        return trace.settle(value, np.asarray(erf(a.wide.astype(np.float64))).astype(trace.wide), error * SLACK)


def softmax(a: Any, axis: int, *, empty_is_zero: bool = False) -> Any:
    """Return exp(a - max)/sum along an axis; with ``empty_is_zero``, rows of -inf only give zeros."""
    top = reduced("max", a, (axis,), keep=True)
    moved = a - top
    exp = unary("exp", moved)
    out = exp / reduced("sum", exp, (axis,), keep=True)
    if not empty_is_zero:
        return out
    gone = _minus_infinite(top)
    if not gone.any():
        return out
    zero = as_objects(np.zeros(out.shape)) if is_object(out) else out.trace.array(np.zeros(out.shape, out.dtype))
    return choose(np.broadcast_to(gone, out.shape), zero, out)


def _minus_infinite(top: Any) -> Any:
    if is_object(top):
        return np.array([x.is_minus_infinite for x in top.ravel().tolist()], dtype=bool).reshape(top.shape)
    return np.isneginf(top.value.astype(np.float64)) & (top.error == 0)
