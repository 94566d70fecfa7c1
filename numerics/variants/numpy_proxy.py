"""During a traced run, the target's modules see a NumPy whose new arrays are traced.

Arrays that a function allocates and fills (``np.zeros``, ``np.empty``) would otherwise be plain, and the analysis
would end at the first assignment into them. Only names in the target's own modules are exchanged, and only for
the run; NumPy itself is untouched.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from numerics.variants.rounding import is_float
from numerics.variants.traced import Trace, Traced

_CREATORS = ("zeros", "ones", "empty", "full", "eye", "identity", "linspace")
_CONVERTERS = ("array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray")


class _AnyArray(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Traced | np.ndarray)


class _ArrayType(metaclass=_AnyArray):
    """Stands for ``np.ndarray`` in isinstance tests."""


class TracingNumpy:
    """Forwards to NumPy except for functions that make arrays."""

    def __init__(self, trace: Trace) -> None:
        self._replaced = replacements(trace)

    def __getattr__(self, name: str) -> Any:
        replaced = self.__dict__["_replaced"]
        return replaced[name] if name in replaced else getattr(np, name)


def replacements(trace: Trace) -> dict[str, Any]:
    """Return the exchanged functions by name."""
    out: dict[str, Any] = {name: _creator(trace, getattr(np, name)) for name in _CREATORS}
    out.update({name: _converter(trace, getattr(np, name)) for name in _CONVERTERS})
    out["ndarray"] = _ArrayType
    return out


def _creator(trace: Trace, function: Any) -> Any:
    def create(*args: Any, **options: Any) -> Any:
        if function is np.full and isinstance(_fill(args, options), Traced):
            shape, fill, *rest = (*args, *(options.pop(key) for key in ("fill_value",) if key in options))
            out = trace.array(np.zeros(shape, *(rest or (fill.dtype,)), **options))
            out[...] = fill
            return out
        made = (np.zeros if function is np.empty else function)(*args, **options)
        return trace.array(made) if made.dtype.kind == "b" or is_float(made.dtype) else made

    return create


def _fill(args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    return args[1] if len(args) > 1 else options.get("fill_value")


def _converter(trace: Trace, function: Any) -> Any:
    def convert(a: Any, dtype: Any = None, **options: Any) -> Any:
        if isinstance(a, list | tuple) and _holds_traced(a):
            a = np.stack([part if isinstance(part, Traced) else trace.array(convert(part)) for part in a])
        if not isinstance(a, Traced):
            return function(a, dtype=dtype, **options)
        if dtype is not None and np.dtype(dtype) != a.dtype:
            return a.astype(dtype)
        return a.copy() if function is np.array and options.get("copy", True) else a

    return convert


def _holds_traced(parts: Any) -> bool:
    return any(isinstance(p, Traced) or (isinstance(p, list | tuple) and _holds_traced(p)) for p in parts)


@contextmanager
def tracing_names(trace: Trace, module: ModuleType | None) -> Iterator[None]:
    """Exchange NumPy's names in the target's module, and in modules of the same folder, inside the block."""
    proxy, swapped = TracingNumpy(trace), replacements(trace)
    by_identity = {id(getattr(np, name)): new for name, new in swapped.items() if name != "ndarray"}
    undo: list[tuple[dict[str, Any], str, Any]] = []

    def restore() -> None:
        for space, name, old in undo:
            space[name] = old

    try:
        for space in _namespaces(module):
            for name, old in list(space.items()):
                new = proxy if old is np else by_identity.get(id(old))
                if new is not None:
                    undo.append((space, name, old))
                    space[name] = new
        yield
    finally:
        try:
            restore()
        finally:  # again: the end of the time may have interrupted the line above; its next signal is further away
            restore()


def _namespaces(module: ModuleType | None) -> list[dict[str, Any]]:
    if module is None:
        return []
    folder = Path(str(getattr(module, "__file__", "") or "")).parent
    found = {id(module): module}
    for other in list(sys.modules.values()):
        file = getattr(other, "__file__", None)
        if isinstance(file, str) and str(folder) != "." and Path(file).parent == folder:
            found[id(other)] = other
    return [vars(other) for other in found.values()]
