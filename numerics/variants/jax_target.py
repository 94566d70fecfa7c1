"""JAX targets: arrays and formats (float64 needs JAX's 64-bit mode, which is switched on)."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any


def array(a: Any, name: str) -> Any:
    """Return a JAX array in the named format."""
    import jax  # type: ignore[import-not-found, unused-ignore]
    import jax.numpy as jnp  # type: ignore[import-not-found, unused-ignore]

    jax.config.update("jax_enable_x64", True)
    return jnp.asarray(a) if a.dtype.kind == "b" else jnp.asarray(a, dtype=getattr(jnp, name))


def quiet() -> AbstractContextManager[Any]:
    """JAX records nothing unless asked."""
    return nullcontext()


def at_format(found: Any, name: str) -> Any:
    """Return the function itself: JAX code takes its format from the arguments."""
    return found
