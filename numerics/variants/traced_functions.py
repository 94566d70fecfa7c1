"""Error rules of NumPy's array functions, for :mod:`numerics.variants.traced`.

Functions that only move entries act on values, shadows and bounds alike. Products of n terms per entry err by
gamma_n * (|A| |B|) (Higham, section 3.5) beside what the factors' errors change. Sorting and clipping are
1-Lipschitz in the maximum norm, so that they pass the largest bound of a row on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from numerics.variants.rounding import gamma, is_float
from numerics.variants.traced import Trace, Traced, TracingLost
from numerics.variants.traced_ufuncs import SLACK, operand, reduction

_STRUCTURAL = frozenset(
    getattr(np, name)
    for name in [
        "reshape",
        "transpose",
        "swapaxes",
        "moveaxis",
        "rollaxis",
        "expand_dims",
        "squeeze",
        "broadcast_to",
        "concatenate",
        "stack",
        "hstack",
        "vstack",
        "split",
        "array_split",
        "tile",
        "repeat",
        "flip",
        "fliplr",
        "flipud",
        "roll",
        "rot90",
        "tril",
        "triu",
        "atleast_1d",
        "atleast_2d",
        "atleast_3d",
        "ravel",
        "diagonal",
        "diag",
        "copy",
        "broadcast_arrays",
        "dstack",
        "column_stack",
        "matrix_transpose",
        "permute_dims",
        "concat",
        "pad",
    ]
)
"""Functions that only move entries (those they add are zeros, or a constant given to pad)."""


def apply(trace: Trace, function: Any, args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Run one NumPy function on traced arrays.

    Raises:
        TracingLost: there is no rule for it.
    """
    with np.errstate(all="ignore"):
        if function in _STRUCTURAL:
            return _move(trace, function, args, options)
        rule = RULES.get(function)
        if rule is None:
            raise TracingLost(f"numpy.{getattr(function, '__name__', function)} has no error rule")
        return rule(trace, *args, **options)


def _move(trace: Trace, function: Any, args: Sequence[Any], options: dict[str, Any]) -> Any:
    def part(name: str) -> Any:
        return function(*(_component(x, name, trace) for x in args), **_padding(function, options, name))

    values, wides, errors = part("value"), part("wide"), part("error")
    if isinstance(values, list | tuple):
        return type(values)(Traced(trace, *parts) for parts in zip(values, wides, errors, strict=True))
    return Traced(trace, values, wides, errors)


def _padding(function: Any, options: dict[str, Any], name: str) -> dict[str, Any]:
    options = {key: _component(x, name, None) for key, x in options.items()}
    if function is np.pad and name == "error" and "constant_values" in options:
        options["constant_values"] = 0
    return options


def _component(x: Any, name: str, trace: Trace | None) -> Any:
    if isinstance(x, Traced):
        return x.value if x.value.dtype.kind in "iu" and name != "error" else getattr(x, name)
    if isinstance(x, list | tuple) and any(isinstance(part, Traced | np.ndarray) for part in x):
        return type(x)(_component(part, name, trace) for part in x)
    if isinstance(x, np.ndarray) and is_float(x.dtype) and trace is not None:
        return {"value": x, "wide": x.astype(trace.wide), "error": np.zeros(x.shape)}[name]
    return x


# --- products ---------------------------------------------------------------------------------------------------


def product(trace: Trace, function: Callable[..., Any], inputs: Sequence[Any], terms: int | None = None) -> Traced:
    """Return a bilinear function of two arrays; ``terms`` is the number of products summed per entry."""
    value = np.asarray(function(*[x.value if isinstance(x, Traced) else x for x in inputs]))
    a, b = (operand(trace, x, value.dtype) for x in inputs)
    count = terms if terms is not None else a.shape[-1] if a.ndim else 1
    left, right = (np.abs(x.value).astype(np.float64) for x in (a, b))
    whole = function(left, right) * gamma(count, trace.unit(value.dtype)) + count * trace.form.tiny
    bound = function(left, b.error) + function(a.error, right) + function(a.error, b.error) + whole
    bound = _finite_products(function, bound, (left, right), (a.error, b.error), gamma(count, trace.unit(value.dtype)))
    return trace.settle(value, function(a.wide, b.wide), bound * SLACK)


def _finite_products(function: Any, bound: Any, sizes: Any, errors: Any, rounding: float) -> Any:
    """Bounds that are not finite only because an exact zero met an infinity are computed without infinities."""
    if np.isfinite(bound).all() or not all(np.isfinite(error).all() for error in errors):
        return bound
    left, right = (np.where(np.isfinite(size), size, 0.0) for size in sizes)
    tame = function(left, errors[1]) + function(errors[0], right) + function(left, right) * rounding
    return np.where(np.isfinite(bound), bound, np.where(np.isnan(bound), tame, bound))


def _dot(trace: Trace, a: Any, b: Any, out: Any = None) -> Traced:
    if out is not None:
        raise TracingLost("numpy.dot with out=")
    return product(trace, np.dot, (a, b))


def _einsum(trace: Trace, subscripts: Any, *operands: Any, **options: Any) -> Traced:
    if not isinstance(subscripts, str) or len(operands) not in (1, 2) or options.get("out") is not None:
        raise TracingLost("numpy.einsum of this form has no error rule")
    inner, _, outer = subscripts.replace(" ", "").partition("->")
    sizes: dict[str, int] = {}
    for letters, array in zip(inner.split(","), operands, strict=True):
        own = letters.replace("...", "")
        tail = array.shape[array.ndim - len(own) :] if letters.startswith("...") else array.shape[: len(own)]
        if "..." in letters and not letters.startswith("..."):
            raise TracingLost("numpy.einsum with an inner ellipsis has no error rule")
        sizes.update(zip(own, tail, strict=True))
    summed = [letter for letter in sizes if letter not in outer]
    terms = int(np.prod([sizes[letter] for letter in summed])) if "->" in subscripts else sum(sizes.values()) ** 2

    def contract(*arrays: Any) -> Any:
        return np.einsum(subscripts, *arrays)

    if len(operands) == 1:
        (a,) = operands
        value = np.asarray(contract(a.value))
        bound = contract(a.error) + gamma(terms, trace.unit(value.dtype)) * contract(np.abs(a.value).astype(np.float64))
        return trace.settle(value, contract(a.wide), bound * SLACK)
    return product(trace, contract, operands, terms)


def _tensordot(trace: Trace, a: Any, b: Any, axes: Any = 2) -> Traced:
    def contract(x: Any, y: Any) -> Any:
        return np.tensordot(x, y, axes)

    return product(trace, contract, (a, b), int(max(np.size(a.value if isinstance(a, Traced) else a), 1)))


# --- reductions -------------------------------------------------------------------------------------------------


def _reducer(name: str) -> Callable[..., Traced]:
    def rule(trace: Trace, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, **options: Any) -> Traced:
        mask = options.pop("where", np._NoValue)
        if out is not None or mask not in (True, np._NoValue):
            a = _masked(trace, name, a, mask) if out is None else None
            if a is None:
                raise TracingLost(f"numpy.{name} with out= has no error rule")
        keep = options.get("keepdims", False)
        keep = False if keep is np._NoValue else keep
        return reduction(trace, name, a, axis, keep, initial=options.get("initial"), dtype=dtype)

    return rule


def _masked(trace: Trace, name: str, a: Traced, mask: Any) -> Traced:
    neutral = {"add": 0.0, "maximum": -np.inf, "minimum": np.inf}.get(name)
    if neutral is None:
        raise TracingLost("a masked reduction has no error rule")
    return _where(trace, mask, a, np.asarray(neutral, dtype=a.dtype))


def _extreme(name: str) -> Callable[..., Traced]:
    rule = _reducer(name)
    return lambda trace, a, axis=None, out=None, **options: rule(trace, a, axis, None, out, **options)


def _mean(
    trace: Trace, a: Traced, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, **_: Any
) -> Traced:
    keep = False if keepdims is np._NoValue else keepdims
    whole = reduction(trace, "add", a, axis, keep, dtype=dtype)
    count = a.size // max(whole.size, 1)
    value = np.asarray(np.mean(a.value, axis=axis, keepdims=keep))
    error = whole.error / count + 2 * trace.unit(value.dtype) * np.abs(value).astype(np.float64)
    return trace.settle(value, whole.wide / count, error * SLACK)


def _composite(trace: Trace, value: Any, model: Traced) -> Traced:
    """Return ``value``, computed by NumPy in some way, with the bound of another way plus their distance."""
    value = np.asarray(value)
    apart = np.abs(value.astype(np.float64) - model.value.astype(np.float64))
    return trace.settle(value, model.wide, model.error + np.where(np.isfinite(value), apart, 0.0))


def _var(trace: Trace, a: Traced, axis: Any = None, keepdims: Any = False, **options: Any) -> Traced:
    keep = False if keepdims is np._NoValue else keepdims
    if options.get("ddof", 0):
        raise TracingLost("numpy.var with ddof has no error rule")
    centred = a - _mean(trace, a, axis, keepdims=True)
    model = _mean(trace, centred * centred, axis, keepdims=keep)
    return _composite(trace, np.var(a.value, axis=axis, keepdims=keep), model)


def _std(trace: Trace, a: Traced, axis: Any = None, keepdims: Any = False, **options: Any) -> Traced:
    keep = False if keepdims is np._NoValue else keepdims
    model: Any = np.sqrt(_var(trace, a, axis, keep, **options))
    return _composite(trace, np.std(a.value, axis=axis, keepdims=keep), model)


def _norm(trace: Trace, a: Traced, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Traced:
    if ord not in (None, 2) or (ord == 2 and axis is None and a.ndim > 1) or isinstance(axis, tuple):
        raise TracingLost("numpy.linalg.norm of this kind has no error rule")
    model: Any = np.sqrt(reduction(trace, "add", a * a, axis, keepdims))
    return _composite(trace, np.linalg.norm(a.value, axis=axis, keepdims=keepdims), model)


def _cumsum(trace: Trace, a: Traced, axis: Any = None, dtype: Any = None, out: Any = None) -> Traced:
    if dtype is not None or out is not None:
        raise TracingLost("numpy.cumsum with options has no error rule")
    value = np.cumsum(a.value, axis=axis)
    count = a.size if axis is None else a.shape[axis]
    size = np.cumsum(np.abs(a.value).astype(np.float64), axis=axis)
    error = np.cumsum(a.error, axis=axis) + gamma(max(count - 1, 0), trace.unit(value.dtype)) * size
    return trace.settle(value, np.cumsum(a.wide, axis=axis), error * SLACK)


# --- choices ----------------------------------------------------------------------------------------------------


def _where(trace: Trace, condition: Any, *branches: Any) -> Any:
    if not branches:
        raise TracingLost("numpy.where with one argument")
    chosen, doubt = (condition.value, condition.error) if isinstance(condition, Traced) else (condition, 0.0)
    value = np.where(chosen, *[x.value if isinstance(x, Traced) else x for x in branches])
    a, b = (operand(trace, x, value.dtype) for x in branches)
    wide = np.where(chosen, a.wide, b.wide)
    error = np.where(chosen, a.error, b.error)
    if np.any(doubt):
        apart = np.abs(a.value.astype(np.float64) - b.value.astype(np.float64))
        error = np.where(doubt, np.maximum(a.error, b.error) + apart, error)
    return trace.settle(value, wide, error)


def _sort(trace: Trace, a: Traced, axis: Any = -1, **_: Any) -> Traced:
    error = np.broadcast_to(a.error.max(axis=axis, keepdims=True), a.shape)
    return trace.settle(np.sort(a.value, axis=axis), np.sort(a.wide, axis=axis), error)


def _order(function: Any) -> Callable[..., Any]:
    """Positions by a condition: the run becomes uncertain unless the entries are exact."""

    def rule(trace: Trace, a: Traced, *args: Any, **options: Any) -> Any:
        if np.any(a.error):
            trace.uncertain = True
        return function(a.value, *args, **options)

    return rule


def _argextreme(name: str) -> Callable[..., Traced]:
    """The place of the extreme entry, uncertain where another entry's ball reaches as far."""
    function, flip = getattr(np, name), 1.0 if name == "argmax" else -1.0

    def rule(trace: Trace, a: Traced, axis: Any = None, out: Any = None, keepdims: Any = False) -> Traced:
        if out is not None:
            raise TracingLost(f"numpy.{name} with out=")
        keep = False if keepdims is np._NoValue else keepdims
        place = function(a.value, axis=axis, keepdims=keep)
        flat, error = (a.value.reshape(-1), a.error.reshape(-1)) if axis is None else (a.value, a.error)
        along = 0 if axis is None else axis
        reach = flip * flat.astype(np.float64)
        low = (reach - error).max(axis=along, keepdims=True)
        rivals = ((reach + error >= low) & ((error > 0) | (error.max(axis=along, keepdims=True) > 0))).sum(axis=along)
        doubt = np.where(rivals > 1, 1.0, 0.0).reshape(np.shape(place))
        return Traced(trace, np.asarray(place), np.asarray(place), doubt)

    return rule


def _argsort(trace: Trace, a: Traced, axis: Any = -1, **options: Any) -> Traced:
    """The order of a row, uncertain throughout where two neighbours' balls meet."""
    place = np.argsort(a.value, axis=axis, **options)
    values = np.take_along_axis(a.value.astype(np.float64), place, axis=axis)
    error = np.take_along_axis(a.error, place, axis=axis)
    gap, reach = (
        np.diff(values, axis=axis),
        error.take(range(1, error.shape[axis]), axis) + error.take(range(error.shape[axis] - 1), axis),
    )
    doubt = ((gap <= reach) & (reach > 0)).any(axis=axis, keepdims=True)
    return Traced(trace, place, place, np.broadcast_to(doubt, place.shape).astype(np.float64))


def _taking(function: Callable[..., Any]) -> Callable[..., Traced]:
    """Entries at given places; those at uncertain places have no bound."""

    def rule(trace: Trace, arr: Any, indices: Any, axis: Any = None, **options: Any) -> Traced:
        axis = -1 if axis is None and function is np.take_along_axis else axis
        plain = indices.value if isinstance(indices, Traced) else indices
        out: Traced = _move(trace, function, (arr, plain), {"axis": axis, **options})
        if isinstance(indices, Traced) and np.any(indices.error):
            doubt = np.broadcast_to(indices.error, out.error.shape) if function is np.take_along_axis else 1.0
            out.error = np.where(doubt > 0, np.inf, out.error)
        return out

    return rule


def _clip(trace: Trace, a: Any, a_min: Any = None, a_max: Any = None, **options: Any) -> Any:
    low, high = options.get("min", a_min), options.get("max", a_max)
    out = a if low is None or low is np._NoValue else np.maximum(a, low)
    return out if high is None or high is np._NoValue else np.minimum(out, high)


def _like(function: Any) -> Callable[..., Traced]:
    return lambda trace, a, *args, **options: trace.array(
        function(a.value if isinstance(a, Traced) else a, *args, **options)
    )


def _nan_to_num(trace: Trace, x: Traced, copy: bool = True, **options: Any) -> Traced:
    if not copy:
        raise TracingLost("numpy.nan_to_num in place")
    error = np.where(np.isnan(x.value) & np.isnan(x.wide), 0.0, x.error)
    value, wide = np.nan_to_num(x.value, **options), np.nan_to_num(x.wide, **options)
    return Traced(trace, value, np.where(np.isnan(x.value), value, wide).astype(trace.wide), error)


def _copyto(trace: Trace, target: Any, source: Any, casting: str = "same_kind", where: Any = True) -> None:
    if not isinstance(target, Traced):
        raise TracingLost("numpy.copyto into a plain array")
    chosen = np.broadcast_to(where.value if isinstance(where, Traced) else where, target.shape)
    target[...] = _where(trace, where if isinstance(where, Traced) else chosen, source, target)


def _put_along_axis(trace: Trace, arr: Any, indices: Any, values: Any, axis: Any) -> None:
    if not isinstance(arr, Traced):
        raise TracingLost("numpy.put_along_axis into a plain array")
    source = arr.trace_of(values)
    for name in ("value", "wide", "error"):
        np.put_along_axis(getattr(arr, name), indices, getattr(source, name), axis)


def _allclose(trace: Trace, *_: Any, **__: Any) -> Any:
    raise TracingLost("the function branches on a closeness test")


RULES: dict[Any, Callable[..., Any]] = {
    np.dot: _dot, np.inner: lambda trace, a, b: product(trace, np.inner, (a, b)), np.einsum: _einsum,
    np.tensordot: _tensordot, np.outer: lambda trace, a, b: np.multiply(a.reshape(-1, 1), b.reshape(1, -1)),
    np.sum: _reducer("add"), np.max: _extreme("maximum"), np.amax: _extreme("maximum"),
    np.min: _extreme("minimum"), np.amin: _extreme("minimum"), np.any: _extreme("logical_or"),
    np.all: _extreme("logical_and"), np.mean: _mean, np.var: _var, np.std: _std, np.linalg.norm: _norm,
    np.cumsum: _cumsum, np.where: _where, np.sort: _sort, np.argmax: _argextreme("argmax"),
    np.argmin: _argextreme("argmin"), np.argsort: _argsort, np.take: _taking(np.take),
    np.take_along_axis: _taking(np.take_along_axis),
    np.nonzero: _order(np.nonzero),
    np.count_nonzero: _order(np.count_nonzero), np.flatnonzero: _order(np.flatnonzero), np.clip: _clip,
    np.zeros_like: _like(np.zeros_like), np.ones_like: _like(np.ones_like), np.empty_like: _like(np.zeros_like),
    np.full_like: _like(np.full_like), np.nan_to_num: _nan_to_num, np.copyto: _copyto,
    np.put_along_axis: _put_along_axis, np.shape: lambda trace, a: a.shape, np.ndim: lambda trace, a: a.ndim,
    np.size: lambda trace, a, axis=None: a.size if axis is None else a.shape[axis],
    np.allclose: _allclose, np.array_equal: _allclose, np.isclose: _allclose,
    np.result_type: lambda trace, *args: np.result_type(*[a.dtype if isinstance(a, Traced) else a for a in args]),
    np.iscomplexobj: lambda trace, a: False, np.isrealobj: lambda trace, a: True,
}  # fmt: skip
"""Error rules by function."""
