"""Gradients of a target as its framework computes them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from verify.properties._base import Inputs


def gradient(lab: Any, inputs: Inputs, weight: Any) -> list[Any] | None:
    """Return the gradients of sum(weight * output) with respect to x, or q, k and v; None without one.

    NumPy functions have one when they carry an attribute ``vjp(q, k, v, mask, g)``.
    """
    given = lab.arguments(inputs)
    g = weight if lab.batched else weight[0]
    lead = (lambda a: a) if lab.batched else (lambda a: a[None])
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if lab.target.vjp is not None:
                parts = lab.target.vjp(*given, g)
            elif lab.target.framework == "torch":
                parts = _torch(lab, given, g)
            elif lab.target.framework == "jax":
                parts = _jax(lab, given, g)
            else:
                return None
        except Exception:
            return None
    return [lead(np.asarray(part, dtype=np.float64)) for part in parts]


def _torch(lab: Any, given: list[Any], g: Any) -> list[Any]:
    import torch  # type: ignore[import-not-found, unused-ignore]

    from numerics.variants.frameworks import to_numpy
    from numerics.variants.lab import invoke, split
    from numerics.variants.torch_target import array, at_format

    *arrays, mask = given
    held = [array(a, lab.name).requires_grad_() for a in arrays]
    out, _ = split(
        invoke(at_format(lab.target.function, lab.name), [*held, None if mask is None else array(mask, lab.name)])
    )
    parts = torch.autograd.grad((out * array(np.asarray(g, dtype=np.float64), lab.name)).sum(), held, allow_unused=True)
    return [np.zeros(a.shape) if part is None else to_numpy(part) for part, a in zip(parts, arrays, strict=True)]


def _jax(lab: Any, given: list[Any], g: Any) -> list[Any]:
    from numerics.variants.jax_target import gradients

    return gradients(lab.target.function, lab.name, given, np.asarray(g, dtype=np.float64))
