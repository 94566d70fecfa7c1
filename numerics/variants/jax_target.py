"""JAX targets: arrays, formats (float64 needs JAX's 64-bit mode, which is switched on), programs."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

PROGRAMS = 512
"""Programs kept, one per function, shapes and format."""

_programs: dict[Any, tuple[Any, int, Any]] = {}


def prepared(found: Any) -> Any:
    """Return the function, with 64-bit mode switched on."""
    import jax  # type: ignore[import-not-found, unused-ignore]

    jax.config.update("jax_enable_x64", True)
    return found


def array(a: Any, name: str) -> Any:
    """Return a JAX array in the named format."""
    import jax.numpy as jnp  # type: ignore[import-not-found, unused-ignore]

    prepared(None)
    return jnp.asarray(narrowed(a, name))


def narrowed(a: Any, name: str) -> Any:
    """Return a NumPy array in the named format (bfloat16 as ml_dtypes has it, which comes with JAX)."""
    if a is None or a.dtype.kind == "b":
        return a
    if name != "bfloat16":
        return a.astype(name)
    import ml_dtypes  # type: ignore[import-not-found, unused-ignore]

    return a.astype(ml_dtypes.bfloat16)


def quiet() -> AbstractContextManager[Any]:
    """JAX records nothing unless asked."""
    return nullcontext()


def at_format(found: Any, name: str) -> Any:
    """Return the compiled function, with the parameters of modules (pytrees of arrays) in the named format.

    A function that cannot be compiled (it branches on values) is run operation by operation.
    """
    import functools

    import jax  # type: ignore[import-not-found, unused-ignore]

    def made(key: Any) -> tuple[Any, int, Any]:
        plain = converted(found, name)
        compiled = jax.jit(plain.__call__ if not callable(getattr(plain, "__get__", None)) else plain)

        @functools.wraps(compiled)
        def run(*arrays: Any, **options: Any) -> Any:
            try:
                return compiled(*arrays, **options)
            except (jax.errors.ConcretizationTypeError, jax.errors.NonConcreteBooleanIndexError):
                return plain(*arrays, **options)

        return run, 0, found

    return _kept(("run", id(found), name), made)[0]


def converted(found: Any, name: str) -> Any:
    """Return the function with the parameters of modules in the named format."""
    import jax  # type: ignore[import-not-found, unused-ignore]
    import jax.numpy as jnp  # type: ignore[import-not-found, unused-ignore]

    if jax.tree_util.all_leaves([found]):
        return found

    def cast(leaf: Any) -> Any:
        is_float = isinstance(leaf, jax.Array | np.ndarray) and jnp.issubdtype(leaf.dtype, jnp.floating)
        return jnp.asarray(leaf, dtype=getattr(jnp, name)) if is_float else leaf

    return jax.tree_util.tree_map(cast, found)


def gradients(found: Any, name: str, arrays: list[Any], g: Any) -> list[Any]:
    """Return the gradients of sum(g * output) as JAX computes them."""
    import jax  # type: ignore[import-not-found, unused-ignore]

    held = [array(a, name) for a in arrays if a is not None]
    masked = arrays[-1] is not None

    def made(key: Any) -> tuple[Any, int, Any]:
        return jax.jit(_backward(found, name, masked=masked)), 0, found

    run, _, _ = _kept(("gradients", id(found), name, masked), made)
    return list(run(*held, array(np.asarray(g), name)))


def program(found: Any, name: str, given: list[Any]) -> tuple[Any, int]:
    """Return (closed jaxpr of the function of its arrays, number of outputs: 1, or 2 with weights)."""
    import jax  # type: ignore[import-not-found, unused-ignore]

    def made(key: Any) -> tuple[Any, int, Any]:
        outputs = _outputs(found, name, masked=given[-1] is not None)
        closed = jax.make_jaxpr(outputs)(*[array(a, name) for a in given if a is not None])
        return closed, len(closed.jaxpr.outvars), found

    closed, count, _ = _kept(("forward", id(found), name, _shapes(given)), made)
    return closed, count


def backward_program(found: Any, name: str, given: list[Any], g: Any) -> Any:
    """Return the closed jaxpr of the gradients of sum(g * output): of the arrays, then the mask if any, then g."""
    import jax  # type: ignore[import-not-found, unused-ignore]

    def made(key: Any) -> tuple[Any, int, Any]:
        held = [array(a, name) for a in given if a is not None]
        backward = _backward(found, name, masked=given[-1] is not None)
        return jax.make_jaxpr(backward)(*held, array(np.asarray(g), name)), 0, found

    return _kept(("backward", id(found), name, _shapes([*given, g])), made)[0]


def _backward(found: Any, name: str, *, masked: bool) -> Any:
    import jax  # type: ignore[import-not-found, unused-ignore]

    outputs = _outputs(found, name, masked=masked)

    def backward(*parts: Any) -> Any:
        *arrays, weight = parts
        kept = arrays[:-1] if masked else arrays
        _, pull = jax.vjp(lambda *some: outputs(*some, *arrays[len(kept) :])[0], *kept)
        return pull(weight)

    return backward


def _outputs(found: Any, name: str, *, masked: bool) -> Any:
    from numerics.variants.lab import invoke, split

    function = converted(found, name)

    def outputs(*arrays: Any) -> list[Any]:
        out = split(invoke(function, [*arrays] if masked else [*arrays, None]))
        return [part for part in out if part is not None]

    return outputs


def _shapes(given: list[Any]) -> tuple[Any, ...]:
    return tuple(None if a is None else (a.shape, str(a.dtype)) for a in given)


def _kept(key: Any, made: Any) -> tuple[Any, int, Any]:
    """Return what was made for the key before; the function is kept with it, as its id is part of the key."""
    if key not in _programs:
        if len(_programs) >= PROGRAMS:
            _programs.clear()
        _programs[key] = made(key)
    return _programs[key]
