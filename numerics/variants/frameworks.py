"""Calling targets of other frameworks with NumPy arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from numerics.variants.target import Target


def to_numpy(part: Any) -> Any:
    """Return an array of any framework as NumPy (bfloat16 as float32, which holds it exactly)."""
    if type(part).__module__.split(".")[0] == "torch":
        part = part.detach()
        return (part.float() if str(part.dtype) == "torch.bfloat16" else part).cpu().numpy()
    if type(part).__module__.split(".")[0] in ("jax", "jaxlib"):
        array = np.asarray(part)
        return array.astype(np.float32) if array.dtype.name == "bfloat16" else array
    return np.asarray(part)


def call(target: Target, given: list[Any], name: str) -> tuple[Any, list[Any]]:
    """Return the raw result, and the arguments as they are after the call."""
    from numerics.variants.lab import invoke

    if target.framework == "torch":
        from numerics.variants import torch_target as adapter
    else:
        from numerics.variants import jax_target as adapter  # type: ignore[no-redef]
    held = [a if a is None else adapter.array(a, name) for a in given]
    with adapter.quiet():
        out = invoke(adapter.at_format(target.function, name), held)
    return out, [a if a is None else to_numpy(a).astype(g.dtype) for a, g in zip(held, given, strict=True)]
