"""Reading a PyTorch function as the sequence of primitive operations that it runs.

A dispatch mode sees every operation after PyTorch has taken it apart, also those of the backward pass. For each block
of memory it keeps shadows: values of the same formula in a wider format with bounds on the rounding error, or numbers
with derivatives. Views share memory and thereby shadows, so that writing in place is followed too.

The value of every operation is PyTorch's own. Its bound is that of the same operation in NumPy plus the distance
between the two values; so a bound never rests on how PyTorch computes a single operation. Fused attention kernels are
the exception, see :mod:`numerics.variants.fused`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found, unused-ignore]
from torch.utils._python_dispatch import TorchDispatchMode  # type: ignore[import-not-found, unused-ignore]

from numerics.variants import array_rules as rules
from numerics.variants.traced import Traced, TracingLost


class TorchReading(TorchDispatchMode):  # type: ignore[misc, unused-ignore]
    """Follows PyTorch operations; ``trace`` is None for numbers with derivatives."""

    def __init__(self, trace: Any) -> None:
        super().__init__()
        self.trace = trace
        self.blocks: dict[int, tuple[Any, Any, tuple[Any, ...]]] = {}

    # --- shadows ----------------------------------------------------------------------------------------------------

    def attach(self, tensor: Any, shadow: Any) -> None:
        """Give a tensor its shadow: a traced array, or an object array."""
        size = tensor.untyped_storage().nbytes() // tensor.element_size()
        if tensor.layout != torch.strided:
            raise TracingLost(f"a tensor of layout {tensor.layout}")
        key = tensor.untyped_storage()._cdata
        if key not in self.blocks:
            self.blocks[key] = (tensor.untyped_storage(), tensor.dtype, self._fresh(tensor, size))
        for block, part in zip(self.blocks[key][2], _parts(shadow), strict=True):
            _window(block, tensor)[...] = part

    def _fresh(self, tensor: Any, size: int) -> tuple[Any, ...]:
        flat = numpy_of(tensor.as_strided((size,), (1,), 0))
        if self.trace is None:
            return (rules.as_objects(flat) if tensor.is_floating_point() else flat.astype(object),)
        return self.trace.widen(flat), np.zeros(size)

    def shadow(self, tensor: Any) -> Any:
        """Return the tensor as an array: traced or of numbers with derivatives, exact where it has no shadow."""
        key, value = tensor.untyped_storage()._cdata, numpy_of(tensor)
        known = self.blocks.get(key)
        if known is None or known[1] != tensor.dtype:
            if known is not None:
                raise TracingLost("the bits of a tensor are read in another format")
            if self.trace is None:
                return rules.as_objects(value) if tensor.is_floating_point() else value
            return self.trace.array(value)
        parts = [_window(block, tensor) for block in known[2]]
        if self.trace is None:
            return parts[0].copy() if tensor.is_floating_point() else parts[0].astype(value.dtype)
        return Traced(self.trace, value, parts[0].copy(), parts[1].copy())

    def knows(self, tensor: Any) -> bool:
        """Whether something other than constants went into the tensor."""
        return tensor.untyped_storage()._cdata in self.blocks

    # --- operations -------------------------------------------------------------------------------------------------

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        known = any(self.knows(t) for t in tensors((args, kwargs)))
        shadows = None
        if known:
            name = func.overloadpacket.__name__
            mutable = func._schema.is_mutable
            shadows = (
                None if _is_view(func) else self._shadows(name.rstrip("_") if mutable else name, func, args, kwargs)
            )
        out = func(*args, **kwargs)
        if shadows is not None:
            for tensor, shadow in zip(tensors(out), shadows, strict=False):
                if shadow is not None:
                    self.attach(tensor, self._settled(tensor, shadow))
        return out

    def _shadows(self, name: str, func: Any, args: Any, kwargs: Any) -> Sequence[Any]:
        from numerics.variants.aten_rules import RULES

        rule = RULES.get(name)
        if rule is None:
            raise TracingLost(f"the PyTorch operation {func} has no error rule")
        with np.errstate(all="ignore"):
            out = rule(self, func, *args, **kwargs)
        return out if isinstance(out, tuple) else (out,)

    def _settled(self, tensor: Any, shadow: Any) -> Any:
        """Put PyTorch's value in place of NumPy's, and charge their distance."""
        if self.trace is None:
            if isinstance(shadow, Traced):
                raise TracingLost("a bound where a derivative was expected")
            return np.broadcast_to(np.asarray(shadow, dtype=object), tuple(tensor.shape))
        value = numpy_of(tensor)
        if not isinstance(shadow, Traced):
            shadow = self.trace.array(np.asarray(shadow))
        if shadow.shape != value.shape:
            shadow = shadow.mapped(lambda part: np.broadcast_to(part, value.shape))
        if isinstance(shadow, Fused):
            return self.trace.settle(value, shadow.wide, shadow.error)
        if value.dtype.kind == "b":
            return Traced(self.trace, value, value, np.where(value != shadow.value, 1.0, shadow.error))
        with np.errstate(all="ignore"):
            apart = np.abs(value.astype(np.float64) - shadow.value.astype(np.float64))
            same = (value == shadow.value) | (np.isnan(value) & np.isnan(shadow.value))
        error = shadow.error + np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart))
        return self.trace.settle(value, shadow.wide, error)


class Fused(Traced):
    """The result of a kernel whose bound already covers every order of its operations."""

    __slots__ = ()


def fused(a: Traced) -> Fused:
    """Mark a result as that of a fused kernel."""
    return Fused(a.trace, a.value, a.wide, a.error)


def numpy_of(tensor: Any) -> Any:
    """Return the values of a tensor; bfloat16 as float32, which holds them."""
    tensor = tensor.detach()
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.float()
    return tensor.resolve_conj().resolve_neg().numpy().copy()


def tensors(parts: Any) -> list[Any]:
    """Return the tensors inside nested tuples, lists and dictionaries."""
    if isinstance(parts, torch.Tensor):
        return [parts]
    if isinstance(parts, dict):
        parts = parts.values()
    elif not isinstance(parts, tuple | list):
        return []
    return [t for part in parts for t in tensors(part)]


def _parts(shadow: Any) -> tuple[Any, ...]:
    return (shadow.wide, shadow.error) if isinstance(shadow, Traced) else (shadow,)


def _window(block: Any, tensor: Any) -> Any:
    """Return the part of a flat block that a strided tensor shows."""
    step = block.itemsize
    return np.lib.stride_tricks.as_strided(
        block[tensor.storage_offset() :], tuple(tensor.shape), tuple(step * n for n in tensor.stride())
    )


def _is_view(func: Any) -> bool:
    if func._schema.is_mutable:
        return False
    return any(r.alias_info is not None for r in func._schema.returns) or func.overloadpacket.__name__ in (
        "_unsafe_view",
        "_reshape_alias",
        "lift_fresh",
        "detach",
    )


def rule_arguments(reading: TorchReading, parts: Any) -> Any:
    """Return arguments with arrays in place of tensors."""
    if isinstance(parts, torch.Tensor):
        return reading.shadow(parts)
    if isinstance(parts, tuple | list):
        return type(parts)(rule_arguments(reading, part) for part in parts)
    return parts


Rule = Callable[..., Any]
