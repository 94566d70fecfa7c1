"""NumPy functions carried out on numbers with derivatives in balls: exact directional derivatives of NumPy code.

An array of :class:`numerics.variants.slopes.Slope` that NumPy's functions accept. Whatever has no rule here, and every
comparison that turns at the point, ends the reading; no derivative is then known.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import arb

from numerics.variants import array_rules as rules
from numerics.variants.numpy_proxy import tracing_names
from numerics.variants.slopes import Slope
from numerics.variants.traced import TracingLost

_ARITHMETIC = {"add", "subtract", "multiply", "divide", "matmul", "negative"}
_UNARY = {"exp", "log", "log1p", "expm1", "exp2", "sqrt", "tanh", "sin", "cos", "square", "absolute"}
_ORDER = {"greater", "greater_equal", "less", "less_equal", "equal", "not_equal"}
_EXTREMES = {"maximum": "max", "minimum": "min", "fmax": "max", "fmin": "min"}
SHORT = 30
"""Constants of at most this many bits are taken for exact."""

CONSTANT_ULPS, UNIT = 8, 2.0**-53
"""Other constants of the program, such as roots of widths, are within this many units of what they stand for."""

_LIKE = {"zeros_like": 0, "ones_like": 1, "empty_like": 0, "full_like": None}
"""Functions that make arrays of one number; None: the second argument."""

_LAST_POWER = 64
"""Powers above it are not multiplied out."""


class SlopeArray(np.ndarray[Any, Any]):
    """An object array of numbers with derivatives."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Return the ufunc's result; only plain calls and the reductions of sums and extremes have a rule."""
        name, out = ufunc.__name__, options.pop("out", None)
        parts = [plain(a) for a in inputs]
        if method == "__call__" and not {*options} - {"casting", "dtype", "signature", "subok"}:
            made = _called(name, ufunc, parts)
        elif method in ("reduce", "accumulate") and name in ("add", *_EXTREMES):
            made = _reduced(name, ufunc, method, parts[0], options)
        else:
            raise TracingLost(f"no derivative of {name}.{method}")
        if out is None:
            return made
        target = out[0]
        if not isinstance(target, SlopeArray):
            raise TracingLost("a plain array receives numbers with derivatives")
        target[...] = made
        return target

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        """Return what NumPy's function makes of the objects; constants among them become exact numbers."""
        if function in (np.argmax, np.argmin, np.argsort, np.allclose, np.isclose, np.array_equal, np.unique):
            raise TracingLost(f"no derivative of {function.__name__}")
        if function.__name__ in _LIKE:
            shape = options.get("shape", np.shape(args[0]))
            fill = _LIKE[function.__name__]
            return plain(np.full(shape, args[1] if fill is None else fill, dtype=object)).view(SlopeArray)
        made = super().__array_function__(function, types, args, options)
        return type(made)(map(_again, made)) if type(made) in (list, tuple) else _again(made)

    def __setitem__(self, key: Any, new: Any) -> None:
        super().__setitem__(key, new if isinstance(new, Slope) else rules.as_objects(plain(new)))

    def astype(self, dtype: Any, *args: Any, **options: Any) -> Any:
        """Return the same numbers: formats are no part of a formula; integers and truth values are not read off."""
        if np.dtype(dtype).kind not in "fO":
            raise TracingLost(f"numbers with derivatives become {dtype}")
        return self.copy()


def wrapped(a: Any) -> Any:
    """Return an array that holds numbers with derivatives."""
    return rules.as_objects(np.asarray(a)).view(SlopeArray)


def _again(made: Any) -> Any:
    return plain(made).view(SlopeArray) if isinstance(made, Slope) or rules.is_object(made) else made


def plain(a: Any) -> Any:
    """Return an object array without the class; truth values stay, other numbers become exact constants."""
    if isinstance(a, Slope):
        return rules.objects(a)
    held = np.asarray(a)
    if held.dtype == object:
        flat = np.empty(held.size, dtype=object)
        flat[:] = [x if isinstance(x, Slope) else constant(x) for x in held.ravel().tolist()]
        return flat.reshape(held.shape)
    return held if held.dtype.kind == "b" else plain(held.astype(object))


def constant(x: Any) -> Slope:
    """Return a number of the program; one that is no short dyadic number stands for what it may be rounded from."""
    exact = Slope.constant(x)
    if not long(x):
        return exact
    size = arb(abs(float(x)) * CONSTANT_ULPS * UNIT)
    return Slope(exact.value + arb(0, size), exact.slope)


def long(x: Any) -> Any:
    """Whether finite numbers need more than ``SHORT`` bits, so that they may be results of rounding."""
    with np.errstate(all="ignore"):
        mantissa = np.frexp(np.asarray(x, dtype=np.float64))[0] * 2.0**SHORT
        return np.isfinite(mantissa) & (mantissa != np.round(mantissa))


def _called(name: str, ufunc: Any, parts: list[Any]) -> Any:
    if name in _ORDER:
        return rules.compare(name, *parts)
    numbers = [rules.as_objects(part) for part in parts]
    if name in _EXTREMES:
        return rules.extreme(_EXTREMES[name] + "imum", *numbers).view(SlopeArray)
    if name == "power":
        return _power(*numbers)
    if name in ("isfinite", "isnan", "isinf"):
        return _kind(name, numbers[0])
    if name in _UNARY:
        return rules.unary(name, numbers[0]).view(SlopeArray)
    if name in _ARITHMETIC:
        return rules.objects(ufunc(*numbers)).view(SlopeArray)
    raise TracingLost(f"no derivative of {name}")


def _reduced(name: str, ufunc: Any, method: str, a: Any, options: dict[str, Any]) -> Any:
    axis, keep = options.get("axis", 0), bool(options.get("keepdims", False))
    if {*options} - {"axis", "keepdims", "dtype", "where"} or options.get("where", True) is not True:
        raise TracingLost(f"no derivative of {name}.{method} with {', '.join(options)}")
    a = rules.as_objects(a)
    if method == "accumulate":
        if name != "add":
            raise TracingLost(f"no derivative of {name}.accumulate")
        return rules.objects(np.add.accumulate(a, axis=axis)).view(SlopeArray)
    axes = tuple(range(a.ndim)) if axis is None else (axis if isinstance(axis, tuple) else (axis,))
    return rules.objects(rules.reduced(_EXTREMES.get(name, "sum"), a, axes, keep)).view(SlopeArray)


def _power(a: Any, b: Any) -> Any:
    """Return whole powers as products, and half powers as roots of them."""
    powers = {str(x.value) for x in b.ravel().tolist()}
    if len(powers) != 1:
        raise TracingLost("no derivative of powers that differ")
    one = b.ravel().tolist()[0]
    twice = one.value * 2
    if not (one.slope.is_zero() and twice.is_exact() and twice.is_integer() and abs(float(twice)) <= 2 * _LAST_POWER):
        raise TracingLost("no derivative of such a power")
    count = round(float(twice))
    base = rules.unary("sqrt", a) if count % 2 else a
    times = abs(count) if count % 2 else abs(count) // 2
    made = rules.as_objects(np.ones(a.shape))
    for _ in range(times):
        made = made * base
    return np.broadcast_to(1 / made if count < 0 else made, np.broadcast_shapes(a.shape, b.shape)).view(SlopeArray)


def _kind(name: str, a: Any) -> Any:
    """Return whether entries are finite, infinite or no numbers."""
    tests = {
        "isfinite": lambda x: x.is_finite(), "isnan": lambda x: x.is_nan(),
        "isinf": lambda x: not x.is_finite() and not x.is_nan(),
    }  # fmt: skip
    marks = [tests[name](x.value) for x in a.ravel().tolist()]
    return np.array(marks, dtype=bool).reshape(a.shape)


class _Constants:
    """Makes arrays that the function allocates hold numbers with derivatives."""

    def array(self, made: Any) -> Any:
        return made if made.dtype.kind == "b" else wrapped(made)


def numpy_slopes(lab: Any, given: list[Any], along: list[Any]) -> list[Any]:
    """Return [output] of a NumPy function as an object array with its derivative along a direction.

    Raises:
        TracingLost: an operation has no rule, or the function may have a kink there.
    """
    from numerics.variants.follow import starting
    from numerics.variants.lab import invoke, split

    *arrays, mask = starting(None, given, along)
    constants: Any = _Constants()
    with tracing_names(constants, lab.target.module):
        output, _ = split(invoke(lab.target.function, [*(a.view(SlopeArray) for a in arrays), mask]))
    if not isinstance(output, SlopeArray):
        raise TracingLost("the function returns a plain array")
    return [plain(output)]
