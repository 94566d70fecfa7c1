"""Well-known attention objects whose signatures differ from f(q, k, v, mask), wrapped so that they fit.

Conventions that are translated: a mask whose True means "may not attend", layouts with the sequence in front, and an
axis of heads beside the tokens.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

CALL = "from numerics.variants.known import adapted\nf = adapted(f)\n"
"""Lines for reproductions."""


def adapted(found: Any) -> Any:
    """Return the object as f(q, k, v, mask=None) when it is known, else the object itself."""
    for name in _names(found):
        if name in KNOWN:
            return KNOWN[name](found)
    return found


def is_known(found: Any) -> bool:
    """Whether :func:`adapted` changes the object."""
    return any(name in KNOWN for name in _names(found))


def _names(found: Any) -> list[str]:
    """Return the names under which the object, or a class whose call it inherits unchanged, is found in its module.

    A function that only took over a known name (``functools.wraps``) is not known, nor a subclass with its own call.
    """
    kinds = [found] if hasattr(found, "__qualname__") else []
    kinds += [kind for kind in type(found).__mro__ if _called(type(found)) == _called(kind)]
    return [f"{kind.__module__}.{kind.__qualname__}" for kind in kinds if _in_its_module(kind)]


def _called(kind: type) -> tuple[Any, Any]:
    return getattr(kind, "forward", None), getattr(kind, "__call__", None)  # noqa: B004


def _in_its_module(one: Any) -> bool:
    module = sys.modules.get(getattr(one, "__module__", None) or "")
    return getattr(module, one.__qualname__, None) is one


def _torch_heads(module: Any) -> Any:
    """``torch.nn.MultiheadAttention``: True hides, one mask per head, sequence in front unless ``batch_first``."""
    import torch  # type: ignore[import-not-found, unused-ignore]

    class Heads(torch.nn.Module):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, q: Any, k: Any, v: Any, mask: Any = None) -> Any:
            batched = q.ndim == 3
            if mask is not None and batched:
                mask = mask.broadcast_to(q.shape[0], q.shape[1], k.shape[1])
                mask = mask.repeat_interleave(self.inner.num_heads, dim=0)
            front = batched and not self.inner.batch_first
            q, k, v = (a.transpose(0, 1) if front else a for a in (q, k, v))
            hidden = None if mask is None else ~mask
            output, weights = self.inner(q, k, v, attn_mask=hidden, need_weights=True)
            return output.transpose(0, 1) if front else output, weights

    return Heads()


def _jax_dot_product(function: Any) -> Any:
    """``jax.nn.dot_product_attention``: tokens before an axis of heads, here one head; masks (..., heads, Tq, Tk)."""

    def dot_product_attention(q: Any, k: Any, v: Any, mask: Any = None) -> Any:
        shown = None if mask is None else mask[..., None, :, :]
        return function(q[..., None, :], k[..., None, :], v[..., None, :], mask=shown)[..., 0, :]

    return dot_product_attention


KNOWN: dict[str, Callable[[Any], Any]] = {
    "torch.nn.modules.activation.MultiheadAttention": _torch_heads,
    "jax._src.nn.functions.dot_product_attention": _jax_dot_product,
    "flax.linen.attention.dot_product_attention": _jax_dot_product,
    "flax.nnx.nn.attention.dot_product_attention": _jax_dot_product,
}
"""Wrappers by the object's module and name, or its type's."""
