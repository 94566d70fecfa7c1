"""Error rules of NumPy's elementwise functions and their reductions, for :mod:`numerics.variants.traced`.

Notation of the rules: inputs a, b with bounds ea, eb, computed result r, roundoff u of one operation, and t the
smallest positive number (what underflow can cost). Each rule returns a bound on |r - f(exact a, exact b)|, the
sum of what the inputs' errors can change and of what rounding the result costs. The rules' own floating-point
arithmetic is covered by the factor :data:`SLACK`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from numerics.variants.rounding import LIBRARY_ULPS, gamma, is_float, unit_of
from numerics.variants.traced import Trace, Traced, TracingLost, cast_error

SLACK = 1 + 2.0**-30
"""Bounds are computed in double precision by at most thousands of operations each: relative error below 2**-30."""

LIBRARY = 2 * LIBRARY_ULPS
"""Library functions, in units of u*|r|: one unit in the last place is at most 2*u*|r|."""

Arrays = Sequence[Any]
Rule = Callable[[Arrays, Arrays, Any, float, float], Any]
"""(inputs, their bounds, result, u, t) -> bound of the result."""


def _size(a: Any) -> Any:
    return np.abs(a).astype(np.float64)


def _rounded(r: Any, u: float, t: float, factor: float = 1.0) -> Any:
    return factor * u * _size(r) + t


def _add(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    return e[0] + e[1] + u * _size(r)


def _multiply(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    cross = _product(_size(a[0]), e[1]) + _product(_size(a[1]), e[0]) + e[0] * e[1]
    exact = (a[0] == 0) | (a[1] == 0)
    return cross + np.where(exact, 0.0, _rounded(r, u, t))


def _product(size: Any, error: Any) -> Any:
    """size*error with 0 for an exact factor, also beside an infinite one."""
    return np.where(error == 0, 0.0, size * error)


def _divide(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    room = _size(a[1]) - e[1]
    moved = (e[0] + _product(_size(r), e[1])) / np.where(room > 0, room, np.nan)
    exact = (e[0] == 0) & (e[1] == 0)
    return np.where(exact, 0.0, moved) + np.where((a[0] == 0) & exact, 0.0, _rounded(r, u, t))


def _exp(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    """The smaller of r*expm1(ea) and the value at the upper end, which helps far below underflow."""
    rounded = LIBRARY * u
    relative = (_size(r) * (1 + rounded) + t) * np.expm1(e[0])
    x = a[0].astype(np.float64)
    upper = np.exp(x + np.abs(x) * 2.0**-50 + e[0] * SLACK) * SLACK + _size(r)
    bound = np.fmin(relative, upper) + rounded * _size(r) + t
    return np.where(np.isneginf(a[0]) & (e[0] == 0), 0.0, bound)


def _log(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    room = _size(a[0]) - e[0]
    return -np.log1p(-e[0] / np.where(room > 0, _size(a[0]), np.nan)) + _rounded(r, u, t, LIBRARY)


def _log1p(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    room = 1 + a[0].astype(np.float64) - e[0]
    return e[0] / np.where(room > 0, room, np.nan) + _rounded(r, u, t, LIBRARY)


def _sqrt(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    near = np.sqrt(e[0])
    far = e[0] / np.where(r > 0, _size(r), np.inf)
    return np.where(r > 0, np.minimum(near, far), near) + _rounded(r, u, 0.0, 2)


def _lipschitz(constant: float) -> Rule:
    return lambda a, e, r, u, t: constant * e[0] + _rounded(r, u, t, LIBRARY)


def _oscillating(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    return np.minimum(e[0], 2.0) + LIBRARY * u


def _sigmoid(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    relative = (_size(r) + t) * np.expm1(np.minimum(e[0], 700.0))
    return np.minimum(e[0] / 4, relative) + _rounded(r, u, t, LIBRARY)


def _expm1(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    return (_size(r) + 1) * np.expm1(e[0]) * (1 + LIBRARY * u) + _rounded(r, u, t, LIBRARY)


def _exp2(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    return _exp(a, [e[0] * np.log(2.0)], r, u, t)


def _exact(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    return e[0] + 0.0


def _extremum(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    """Maximum and minimum: the smaller candidate counts only where the balls overlap."""
    with np.errstate(invalid="ignore"):
        clear = np.abs(a[0].astype(np.float64) - a[1].astype(np.float64)) > e[0] + e[1]
    chosen = np.where(np.asarray(r) == a[0], e[0], e[1])
    return np.where(clear, chosen, np.maximum(e[0], e[1]))


def _square(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    return _multiply([a[0], a[0]], [e[0], e[0]], r, u, t)


def _power(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    size, exponent = _size(a[0]), a[1].astype(np.float64)
    whole = (exponent == np.round(exponent)) & (exponent >= 0)
    polynomial = (size + e[0]) ** np.abs(exponent) - size ** np.abs(exponent)
    relative = e[0] / np.where(size > e[0], size - e[0], np.nan)
    steep = _size(r) * np.expm1(np.abs(exponent) * np.log1p(relative))
    drift = _size(r) * np.expm1(np.where(e[1] == 0, 0.0, np.abs(np.log(size)) * e[1]))
    return np.where(whole, polynomial, steep) + drift + _rounded(r, u, t, LIBRARY)


def _compare(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    gap = np.abs(a[0].astype(np.float64) - a[1].astype(np.float64))
    reach = e[0] + e[1]
    return np.where((gap <= reach) & (reach > 0), 1.0, 0.0)


def _logical(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    out = e[0]
    for other in e[1:]:
        out = np.maximum(out, other)
    return np.where(out > 0, 1.0, 0.0)


def _nonfinite(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    return np.where(np.isinf(e[0]), 1.0, 0.0)


def _sign(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    return np.where((_size(a[0]) <= e[0]) & (e[0] > 0), 2.0, 0.0)


def _step(function: Callable[[Any], Any]) -> Rule:
    def rule(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
        x = a[0].astype(np.float64)
        return np.where(function(x - e[0]) != function(x + e[0]), 1.0 + e[0], 0.0)

    return rule


def _logaddexp(a: Arrays, e: Arrays, r: Any, u: float, t: float) -> Any:
    return np.maximum(e[0], e[1]) + LIBRARY * u * (_size(r) + 1)


RULES: dict[str, Rule] = {
    "add": _add, "subtract": _add, "multiply": _multiply, "divide": _divide, "true_divide": _divide,
    "exp": _exp, "exp2": _exp2, "expm1": _expm1, "log": _log, "log1p": _log1p, "sqrt": _sqrt,
    "tanh": _lipschitz(1.0), "arctan": _lipschitz(1.0), "erf": _lipschitz(1.2), "expit": _sigmoid,
    "sin": _oscillating, "cos": _oscillating, "negative": _exact, "positive": _exact, "absolute": _exact,
    "fabs": _exact, "conjugate": _exact, "maximum": _extremum, "minimum": _extremum, "fmax": _extremum,
    "fmin": _extremum, "square": _square, "power": _power, "float_power": _power, "less": _compare,
    "less_equal": _compare, "greater": _compare, "greater_equal": _compare, "equal": _compare,
    "not_equal": _compare, "logical_and": _logical, "logical_or": _logical, "logical_not": _logical,
    "logical_xor": _logical, "bitwise_and": _logical, "bitwise_or": _logical, "invert": _logical,
    "bitwise_xor": _logical, "isnan": _nonfinite, "isinf": _nonfinite, "isfinite": _nonfinite, "sign": _sign,
    "floor": _step(np.floor), "ceil": _step(np.ceil), "rint": _step(np.rint), "trunc": _step(np.trunc),
    "logaddexp": _logaddexp,
}  # fmt: skip
"""Error rules by the name of the function."""


def apply(trace: Trace, ufunc: Any, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """Run one NumPy ufunc on traced arrays.

    Raises:
        TracingLost: there is no rule for it.
    """
    with np.errstate(all="ignore"):
        if ufunc.__name__ in ("matmul", "vecdot", "matvec", "vecmat"):
            from numerics.variants.traced_functions import product

            return _stored(trace, product(trace, ufunc, inputs), options)
        if method == "__call__":
            return _stored(trace, _call(trace, ufunc, inputs, options), options)
        if method == "outer":
            a, b = (trace.array(x) if not isinstance(x, Traced) else x for x in inputs)
            return _call(trace, ufunc, (a.reshape(a.shape + (1,) * b.ndim), b), options)
        if method == "reduce":
            return _stored(trace, _reduce(trace, ufunc, inputs[0], options), options)
    raise TracingLost(f"numpy.{ufunc.__name__}.{method} has no error rule")


def operand(trace: Trace, x: Any, dtype: Any) -> Traced:
    """Return an input as a traced array. A Python number is rounded to the format it is combined with."""
    if isinstance(x, Traced):
        return x
    if isinstance(x, float) and not isinstance(x, np.generic) and is_float(dtype):
        cast = np.asarray(x, dtype=dtype)
        lost = abs(float(cast) - x) if np.isfinite(cast) else 0.0
        lost = min(lost, trace.form.unit * abs(x)) if lost else 0.0
        return Traced(trace, cast, np.asarray(x, dtype=trace.wide), np.asarray(lost))
    return trace.array(x)


def _call(trace: Trace, ufunc: Any, inputs: Sequence[Any], options: dict[str, Any]) -> Traced:
    rule = RULES.get(ufunc.__name__)
    if rule is None or set(options) - {"out", "where", "dtype", "casting"}:
        raise TracingLost(f"numpy.{ufunc.__name__} has no error rule")
    chosen = {"dtype": options["dtype"]} if options.get("dtype") is not None else {}
    value = np.asarray(ufunc(*[x.value if isinstance(x, Traced) else x for x in inputs], **chosen))
    parts = [operand(trace, x, value.dtype) for x in inputs]
    wide = _wide_call(ufunc, parts, value)
    error = rule([p.value for p in parts], [p.error for p in parts], value, trace.unit(value.dtype), trace.form.tiny)
    return trace.settle(value, wide, np.asarray(error) * SLACK)


def _wide_call(ufunc: Any, parts: Sequence[Traced], value: Any) -> Any:
    if value.dtype.kind == "b":
        return value
    try:
        return np.asarray(ufunc(*[part.wide for part in parts]))
    except TypeError as error:
        raise TracingLost(f"numpy.{ufunc.__name__} has no high-precision form") from error


def _stored(trace: Trace, result: Traced, options: dict[str, Any]) -> Traced:
    """Honour ``out=`` and ``where=``."""
    out, where = options.get("out"), options.get("where", True)
    target = out[0] if isinstance(out, tuple) else out
    if target is None:
        if where is not True:
            raise TracingLost("where= without out=")
        return result
    if not isinstance(target, Traced):
        raise TracingLost("the function writes into an array that is not traced")
    chosen, doubtful = (where.value, where.error) if isinstance(where, Traced) else (where, 0.0)
    if np.any(doubtful):
        trace.uncertain = True
    error = result.error + cast_error(trace, result, target.value.dtype)
    np.copyto(target.value, result.value, where=chosen, casting="unsafe")
    np.copyto(target.wide, result.wide, where=chosen, casting="unsafe")
    np.copyto(target.error, error, where=chosen)
    return target


# --- reductions -------------------------------------------------------------------------------------------------


def _reduce(trace: Trace, ufunc: Any, a: Any, options: dict[str, Any]) -> Traced:
    if not isinstance(a, Traced):
        raise TracingLost("a reduction of a plain array into a traced one")
    axis, keep = options.get("axis", 0), bool(options.get("keepdims", False))
    mask = options.get("where", True)
    if mask is not True:
        raise TracingLost("a masked reduction has no error rule")
    return reduction(trace, ufunc.__name__, a, axis, keep, initial=options.get("initial"), dtype=options.get("dtype"))


def reduction(
    trace: Trace, name: str, a: Traced, axis: Any, keep: bool, *, initial: Any = None, dtype: Any = None
) -> Traced:
    """Return the sum, maximum, minimum, any or all of ``a`` along ``axis``.

    A sum of n terms in any order errs by at most gamma_{n-1} * sum |terms| (Higham, section 4.2).
    """
    form = {"axis": axis, "keepdims": keep}
    ufunc = getattr(np, name)
    extra = {"initial": initial} if initial is not None and initial is not np._NoValue else {}
    if name == "add":
        chosen = {"dtype": dtype} if dtype is not None else {}
        value = np.asarray(ufunc.reduce(a.value, **form, **chosen))
        count = a.size // max(value.size, 1)
        error = a.error.sum(**form)
        if is_float(value.dtype):
            error = error + gamma(max(count - 1, 0), trace.unit(value.dtype)) * _size(a.value).sum(**form)
            if unit_of(value.dtype) > unit_of(a.value.dtype):
                error = error + trace.unit(value.dtype) * _size(a.value).sum(**form)
        return trace.settle(value, a.wide.sum(**form), error * SLACK)
    if name in ("maximum", "minimum", "logical_or", "logical_and"):
        value = np.asarray(ufunc.reduce(a.value, **form, **extra))
        wide = value if value.dtype.kind == "b" else ufunc.reduce(a.wide, **form, **extra)
        return trace.settle(value, wide, _extreme_error(a, name, axis, value))
    raise TracingLost(f"numpy.{name}.reduce has no error rule")


def _extreme_error(a: Traced, name: str, axis: Any, value: Any) -> Any:
    """The largest bound among the entries that could be the extreme one."""
    if value.size == 0 or a.size == 0:
        return np.zeros(value.shape)
    if name.startswith("logical"):
        return a.error.max(axis=axis).reshape(value.shape)
    flip = 1.0 if name == "maximum" else -1.0
    reach = flip * a.value.astype(np.float64)
    low = (reach - a.error).max(axis=axis, keepdims=True)
    could = reach + a.error >= low
    return np.where(could, a.error, 0.0).max(axis=axis).reshape(value.shape)
