"""An array that carries, beside its value, a high-precision shadow and a rigorous bound on its rounding error.

A user's NumPy function is run once on :class:`Traced` arrays. Each entry then has three parts: the ``value`` that
ordinary NumPy computes, the ``wide`` value of the same formula in a wider format, and ``error``, a bound on
|value - exact value of the formula| under one hypothesis: every operation was rounded in the declared format or a
wider one. So a defect beyond the bound is not explained by rounding; a hidden cast to a narrower format is a defect.

A traced array is not an ``ndarray``: every way by which values could leave the analysis unnoticed (conversion to a
plain array, to a Python number) raises :class:`TracingLost` instead of giving a bound that is too small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from numerics.variants.rounding import Format, unit_of


class TracingLost(BaseException):
    """The function left the traced arithmetic; not an ``Exception``, so that user code does not swallow it."""


@dataclass
class Trace:
    """What one traced run is about.

    Attributes:
        form: the declared format.
        wide: dtype of the shadow values.
        uncertain: whether a branch was taken on a comparison that rounding could have turned.
    """

    form: Format
    wide: Any
    uncertain: bool = False

    def unit(self, dtype: Any) -> float:
        """Return the roundoff charged to an operation with this result: at most the declared one."""
        return min(unit_of(dtype), self.form.unit)

    def array(self, value: Any, wide: Any = None, error: Any = None) -> Traced:
        """Return a traced array; exact when no error is given."""
        value = np.asarray(value)
        wide = self.widen(value) if wide is None else np.asarray(wide)
        error = np.zeros(value.shape) if error is None else np.asarray(error, dtype=np.float64)
        return Traced(self, value, wide, error)

    def widen(self, value: Any) -> Any:
        """Return a copy in the shadow's format (truth values and integers stay as they are)."""
        array = np.asarray(value)
        return array.astype(self.wide) if array.dtype.kind not in "biu" else array.copy()

    def settle(self, value: Any, wide: Any, error: Any) -> Traced:
        """Return a result; where the value is not finite the bound is 0 or infinite: agreed upon, or not."""
        value, wide = np.asarray(value), np.asarray(wide)
        error = np.asarray(error, dtype=np.float64)
        if value.dtype.kind not in "biu":
            finite = np.isfinite(value)
            if not finite.all():
                agreed = (np.isnan(value) & np.isnan(wide)) | (value == wide)
                error = np.where(finite, error, np.where(agreed, 0.0, np.inf))
        error = np.where(np.isnan(error), np.inf, error)
        return Traced(self, value, wide, np.broadcast_to(error, value.shape).copy())


def _lost(what: str) -> Any:
    def method(self: Traced, *args: object, **options: object) -> Any:
        raise TracingLost(f"the function converts an array to {what}")

    return method


class Traced(NDArrayOperatorsMixin):
    """A NumPy-like array of (value, wide, error); see the module's description."""

    __slots__ = ("error", "trace", "value", "wide")

    def __init__(self, trace: Trace, value: Any, wide: Any, error: Any) -> None:
        self.trace, self.value, self.wide, self.error = trace, value, wide, error

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        from numerics.variants.traced_ufuncs import apply

        return apply(self.trace, ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        from numerics.variants.traced_functions import apply

        return apply(self.trace, function, args, options)

    __array__ = _lost("a plain array")
    __float__ = __int__ = __index__ = __complex__ = _lost("a Python number")
    item = tolist = tobytes = _lost("Python numbers")

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def dtype(self) -> Any:
        return self.value.dtype

    @property
    def ndim(self) -> int:
        return self.value.ndim

    @property
    def size(self) -> int:
        return self.value.size

    @property
    def itemsize(self) -> int:
        return self.value.itemsize

    @property
    def T(self) -> Traced:
        return self.mapped(lambda part: part.T)

    @property
    def mT(self) -> Traced:
        return self.mapped(lambda part: np.swapaxes(part, -1, -2))

    @property
    def real(self) -> Traced:
        return self

    def mapped(self, function: Any) -> Traced:
        """Return the array with value, wide value and error rearranged alike."""
        return Traced(self.trace, function(self.value), function(self.wide), function(self.error))

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Traced]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        if np.any(self.error):
            self.trace.uncertain = True
        return bool(self.value)

    def __getitem__(self, key: Any) -> Traced:
        plain = plain_key(self.trace, key)
        return self.mapped(lambda part: np.asarray(part[plain]))

    def __setitem__(self, key: Any, new: Any) -> None:
        plain = plain_key(self.trace, key)
        source = self.trace_of(new)
        self.value[plain] = source.value
        self.wide[plain] = source.wide
        self.error[plain] = source.error + cast_error(self.trace, source, self.value.dtype)

    def trace_of(self, other: Any) -> Traced:
        """Return ``other`` as a traced array of this run."""
        return other if isinstance(other, Traced) else self.trace.array(other)

    def astype(self, dtype: Any, **_: Any) -> Traced:
        """Return the array in another format; narrowing below the declared format is charged as the declared one."""
        dtype = np.dtype(dtype)
        value = self.value.astype(dtype)
        if dtype.kind in "biu":
            moved = value != (self.value + self.error).astype(dtype)
            moved |= value != (self.value - self.error).astype(dtype)
            return Traced(self.trace, value, value.copy(), np.where(moved, 1.0 + self.error, 0.0))
        wide = self.wide.astype(self.trace.wide)
        return self.trace.settle(value, wide, self.error + cast_error(self.trace, self, dtype))

    def copy(self, *_: Any, **__: Any) -> Traced:
        return self.mapped(np.copy)

    def fill(self, value: Any) -> None:
        self[...] = value

    def __copy__(self) -> Traced:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Traced:
        return self.copy()

    def reshape(self, *shape: Any, **options: Any) -> Traced:
        return self.mapped(lambda part: part.reshape(*shape, **options))

    def transpose(self, *axes: Any) -> Traced:
        return self.mapped(lambda part: part.transpose(*axes))

    def view(self, *_: Any) -> Any:
        raise TracingLost("the function reinterprets the bits of an array")


_METHODS = [
    "sum",
    "mean",
    "max",
    "min",
    "prod",
    "argmax",
    "argmin",
    "argsort",
    "any",
    "all",
    "cumsum",
    "dot",
    "clip",
    "squeeze",
    "swapaxes",
    "ravel",
    "repeat",
    "take",
    "diagonal",
    "trace",
    "round",
    "var",
    "std",
    "conj",
    "nonzero",
]
"""Array methods that are the NumPy functions of the same name."""


def _install() -> None:
    def forwarded(name: str) -> Any:
        function = getattr(np, name)
        return lambda self, *args, **options: function(self, *args, **options)

    for name in _METHODS:
        if name != "trace":  # the slot of that name is the run
            setattr(Traced, name, forwarded(name))
    Traced.flatten = lambda self, *_: self.copy().reshape(-1)  # type: ignore[attr-defined]
    Traced.sort = _sorted_in_place  # type: ignore[attr-defined]


def _sorted_in_place(self: Traced, axis: int = -1, **_: Any) -> None:
    self[...] = np.sort(self, axis=axis)


def plain_key(trace: Trace, key: Any) -> Any:
    """Return an index without traced parts; choosing by uncertain conditions makes the run uncertain."""
    if isinstance(key, tuple):
        return tuple(plain_key(trace, part) for part in key)
    if isinstance(key, Traced):
        if np.any(key.error):
            trace.uncertain = True
        return key.value
    return key


def cast_error(trace: Trace, source: Traced, dtype: Any) -> Any:
    """Return the rounding charged for storing ``source`` in ``dtype``: nothing unless it gets narrower."""
    target = unit_of(dtype)
    if target <= unit_of(source.value.dtype) or source.value.dtype.kind in "biu":
        return 0.0
    with np.errstate(all="ignore"):
        size = np.abs(source.value.astype(np.float64))
    return trace.unit(dtype) * np.where(np.isfinite(size), size, 0.0) + trace.form.tiny


_install()
